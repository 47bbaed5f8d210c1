"""Who was identified a moment ago, so that not every request writes to the table of people."""

import time
from collections.abc import Hashable
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

KEPT_SECONDS = 5.0
_LARGEST = 10_000


class KnownPeople:
    """Ids by what a sign-in said; an entry is trusted for a few seconds."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, tuple[float, UUID]] = {}

    def get(self, key: Hashable) -> UUID | None:
        expires, found = self._entries.get(key, (0.0, None))
        return found if time.monotonic() < expires else None

    def put(self, key: Hashable, person_id: UUID) -> None:
        if len(self._entries) >= _LARGEST:
            self._entries.clear()
        self._entries[key] = (time.monotonic() + KEPT_SECONDS, person_id)

    def forget(self) -> None:
        self._entries.clear()


_BY_ENGINE: WeakKeyDictionary[AsyncEngine, KnownPeople] = WeakKeyDictionary()


def of(engine: AsyncEngine) -> KnownPeople:
    """The memory that belongs to this engine and ends with it."""
    return _BY_ENGINE.setdefault(engine, KnownPeople())
