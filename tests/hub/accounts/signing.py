"""What tests of accounts share: people who just proved who they are, and letters to read."""

import email
import email.policy
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub import mail
from hub.actor import Actor, Assurance
from hub.settings import Settings
from hub.storage.sealing import Sealer

PASSWORD = "wool over nobody's eyes"


def fresh(actor: Actor) -> Actor:
    """The same person, who signed in a moment ago."""
    now = datetime.now(UTC)
    return replace(actor, assurance=Assurance(level=2, at=now, methods=frozenset({"pwd"})))


@dataclass(frozen=True)
class Letter:
    """A letter as somebody reads it."""

    to: str
    subject: str
    body: str

    @property
    def code(self) -> str:
        """What stands behind # in its link."""
        found = re.search(r"#([\w-]+)", self.body)
        assert found, self.body
        return found[1]


class Letters:
    """Sends what waits, as files, and reads each letter once."""

    def __init__(self, engine: AsyncEngine, sealer: Sealer, settings: Settings) -> None:
        self._engine, self._sealer, self._settings = engine, sealer, settings
        self._read: set[str] = set()

    async def new(self) -> list[Letter]:
        while await mail.deliver(self._engine, self._sealer, self._settings):
            pass
        files = sorted((self._settings.home / "mail").glob("*.eml"))
        fresh_files = [one for one in files if one.name not in self._read]
        self._read |= {one.name for one in fresh_files}
        read = [email.message_from_bytes(one.read_bytes(), policy=email.policy.default)
                for one in fresh_files]  # fmt: skip
        return [Letter(one["To"], one["Subject"], one.get_content()) for one in read]
