"""One request or job is one transaction, opened and committed at the edge, carrying the actor.

Row policies read `app.person_id`, which is set for this transaction only, so a pooled connection
cannot carry one person's rights into another's request. The same statement says whether the session
or token was ended, or its person disabled: no process goes on with what another one ended.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from hub.actor import Actor, Credential
from hub.errors import SignInAgain

log = logging.getLogger(__name__)

_ENTER = text("SELECT app.enter(:person, :request, :session)")
_ONLY_FARM = text("SELECT set_config('app.only_farm', :farm, true)")


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
        await _enter(session, actor)
        transaction = Transaction(session, actor)
        yield transaction
    await transaction.tidy()


async def _enter(session: AsyncSession, actor: Actor) -> None:
    """Say who acts, and refuse whom the hub has let out. Jobs look after themselves."""
    shown = None if actor.credential is Credential.INTERNAL else actor.session_id
    person = actor.person_id or None  # the schedule of watched places acts as nobody
    values = {"person": person, "request": actor.request_id, "session": shown}
    refused = (await session.execute(_ENTER, values)).scalar_one()
    if refused == "ended":
        raise ended()
    if refused == "disabled":
        raise SignInAgain(
            "sign_in.disabled",
            f"The account {actor.username} is disabled. Ask an administrator of this hub.",
            error="invalid_token",
        )
    if actor.only_farm is not None:
        await session.execute(_ONLY_FARM, {"farm": str(actor.only_farm)})


def ended() -> SignInAgain:
    """What somebody reads whose session or token is over."""
    return SignInAgain(
        "sign_in.ended", "This sign-in is over. Sign in again.", error="invalid_token"
    )
