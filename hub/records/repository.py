"""Queries about traits and records."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.records.models import Record, Trait
from hub.records.schemas import FarmRecordQuery, RecordQuery
from hub.storage.paging import Page, fetch_page

_HELD = "traits held"
_RECORD: Any = Record.__table__
# With RETURNING, SQLAlchemy sends many rows in one statement, and triggers fire once.
_ADD = insert(_RECORD).returning(_RECORD.c.id)
_GIVEN = (
    "id", "farm_id", "animal_id", "trait_code", "recorded_on", "occasion", "value", "attributes",
    "method", "device", "person_id",
)  # fmt: skip


async def traits(session: AsyncSession) -> Sequence[Trait]:
    return (await session.scalars(select(Trait).order_by(Trait.code))).all()


async def trait(session: AsyncSession, code: str) -> Trait | None:
    """The trait, which the session goes on finding until it ends."""
    found = await session.get(Trait, code)
    if found:
        session.info.setdefault(_HELD, {})[code] = found
    return found


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


async def add_many(session: AsyncSession, records: Sequence[Record]) -> None:
    """Insert several in one statement; what the database sets is not read back."""
    await session.execute(_ADD, [{name: getattr(one, name) for name in _GIVEN} for one in records])


async def same(
    session: AsyncSession, record_id: UUID, animal_id: UUID, trait: str, on: date
) -> Sequence[Record]:
    """The record of an id, and those of a trait of an animal on a day."""
    of_the_day = and_(
        Record.animal_id == animal_id, Record.trait_code == trait, Record.recorded_on == on
    )
    return (
        await session.scalars(select(Record).where(or_(Record.id == record_id, of_the_day)))
    ).all()


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
