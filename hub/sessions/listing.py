"""The list of a person's sessions, as they or an administrator read it."""

from dataclasses import replace
from datetime import datetime

from hub.permissions import Permission
from hub.sessions import ledger, service
from hub.sessions.schemas import Ended, Session, SessionRead
from hub.storage.dynamodb import Store
from hub.storage.transaction import Transaction


async def shown(tx: Transaction, store: Store, username: str) -> list[SessionRead]:
    """Living sessions, the last used first, then those ended in the last days, and why.

    PostgreSQL is asked as well: what it knows as ended is over, whatever the item still says.
    """
    own = username == tx.actor.username
    tx.actor.require(Permission.ACCOUNT_READ if own else Permission.PEOPLE_MANAGE)
    found = await service.list_for(store, username)
    over = await ledger.ended_among(tx, [one.id for one in found if not one.is_over])
    known = [_corrected(one, over) for one in found]
    known.sort(key=lambda one: one.is_over)  # stable: the order is kept otherwise
    return [_read(one, tx.actor.session_id) for one in known]


def _corrected(session: Session, over: dict[str, tuple[datetime, str]]) -> Session:
    if session.id not in over:
        return session
    at, reason = over[session.id]
    return replace(session, ended_at=at, ended_because=Ended(reason))


def _read(session: Session, current: str) -> SessionRead:
    read = SessionRead.model_validate(session)
    return read.model_copy(update={"current": session.id == current and not session.is_over})
