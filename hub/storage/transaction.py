"""One request or job is one transaction, opened and committed at the edge, carrying the actor.

Row policies read `app.person_id`, which is set for this transaction only, so a pooled connection
cannot carry one person's rights into another's request.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from hub.actor import Actor

log = logging.getLogger(__name__)

_SET_ACTOR = text(
    "SELECT set_config('app.person_id', :person, true), "
    "set_config('app.request_id', :request, true)"
)


class Transaction:
    """What a service needs to do its work: the session and the actor; it never commits."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self._afterwards: list[Callable[[], Awaitable[object]]] = []

    def afterwards(self, act: Callable[[], Awaitable[object]]) -> None:
        """Tidy up once this transaction is committed, and only then; what fails is logged."""
        self._afterwards.append(act)

    async def tidy(self) -> None:
        for act in self._afterwards:
            try:
                await act()
            except Exception:
                log.exception("tidying up after a transaction failed")


@asynccontextmanager
async def begin(engine: AsyncEngine, actor: Actor) -> AsyncIterator[Transaction]:
    """Open a transaction for an actor; commits when the block ends, rolls back when it raises."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await session.execute(
            _SET_ACTOR, {"person": str(actor.person_id), "request": actor.request_id}
        )
        transaction = Transaction(session, actor)
        yield transaction
    await transaction.tidy()
