"""Queries about dataset versions, their tags and what was compared."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.datasets.models import DatasetComparison, DatasetTag, DatasetVersion
from hub.datasets.schemas import DatasetsQuery
from hub.storage.base import Base
from hub.storage.paging import Page, fetch_page


async def add(session: AsyncSession, row: Base) -> None:
    session.add(row)
    await session.flush()
    await session.refresh(row)


async def get(session: AsyncSession, dataset_id: UUID) -> DatasetVersion | None:
    return await session.get(DatasetVersion, dataset_id)


async def search(session: AsyncSession, query: DatasetsQuery) -> Page[DatasetVersion]:
    return await fetch_page(
        session,
        select(DatasetVersion).where(*_conditions(query)),
        [DatasetVersion.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )


def _conditions(query: DatasetsQuery) -> list[ColumnElement[bool]]:
    wanted = (
        (DatasetVersion.name, query.name),
        (DatasetVersion.content_hash, query.content_hash),
        (DatasetVersion.series_id, query.series_id),
    )
    conditions = [column == value for column, value in wanted if value is not None]
    if query.tag is not None:
        tagged = select(DatasetTag.version_id).where(DatasetTag.name == query.tag)
        conditions.append(DatasetVersion.id.in_(tagged))
    if query.tables is not None:
        frozen = func.jsonb_array_length(DatasetVersion.tables) > 0
        conditions.append(frozen if query.tables else ~frozen)
    return conditions


async def next_number(session: AsyncSession, series_id: UUID) -> int:
    """The number of a dataset's next version; kept from others until this transaction is over."""
    taken = select(func.app.next_version(series_id, type_=Integer))
    return (await session.execute(taken)).scalar_one()


async def newest(session: AsyncSession, series_id: UUID) -> DatasetVersion | None:
    """The last version of a dataset that the actor may read."""
    statement = select(DatasetVersion).where(DatasetVersion.series_id == series_id)
    return await session.scalar(statement.order_by(DatasetVersion.number.desc()).limit(1))


async def tags(session: AsyncSession, series_id: UUID) -> Sequence[DatasetTag]:
    statement = select(DatasetTag).where(DatasetTag.series_id == series_id)
    return (await session.scalars(statement.order_by(DatasetTag.name))).all()


async def tag(session: AsyncSession, series_id: UUID, name: str) -> DatasetTag | None:
    statement = select(DatasetTag).filter_by(series_id=series_id, name=name)
    return await session.scalar(statement)


async def flush(session: AsyncSession, row: Base) -> None:
    await session.flush()
    await session.refresh(row)


async def remove_tag(session: AsyncSession, row: DatasetTag) -> None:
    await session.delete(row)
    await session.flush()


async def comparison(
    session: AsyncSession, before_id: UUID, after_id: UUID, kind: str
) -> DatasetComparison | None:
    return await session.get(DatasetComparison, (before_id, after_id, kind))


async def keep_comparison(session: AsyncSession, row: DatasetComparison) -> None:
    """Remember what was found; somebody else may have found the same meanwhile."""
    values = {
        "before_id": row.before_id,
        "after_id": row.after_id,
        "kind": row.kind,
        "summary": row.summary,
        "object": row.object,
    }
    await session.execute(insert(DatasetComparison).values(values).on_conflict_do_nothing())
