"""Sessions as one process knows them: read at most every few seconds, noted now and then.

Each process of the hub holds one. That a session was ended is not learned here but from PostgreSQL
at every request; what is kept here is how its person signed in, and how long it may still go on.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.errors import HubError, Unavailable
from hub.sessions import service
from hub.sessions.policy import note_every
from hub.sessions.schemas import Session
from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.postgres import Engine

SECONDS_KEPT = 5.0
_MOST = 10_000

log = logging.getLogger(__name__)


@dataclass
class Keeper:
    """`store` is called at the first use, in a thread: making the client takes a while."""

    store: Callable[[], Store]
    engine: Engine
    settings: Settings
    known: dict[tuple[str, str], tuple[float, Session]] = field(default_factory=dict, repr=False)
    noted: dict[str, float] = field(default_factory=dict, repr=False)
    writing: set["asyncio.Task[None]"] = field(default_factory=set, repr=False)

    async def living(self, username: str, digest: str, *, anew: bool = False) -> Session | None:
        """The session when it is alive; while its store is away, as it was when last read."""
        kept = self.known.get((username, digest))
        if kept and not anew and time.monotonic() - kept[0] < SECONDS_KEPT:
            return _unless_over(kept[1])
        try:
            session = await service.find(await self._store(), username, digest)
        except Unavailable:
            if kept is None:
                raise
            return _unless_over(kept[1])
        self._keep(username, digest, session)
        return session

    def forget(self, username: str, digest: str) -> None:
        self.known.pop((username, digest), None)

    def note(self, session: Session, address: str) -> None:
        """Have it noted that the session is in use; a request never waits for it."""
        now = time.monotonic()
        age = (datetime.now(UTC) - session.last_seen_at).total_seconds()
        every = note_every(session.idle)
        if age < every or now - self.noted.get(session.id, -every) < every:
            return
        if len(self.noted) >= _MOST:
            self.noted.clear()
        self.noted[session.id] = now
        task = asyncio.create_task(self._note(session, address))
        self.writing.add(task)
        task.add_done_callback(self.writing.discard)

    async def _note(self, session: Session, address: str) -> None:
        try:
            store = await self._store()
            fresh = await service.seen(
                store, self.engine, self.settings, session.username, session.id, address=address
            )
        except HubError as error:
            log.warning("a session was not noted: %s", error.code)
        except Exception:  # PostgreSQL is away: the next request says so
            log.warning("a session was not counted", exc_info=True)
        else:
            self._keep(session.username, session.id, fresh)

    def _keep(self, username: str, digest: str, session: Session | None) -> None:
        if session is None:
            self.forget(username, digest)
            return
        if len(self.known) >= _MOST:
            self.known.clear()
        self.known[username, digest] = (time.monotonic(), session)

    async def _store(self) -> Store:
        return await asyncio.to_thread(self.store)


def _unless_over(session: Session) -> Session | None:
    return session if session.expires_at > datetime.now(UTC) else None
