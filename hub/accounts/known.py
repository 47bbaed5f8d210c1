"""Who was identified a moment ago, so that not every request writes to the table of people."""

import time
from collections.abc import Hashable
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

KEPT_SECONDS = 5.0
_LARGEST = 10_000


class KnownPeople:
    """Ids by user name, with what the latest sign-in said; trusted for a few seconds.

    One entry a user name: roles that were raised and taken back must both reach the database.
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, Hashable, UUID]] = {}

    def get(self, username: str, said: Hashable) -> UUID | None:
        expires, before, person_id = self._entries.get(username, (0.0, None, None))
        return person_id if said == before and time.monotonic() < expires else None

    def put(self, username: str, said: Hashable, person_id: UUID) -> None:
        if len(self._entries) >= _LARGEST:
            self._entries.clear()
        self._entries[username] = (time.monotonic() + KEPT_SECONDS, said, person_id)

    def forget(self) -> None:
        self._entries.clear()


_BY_ENGINE: WeakKeyDictionary[AsyncEngine, KnownPeople] = WeakKeyDictionary()


def of(engine: AsyncEngine) -> KnownPeople:
    """The memory that belongs to this engine and ends with it."""
    return _BY_ENGINE.setdefault(engine, KnownPeople())
