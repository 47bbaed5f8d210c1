"""One request or job is one transaction, opened and committed at the edge, carrying the actor.

Row policies read `app.person_id`, which is set for this transaction only, so a pooled connection
cannot carry one person's rights into another's request.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from hub.actor import Actor

_SET_ACTOR = text(
    "SELECT set_config('app.person_id', :person, true), "
    "set_config('app.request_id', :request, true)"
)


class Transaction:
    """What a service needs to do its work: the session and the actor; it never commits."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        self.session = session
        self.actor = actor


@asynccontextmanager
async def begin(engine: AsyncEngine, actor: Actor) -> AsyncIterator[Transaction]:
    """Open a transaction for an actor; commits when the block ends, rolls back when it raises."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await session.execute(
            _SET_ACTOR, {"person": str(actor.person_id), "request": actor.request_id}
        )
        yield Transaction(session, actor)
