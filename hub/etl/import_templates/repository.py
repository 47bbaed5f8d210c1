"""Queries about import templates."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.etl.import_templates.models import ImportTemplate
from hub.etl.import_templates.schemas import TemplatesQuery
from hub.storage.paging import Page, fetch_page

MOST = 200
"""Templates looked through for one that fits a header it does not know."""


async def get(session: AsyncSession, template_id: UUID) -> ImportTemplate | None:
    return await session.get(ImportTemplate, template_id)


async def add(session: AsyncSession, row: ImportTemplate) -> ImportTemplate:
    session.add(row)
    return await flush(session, row)


async def flush(session: AsyncSession, row: ImportTemplate) -> ImportTemplate:
    await session.flush()
    await session.refresh(row)
    return row


async def remove(session: AsyncSession, row: ImportTemplate) -> None:
    await session.delete(row)
    await session.flush()


async def named(session: AsyncSession, farm_id: UUID | None, person_id: UUID, name: str) -> bool:
    """Whether the farm, or else the person, has a template of this name."""
    statement = select(ImportTemplate.id).where(ImportTemplate.name == name)
    if farm_id is None:
        own = ImportTemplate.person_id == person_id
        statement = statement.where(ImportTemplate.farm_id.is_(None), own)
    else:
        statement = statement.where(ImportTemplate.farm_id == farm_id)
    return await session.scalar(statement.limit(1)) is not None


async def search(session: AsyncSession, query: TemplatesQuery) -> Page[ImportTemplate]:
    wanted = {"farm_id": query.farm_id, "kind": query.kind, "name": query.name,
              "sender": query.sender}  # fmt: skip
    statement = select(ImportTemplate).filter_by(
        **{key: value for key, value in wanted.items() if value is not None}
    )
    return await fetch_page(
        session, statement, [ImportTemplate.id], cursor=query.cursor, limit=query.limit,
        descending=True,
    )  # fmt: skip


async def of_farm(
    session: AsyncSession, farm_id: UUID, kind: str, fingerprint: str | None = None
) -> Sequence[ImportTemplate]:
    """Templates that a person may use for a farm, the last used first."""
    here = or_(ImportTemplate.farm_id == farm_id, ImportTemplate.farm_id.is_(None))
    statement = select(ImportTemplate).where(here, ImportTemplate.kind == kind)
    if fingerprint is not None:
        statement = statement.where(ImportTemplate.fingerprint == fingerprint)
    order = (ImportTemplate.used_at.desc().nulls_last(), ImportTemplate.id.desc())
    return list(await session.scalars(statement.order_by(*order).limit(MOST)))


async def used(session: AsyncSession, template_id: UUID) -> None:
    statement = update(ImportTemplate).where(ImportTemplate.id == template_id)
    await session.execute(statement.values(used_at=func.now()))
