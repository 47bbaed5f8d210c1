"""Queries about dataset versions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.datasets.models import DatasetVersion
from hub.datasets.schemas import DatasetsQuery
from hub.storage.paging import Page, fetch_page


async def add(session: AsyncSession, dataset: DatasetVersion) -> DatasetVersion:
    session.add(dataset)
    await session.flush()
    return dataset


async def get(session: AsyncSession, dataset_id: UUID) -> DatasetVersion | None:
    return await session.get(DatasetVersion, dataset_id)


async def search(session: AsyncSession, query: DatasetsQuery) -> Page[DatasetVersion]:
    wanted = {"name": query.name, "content_hash": query.content_hash}
    statement = select(DatasetVersion).filter_by(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    return await fetch_page(
        session,
        statement,
        [DatasetVersion.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )
