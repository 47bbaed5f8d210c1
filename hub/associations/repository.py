"""Queries about association studies."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.associations.models import Association
from hub.associations.schemas import AssociationsQuery
from hub.storage.paging import Page, fetch_page


async def add(session: AsyncSession, association: Association) -> Association:
    session.add(association)
    await session.flush()
    return association


async def get(
    session: AsyncSession, association_id: UUID, *, lock: bool = False
) -> Association | None:
    statement = select(Association).where(Association.id == association_id)
    statement = statement.execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def flush(session: AsyncSession, association: Association) -> Association:
    await session.flush()
    await session.refresh(association)
    return association


async def search(session: AsyncSession, query: AssociationsQuery) -> Page[Association]:
    return await fetch_page(
        session,
        select(Association).where(*_conditions(query)),
        [Association.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )


def _conditions(query: AssociationsQuery) -> list[ColumnElement[bool]]:
    wanted = (
        (Association.trait, query.trait),
        (Association.state, query.state),
        (Association.genotype_set_id, query.genotypes),
    )
    conditions = [column == value for column, value in wanted if value is not None]
    if query.published is not None:
        shown = Association.published_at.is_not(None) & Association.withdrawn_at.is_(None)
        conditions.append(shown if query.published else ~shown)
    return conditions


async def change(session: AsyncSession, association_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(
        update(Association).where(Association.id == association_id).values(**values)
    )
