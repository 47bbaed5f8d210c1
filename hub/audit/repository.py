"""Queries of the audit log and of its chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.audit.models import AuditEvent
from hub.audit.schemas import AuditQuery
from hub.storage.paging import Page, fetch_page

_ADD = insert(AuditEvent.__table__)  # type: ignore[arg-type]
_FILTERS = ("person_id", "subject_id", "farm_id")

_HEAD = text("SELECT seq, hash, sealed_key, moment FROM app.audit_head()")
_UNSEALED = text("SELECT event_id, digest FROM app.audit_unsealed(:most)")
_SEAL = text("SELECT app.audit_seal(:first, :moment, :ids, :hashes)")
_KEEP_KEY = text("SELECT app.audit_keep_key(:sealed)")
_LINKS = text("SELECT app.audit_links(:after, :most)")
_COUNT = text("SELECT app.audit_count()")
_STRAYS = text("SELECT event_id FROM app.audit_strays(:most)")
_WAITING = text("SELECT event_id, is_there FROM app.audit_waiting()")
_SUBJECT_KEY = text("SELECT app.audit_subject_key(:person, :fresh)")
_NAMES = text("SELECT id, username FROM app.person WHERE id = ANY(:ids)")
_DESTROY = text("SELECT app.audit_destroy_subject_key(:person)")


@dataclass(frozen=True)
class Head:
    """The end of the chain, and the moment by the database's clock."""

    seq: int | None
    hash: bytes | None
    sealed_key: str | None
    moment: float


async def add(session: AsyncSession, events: Sequence[dict[str, Any]]) -> None:
    """Insert without RETURNING: the writer may add to the log but not read it."""
    await session.execute(_ADD, events)


async def search(session: AsyncSession, query: AuditQuery) -> Page[AuditEvent]:
    """Newest first; ids sort by time of making."""
    wanted = {name: getattr(query, name) for name in _FILTERS}
    filters = {name: value for name, value in wanted.items() if value is not None}
    return await fetch_page(
        session,
        _narrowed(select(AuditEvent).filter_by(**filters), query),
        [AuditEvent.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )


def _narrowed(statement: Select[AuditEvent], query: AuditQuery) -> Select[AuditEvent]:
    """By kind of act (a noun alone means all its acts) and time."""
    if query.action and ":" in query.action:
        statement = statement.where(AuditEvent.action == query.action)
    elif query.action:
        statement = statement.where(
            AuditEvent.action.startswith(f"{query.action}:", autoescape=True)
        )
    if query.since:
        statement = statement.where(AuditEvent.at >= query.since)
    if query.until:
        statement = statement.where(AuditEvent.at < query.until)
    return statement


async def names(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """User names of those that are people."""
    rows = await session.execute(_NAMES, {"ids": list(ids)})
    return {row.id: row.username for row in rows}


async def head(connection: AsyncConnection) -> Head:
    """The end of the chain; nobody else adds to it until this transaction ends."""
    row = (await connection.execute(_HEAD)).one()
    return Head(row.seq, _bytes(row.hash), row.sealed_key, row.moment)


async def unsealed(connection: AsyncConnection, most: int) -> list[tuple[UUID, bytes]]:
    rows = await connection.execute(_UNSEALED, {"most": most})
    return [(row.event_id, bytes(row.digest)) for row in rows]


async def seal(
    connection: AsyncConnection, first: int, moment: float, ids: list[UUID], hashes: list[bytes]
) -> None:
    values = {"first": first, "moment": moment, "ids": ids, "hashes": hashes}
    await connection.execute(_SEAL, values)


async def keep_key(connection: AsyncConnection, sealed: str) -> None:
    await connection.execute(_KEEP_KEY, {"sealed": sealed})


async def links(connection: AsyncConnection, after: int, most: int) -> bytes:
    """The next links in order, packed, each with the digest of its event as it is now."""
    packed = await connection.execute(_LINKS, {"after": after, "most": most})
    return _bytes(packed.scalar_one()) or b""


async def count(connection: AsyncConnection) -> int:
    """Events that are there and do not wait; as many as links, unless somebody changed the log."""
    return int((await connection.execute(_COUNT)).scalar_one())


async def strays(connection: AsyncConnection, most: int) -> list[UUID]:
    return list((await connection.execute(_STRAYS, {"most": most})).scalars())


async def waiting(connection: AsyncConnection) -> list[tuple[UUID, bool]]:
    """Events that have no place in the chain yet, and whether they are still there."""
    return [(row.event_id, row.is_there) for row in await connection.execute(_WAITING)]


async def subject_key(session: AsyncSession, person_id: UUID, fresh: bytes | None) -> bytes | None:
    """Somebody's key, `fresh` if they had none; None when it was destroyed or there is none."""
    values = {"person": person_id, "fresh": fresh}
    return _bytes((await session.execute(_SUBJECT_KEY, values)).scalar_one())


async def destroy_subject_key(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(_DESTROY, {"person": person_id})


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
