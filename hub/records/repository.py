"""Queries about traits and records."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Date, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.records.models import Record, Trait
from hub.records.schemas import FarmRecordQuery, RecordQuery
from hub.storage.paging import Page, fetch_page


async def traits(session: AsyncSession) -> Sequence[Trait]:
    return (await session.scalars(select(Trait).order_by(Trait.code))).all()


async def trait(session: AsyncSession, code: str) -> Trait | None:
    return await session.get(Trait, code)


async def get(session: AsyncSession, record_id: UUID) -> Record | None:
    return await session.get(Record, record_id)


async def get_many(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Record]:
    """The visible ones of these records."""
    return (await session.scalars(select(Record).where(Record.id.in_(ids)))).all()


async def lock(session: AsyncSession, record: Record) -> None:
    """Read it again and keep others from changing it until the transaction ends."""
    await session.refresh(record, with_for_update=True)


async def add(session: AsyncSession, record: Record) -> None:
    """Insert; what the database sets comes back with it."""
    session.add(record)
    await session.flush()


async def store(session: AsyncSession, record: Record) -> None:
    """Send changes and read back what the database set."""
    await session.flush()
    await session.refresh(record)


async def remove(session: AsyncSession, record: Record) -> None:
    await session.delete(record)
    await session.flush()


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


async def of_farm(session: AsyncSession, farm_id: UUID, query: FarmRecordQuery) -> Page[Record]:
    """Newest first, undated ones last."""
    recorded = func.coalesce(Record.recorded_on, literal(date.min), type_=Date)
    statement = select(Record).where(Record.farm_id == farm_id)
    if query.trait:
        statement = statement.where(Record.trait_code == query.trait)
    if query.start:
        statement = statement.where(Record.recorded_on >= query.start)
    if query.end:
        statement = statement.where(Record.recorded_on <= query.end)
    return await fetch_page(
        session, statement, [recorded, Record.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


async def tags(session: AsyncSession, animal_ids: Collection[UUID]) -> dict[UUID, str]:
    """Tags of animals by id."""
    rows = await session.execute(select(Animal.id, Animal.tag).where(Animal.id.in_(animal_ids)))
    return {row.id: row.tag for row in rows}
