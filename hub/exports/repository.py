"""Queries about exports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.exports.models import Export
from hub.exports.schemas import ExportsQuery
from hub.storage.paging import Page, fetch_page

OPEN = ("queued", "running")
_EXPIRE = text("SELECT app.expire_exports()")
_KINDS = text("SELECT app.kinds_of_tables(:tables)")
_READS = text("SELECT app.may_read(:farms, :kinds)")


async def add(session: AsyncSession, export: Export) -> Export:
    session.add(export)
    await session.flush()
    return export


async def flush(session: AsyncSession, export: Export) -> Export:
    await session.flush()
    await session.refresh(export)
    return export


async def get(session: AsyncSession, export_id: UUID) -> Export | None:
    return await session.get(Export, export_id)


async def search(session: AsyncSession, query: ExportsQuery) -> Page[Export]:
    statement = select(Export)
    if query.state:
        statement = statement.where(Export.state == query.state)
    return await fetch_page(
        session, statement, [Export.id], cursor=query.cursor, limit=query.limit, descending=True
    )


async def count_open(session: AsyncSession) -> int:
    """Exports of the person that are not over."""
    found = await session.scalar(select(func.count()).where(Export.state.in_(OPEN)))
    return int(found or 0)


async def change(session: AsyncSession, export_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(Export).where(Export.id == export_id).values(**values))


async def expire(session: AsyncSession) -> int:
    """Let go of archives whose time is over, whoever's they are; how many."""
    return int(await session.scalar(_EXPIRE) or 0)


async def remove(session: AsyncSession, export: Export) -> None:
    await session.delete(export)
    await session.flush()


async def kinds_of(session: AsyncSession, tables: Sequence[str]) -> list[str]:
    """Which kinds of farms' data these tables hold."""
    return list(await session.scalar(_KINDS, {"tables": list(tables)}) or ())


async def may_read(session: AsyncSession, farms: Sequence[UUID], kinds: Sequence[str]) -> bool:
    """Whether the caller reads all of this of all these farms now."""
    given = {"farms": list(farms), "kinds": list(kinds)}
    return bool(await session.scalar(_READS, given))
