"""Queries about traits and records."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Date, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.records.models import Record, Trait
from hub.records.schemas import RecordQuery
from hub.storage.paging import Page, fetch_page


async def traits(session: AsyncSession) -> Sequence[Trait]:
    return (await session.scalars(select(Trait).order_by(Trait.code))).all()


async def trait(session: AsyncSession, code: str) -> Trait | None:
    return await session.get(Trait, code)


async def add(session: AsyncSession, record: Record) -> None:
    session.add(record)
    await session.flush()
    await session.refresh(record)


async def of_animal(session: AsyncSession, animal_id: UUID, query: RecordQuery) -> Page[Record]:
    """Newest first, undated ones last."""
    recorded = func.coalesce(Record.recorded_on, literal(date.min), type_=Date)
    statement = select(Record).where(Record.animal_id == animal_id)
    if query.trait:
        statement = statement.where(Record.trait_code == query.trait)
    return await fetch_page(
        session, statement, [recorded, Record.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip
