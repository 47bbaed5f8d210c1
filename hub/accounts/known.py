"""Who was identified a moment ago, so that not every request writes to the table of people."""

import time
from collections.abc import Hashable
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.permissions import Role

KEPT_SECONDS = 5.0
Known = tuple[UUID, frozenset[Role]]
_LARGEST = 10_000


class KnownPeople:
    """Ids and roles by user name, with what the latest sign-in said; trusted for a few seconds.

    One entry a user name: roles that were raised and taken back must both reach the database.
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, Hashable, Known | None]] = {}

    def get(self, username: str, said: Hashable) -> Known | None:
        expires, before, person = self._entries.get(username, (0.0, None, None))
        return person if said == before and time.monotonic() < expires else None

    def put(self, username: str, said: Hashable, person: Known) -> None:
        if len(self._entries) >= _LARGEST:
            self._entries.clear()
        self._entries[username] = (time.monotonic() + KEPT_SECONDS, said, person)

    def forget(self) -> None:
        self._entries.clear()


_BY_ENGINE: WeakKeyDictionary[AsyncEngine, KnownPeople] = WeakKeyDictionary()


def of(engine: AsyncEngine) -> KnownPeople:
    """The memory that belongs to this engine and ends with it."""
    return _BY_ENGINE.setdefault(engine, KnownPeople())
