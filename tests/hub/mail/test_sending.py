"""Letters: what they say, that they go out by SMTP, and that failures keep nobody's letter back."""

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import mail
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.sealing import Sealer
from tests.database import As, Make
from tests.running import free_ports

SEALER = Sealer((b"k" * 32,))


class Post:
    """A mail server that keeps what it takes, and refuses one address."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("refused@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, Settings]]:
    kept, port = Post(), free_ports(1)
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    url = SecretStr(f"smtp://127.0.0.1:{port}")
    yield kept, Settings(smtp_url=url, mail_sender="hub@farm.example", home=Path("/nowhere"))
    controller.stop()


async def write(engine: AsyncEngine, address: str, code: str) -> None:
    async with engine.begin() as connection:
        told = {"username": "fiona"}
        await mail.post(connection, SEALER, address, "verify", secrets={"code": code}, **told)


async def test_letters_go_out_by_smtp_once_and_keep_no_secret(
    engine: AsyncEngine, owner_engine: AsyncEngine, post: tuple[Post, Settings]
) -> None:
    kept, settings = post
    await write(engine, "refused@farm.example", "secret-one")
    await write(engine, "fiona@farm.example", "secret-two")
    assert await mail.deliver(engine, SEALER, settings) == 1
    assert await mail.deliver(engine, SEALER, settings) == 0
    [letter] = kept.taken
    assert (letter["To"], letter["From"]) == ("fiona@farm.example", "AgriGen <hub@farm.example>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "/hub/verify#secret-two" in letter.get_content()
    async with owner_engine.begin() as connection:
        rows = (await connection.execute(text("SELECT * FROM app.outbox ORDER BY id"))).all()
    refused, sent = rows
    assert (refused.sent_at, refused.error) == (None, "SMTPRecipientsRefused")
    assert refused.next_at > refused.created_at
    assert (sent.error, sent.sealed) == ("", "")
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE app.outbox SET attempts = 7, next_at = now()"))
    await mail.deliver(engine, SEALER, settings)
    assert await mail.deliver(engine, SEALER, settings) == 0
    async with owner_engine.begin() as connection:
        rows = (await connection.execute(text("SELECT sealed FROM app.outbox"))).scalars().all()
    assert set(rows) == {""}


async def test_names_cannot_add_lines_to_a_letters_head(
    engine: AsyncEngine, post: tuple[Post, Settings]
) -> None:
    kept, settings = post
    async with engine.begin() as connection:
        told = {"host": "Mallory\r\nBcc: all@farm.example", "what": "a farm", "until": "never"}
        await mail.post(
            connection, SEALER, "fiona@farm.example", "invitation", secrets={"code": "c"}, **told
        )
    await mail.deliver(engine, SEALER, settings)
    [letter] = kept.taken
    assert letter["Bcc"] is None
    assert letter["To"] == "fiona@farm.example"


@pytest.mark.parametrize("kind", sorted(mail.KINDS))
def test_every_letter_can_be_written_in_words(kind: str) -> None:
    text_of = mail.KINDS[kind]
    values = dict.fromkeys(text_of.names, "x{y}") | {"name": "Fiona"}
    subject, body = text_of.written(values)
    assert subject and "\n" not in subject
    assert body.startswith("Hello Fiona,")
    assert "{hub}" not in body


async def test_a_letter_with_something_missing_is_noticed_by_who_writes_it(
    make: Make, as_: As
) -> None:
    fiona = await make.person("fiona", Role.FARMER)
    with pytest.raises(TypeError, match="needs device"):
        async with as_(fiona) as tx:
            await mail.notify(tx, fiona.person_id, "new_device")
