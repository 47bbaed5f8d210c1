"""What PostgreSQL knows of sessions: which credentials are over, and counts for the figures.

The functions are `SECURITY DEFINER`: sign-in and the hub's own pages act before there is a person.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction

_END = text("SELECT app.end_credentials(:person, :username, :ids, :until, :reason)")
_STARTED = text(
    "SELECT app.note_session(:id, :username, :method, :device, make_interval(secs => :idle), :ends)"
)
_SEEN = text("SELECT app.note_session_seen(:id, :username)")
_STANDING = text("SELECT app.standing(:username, :id)")
_FIGURES = text("SELECT kind, name, count FROM app.session_figures()")
_AMONG = text("SELECT id, at, reason FROM app.ended_session WHERE id = ANY(:ids)")
_EVERYBODY = text("SELECT app.end_everybody(:but)")
_USERNAME = text("SELECT username FROM app.person WHERE id = :id")
_TIDY = text("SELECT app.tidy_sessions()")


async def end(
    engine: Engine, ids: Sequence[str], until: datetime, reason: str,
    *, person_id: UUID | None = None, username: str = "",
) -> None:  # fmt: skip
    """From the next request on, these credentials are over; again is as good as once."""
    values = {"person": person_id, "username": username, "ids": list(ids), "until": until}
    async with engine.begin() as connection:
        await connection.execute(_END, {**values, "reason": reason})


async def started(engine: Engine, **values: Any) -> None:
    async with engine.begin() as connection:
        await connection.execute(_STARTED, values)


async def seen(engine: Engine, username: str, digest: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(_SEEN, {"id": digest, "username": username})


async def standing(engine: Engine, username: str, digest: str) -> str:
    """'ended' or 'disabled', or nothing when the credential may go on."""
    async with engine.begin() as connection:
        return str(
            (await connection.execute(_STANDING, {"username": username, "id": digest})).scalar_one()
        )


async def ended_among(tx: Transaction, ids: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """Which of these were ended, when and why, as far as the caller may know."""
    rows = await tx.session.execute(_AMONG, {"ids": list(ids)})
    return {row.id: (row.at, row.reason) for row in rows}


async def end_everybody(tx: Transaction, but: str) -> int:
    """End all sessions of all people but this one."""
    return int((await tx.session.execute(_EVERYBODY, {"but": but})).scalar_one())


async def username_of(tx: Transaction, person_id: UUID) -> str | None:
    """The name of somebody whom the caller may know."""
    return (await tx.session.execute(_USERNAME, {"id": person_id})).scalar_one_or_none()


async def figures(tx: Transaction) -> list[tuple[str, str, int]]:
    return [(kind, name, count) for kind, name, count in await tx.session.execute(_FIGURES)]


async def tidy(engine: Engine) -> int:
    async with engine.begin() as connection:
        return int((await connection.execute(_TIDY)).scalar_one())
