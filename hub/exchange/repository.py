"""Queries of the exchange: pages of what a farm has, partners' names, and the change feed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy import String as SqlString
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.events.models import Event
from hub.exchange.models import ExchangeSource
from hub.farms.models import Farm
from hub.records.models import Record, Trait
from hub.storage.paging import Page, fetch_page

# The change feed belongs to a noun of this layer (hub.collect), so its tables are named here.
_COUNTER = text("SELECT seq, floor, epoch FROM app.farm_counter WHERE farm_id = :farm")
_CHANGES = text(
    "SELECT seq, entity, entity_id, gone, changed_at FROM app.change "
    "WHERE farm_id = :farm AND seq > :since AND entity IN ('animal', 'event', 'record') "
    "ORDER BY seq LIMIT :limit"
)


@dataclass(frozen=True)
class Wanted:
    """Which part of a collection is asked for."""

    farm_id: UUID
    modified_from: datetime | None = None
    modified_to: datetime | None = None
    animals: Collection[UUID] | None = None
    cursor: str | None = None
    limit: int = 100


@dataclass(frozen=True)
class Found:
    """A page of a collection, and how many there are in all."""

    page: Page[Any]
    total: int


async def farm(session: AsyncSession, code: str) -> Farm | None:
    """A farm by its code, if the caller may see it."""
    return await session.scalar(select(Farm).where(Farm.code == code))


async def animals(session: AsyncSession, wanted: Wanted, *, born_here: bool = False) -> Found:
    """Animals of a farm; `born_here`: those whose dam stands on it too."""
    statement = select(Animal.id).where(*_conditions(wanted, Animal, Animal.id))
    if born_here:
        dams = select(Animal.id).where(Animal.farm_id == wanted.farm_id)
        statement = statement.where(Animal.birth_date.is_not(None), Animal.dam_id.in_(dams))
    return await _found(session, statement, [Animal.id], wanted)


async def events(
    session: AsyncSession,
    wanted: Wanted,
    kinds: Sequence[str],
    *,
    disposals: Sequence[str] | None = None,
    withholding: bool = False,
) -> Found:
    """Events of a farm; voided ones are told to those who ask what has changed since."""
    statement = select(Event).where(*_conditions(wanted, Event, Event.animal_id))
    statement = statement.where(Event.kind.in_(kinds))
    if disposals is not None:
        statement = statement.where(Event.details["disposal"].astext.in_(disposals))
    if withholding:
        periods = (Event.details["withdrawal_meat_days"], Event.details["withdrawal_milk_days"])
        statement = statement.where(or_(*(one.astext.is_not(None) for one in periods)))
    if wanted.modified_from is None:
        statement = statement.where(~Event.voided)
    return await _found(session, statement, [Event.id], wanted)


async def records(session: AsyncSession, wanted: Wanted, traits: Collection[str]) -> Found:
    """Dated records of some traits."""
    statement = select(Record).where(*_of_traits(wanted, traits))
    return await _found(session, statement, [Record.id], wanted)


async def test_days(session: AsyncSession, wanted: Wanted, traits: Collection[str]) -> Found:
    """Days on which some of the traits were recorded."""
    statement = select(Record.recorded_on).where(*_of_traits(wanted, traits)).distinct()
    return await _found(session, statement, [Record.recorded_on], wanted)


async def test_day_results(session: AsyncSession, wanted: Wanted, traits: Collection[str]) -> Found:
    """The ids of the records of one animal on one test day, a list for each."""
    everything = Wanted(wanted.farm_id, animals=wanted.animals)
    of_one = (Record.animal_id, Record.recorded_on, Record.occasion)
    ids = func.array_agg(Record.id)
    changed = func.max(Record.updated_at)
    groups = (
        select(ids.label("ids"), func.min(cast(Record.id, SqlString)).label("first"))
        .where(*_of_traits(everything, traits))
        .group_by(*of_one)
    )
    if wanted.modified_from:
        groups = groups.having(changed >= wanted.modified_from)
    if wanted.modified_to:
        groups = groups.having(changed <= wanted.modified_to)
    table = groups.subquery()
    return await _found(session, select(table.c.ids), [table.c.first], wanted)


async def whole_test_days(
    session: AsyncSession, ids: Collection[UUID], traits: Collection[str]
) -> list[list[UUID]]:
    """All records of the test days that some records are of, a list for each animal and day."""
    of_one = (Record.animal_id, Record.recorded_on, Record.occasion)
    some = select(*of_one).where(Record.id.in_(ids), Record.recorded_on.is_not(None))
    statement = (
        select(func.array_agg(Record.id))
        .where(tuple_(*of_one).in_(some), Record.trait_code.in_(traits))
        .group_by(*of_one)
    )
    return list(await session.scalars(statement))


def _conditions(wanted: Wanted, table: Any, animal: Any) -> Iterable[ColumnElement[bool]]:
    yield table.farm_id == wanted.farm_id
    if wanted.modified_from:
        yield table.updated_at >= wanted.modified_from
    if wanted.modified_to:
        yield table.updated_at <= wanted.modified_to
    if wanted.animals is not None:
        yield animal.in_(wanted.animals)


def _of_traits(wanted: Wanted, traits: Collection[str]) -> Iterable[ColumnElement[bool]]:
    yield from _conditions(wanted, Record, Record.animal_id)
    yield Record.trait_code.in_(traits)
    yield Record.recorded_on.is_not(None)


async def _found(
    session: AsyncSession, statement: Select[Any], keys: Sequence[Any], wanted: Wanted
) -> Found:
    total = await session.scalar(select(func.count()).select_from(statement.subquery()))
    page = await fetch_page(session, statement, keys, cursor=wanted.cursor, limit=wanted.limit)
    return Found(page, total or 0)


async def records_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Record]:
    found = await session.scalars(select(Record).where(Record.id.in_(ids)))
    return {one.id: one for one in found}


async def same_record(
    session: AsyncSession, animal_id: UUID, trait: str, recorded_on: Any, occasion: str
) -> Record | None:
    """The record that stands where a new one would."""
    statement = select(Record).where(
        Record.animal_id == animal_id, Record.trait_code == trait,
        Record.recorded_on == recorded_on, Record.occasion == occasion,
    )  # fmt: skip
    return await session.scalar(statement)


async def events_by_id(session: AsyncSession, ids: Collection[UUID]) -> list[Event]:
    statement = select(Event).where(Event.id.in_(ids)).order_by(Event.occurred_on, Event.id)
    found = await session.scalars(statement, execution_options={"populate_existing": True})
    return list(found)


async def traits(session: AsyncSession) -> list[Trait]:
    return list(await session.scalars(select(Trait)))


async def names_of(
    session: AsyncSession, farm_id: UUID, resource: str, ids: Collection[UUID]
) -> dict[UUID, ExchangeSource]:
    """The names that partners gave to some things; the latest where there are several."""
    statement = select(ExchangeSource).where(
        ExchangeSource.farm_id == farm_id,
        ExchangeSource.resource == resource,
        ExchangeSource.entity_id.in_(ids),
    )
    ordered = statement.order_by(ExchangeSource.updated_at)
    found = await session.scalars(ordered, execution_options={"populate_existing": True})
    return {one.entity_id: one for one in found}


async def named(
    session: AsyncSession, farm_id: UUID, source: str, source_id: str, resource: str
) -> list[ExchangeSource]:
    """What a partner's name stands for; `name#2` and so on are further parts of one message."""
    part = case(
        (ExchangeSource.source_id == source_id, 0), else_=func.length(ExchangeSource.source_id)
    )
    statement = select(ExchangeSource).where(
        ExchangeSource.farm_id == farm_id,
        ExchangeSource.source == source,
        ExchangeSource.resource == resource,
        or_(
            ExchangeSource.source_id == source_id,
            ExchangeSource.source_id.startswith(f"{source_id}#", autoescape=True),
        ),
    )
    return list(await session.scalars(statement.order_by(part, ExchangeSource.source_id)))


async def name(session: AsyncSession, values: dict[str, Any]) -> None:
    """Remember under which name a partner knows something."""
    key = ["farm_id", "source", "source_id", "resource", "entity_id"]
    statement = insert(ExchangeSource).values(**values)
    changed = {"kept": statement.excluded.kept, "updated_at": func.now()}
    await session.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed),
    )


async def forget(session: AsyncSession, farm_id: UUID, entity_ids: Collection[UUID]) -> None:
    statement = delete(ExchangeSource).where(
        ExchangeSource.farm_id == farm_id, ExchangeSource.entity_id.in_(entity_ids)
    )
    await session.execute(statement)


async def counter(session: AsyncSession, farm_id: UUID) -> Any | None:
    """Number of the newest change of a farm, where the feed begins, and which feed it is."""
    return (await session.execute(_COUNTER, {"farm": farm_id})).one_or_none()


async def changes(session: AsyncSession, farm_id: UUID, since: int, limit: int) -> Sequence[Any]:
    values = {"farm": farm_id, "since": since, "limit": limit}
    return (await session.execute(_CHANGES, values)).all()
