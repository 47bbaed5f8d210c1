"""Queries about events."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal, Place
from hub.events.machine import Happening, Subject
from hub.events.models import Event, EventRevision
from hub.events.schemas import EventQuery
from hub.storage.paging import Page, fetch_page

_REPRODUCTION = (
    "heat", "mating", "embryo_transfer", "pregnancy_check", "abortion", "parturition", "dry_off",
    "weaning",
)  # fmt: skip
MOVES = ("arrival", "disposal")
_STATE = (*_REPRODUCTION, *MOVES)
_WORK = (*_REPRODUCTION, "treatment")
_TOLD_MORE = ("mating", "embryo_transfer", "abortion", "pregnancy_check", "treatment")
# Plain columns: rows of whole farms come twice as fast as attributes of objects.
_EVENT, _ANIMAL = Event.__table__.c, Animal.__table__.c
_KNOWN = (
    _EVENT.animal_id, _EVENT.id, _EVENT.kind, _EVENT.occurred_on, _EVENT.details,
    _EVENT.occurred_at, _EVENT.person_id, _EVENT.device, _EVENT.remark, _EVENT.voided,
)  # fmt: skip
_BY_DATABASE = {"created_at", "updated_at"}
_GIVEN = tuple(column.name for column in _EVENT if column.name not in _BY_DATABASE)
_ADD = insert(Event.__table__).returning(  # type: ignore[arg-type]
    _EVENT.created_at, _EVENT.updated_at
)
_HAPPENING = (Event.id, Event.kind, Event.occurred_on, Event.details, Event.occurred_at)


async def get(session: AsyncSession, event_id: UUID) -> Event | None:
    return await session.get(Event, event_id)


async def get_many(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Event]:
    """The visible ones of these events."""
    return (await session.scalars(select(Event).where(Event.id.in_(ids)))).all()


async def reread(session: AsyncSession, event: Event) -> None:
    """The event as it is after waiting for its animal."""
    await session.refresh(event)


async def add(session: AsyncSession, event: Event) -> None:
    """Insert, and take over when; the first revision and who tells it are what they were."""
    values = {name: getattr(event, name) for name in _GIVEN}
    row = (await session.execute(_ADD, values)).one()
    event.created_at, event.updated_at = row


async def store(session: AsyncSession, event: Event) -> None:
    """Send changes and read back what the database set: the revision, who, when."""
    await session.flush()
    await session.refresh(event)


async def tags(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await session.execute(select(Animal.id, Animal.tag).where(Animal.id.in_(ids)))
    return {row.id: row.tag for row in rows}


async def search(session: AsyncSession, query: EventQuery) -> Page[Event]:
    """Newest first."""
    statement = select(Event).where(*_conditions(query))
    keys = [Event.occurred_on, Event.id]
    return await fetch_page(
        session, statement, keys, cursor=query.cursor, limit=query.limit, descending=True
    )


def _conditions(query: EventQuery) -> Iterable[ColumnElement[bool]]:
    for column, value in (
        (Event.farm_id, query.farm),
        (Event.animal_id, query.animal),
        (Event.kind, query.kind and query.kind.value),
        (Event.group_id, query.group),
    ):
        if value is not None:
            yield column == value
    if not query.voided:
        yield Event.voided.is_(False)
    if query.from_on:
        yield Event.occurred_on >= query.from_on
    if query.to_on:
        yield Event.occurred_on <= query.to_on


async def revisions(session: AsyncSession, event_id: UUID) -> Sequence[EventRevision]:
    """Every revision, the first one first."""
    mine = EventRevision.event_id == event_id
    statement = select(EventRevision).where(mine).order_by(EventRevision.revision)
    return (await session.scalars(statement)).all()


async def first_revision(session: AsyncSession, event_id: UUID) -> EventRevision | None:
    return await session.get(EventRevision, (event_id, 1))


async def happenings(
    session: AsyncSession, ids: Collection[UUID], kinds: Collection[str] = ()
) -> dict[UUID, list[Happening]]:
    """What happened to these animals, voided events left out."""
    conditions = [Event.animal_id.in_(ids)]
    return await _happenings(session, *conditions, *_of_kinds(kinds))


async def happenings_of_farm(session: AsyncSession, farm_id: UUID) -> dict[UUID, list[Happening]]:
    """What happened to all animals of a farm, as far as their state follows from it."""
    return await _happenings(session, Event.farm_id == farm_id, *_of_kinds(_STATE))


def _of_kinds(kinds: Collection[str]) -> list[ColumnElement[bool]]:
    return [Event.kind.in_(kinds)] if kinds else []


async def _happenings(
    session: AsyncSession, *conditions: ColumnElement[bool]
) -> dict[UUID, list[Happening]]:
    statement = select(Event.animal_id, *_HAPPENING).where(Event.voided.is_(False), *conditions)
    found: dict[UUID, list[Happening]] = {}
    for animal_id, *values in await session.execute(statement):
        found.setdefault(animal_id, []).append(Happening(*values))
    return found


async def known(
    session: AsyncSession, animal_id: UUID, others: Collection[UUID], event_id: UUID | None
) -> Sequence[Any]:
    """Events of an animal with who told them, moves of others, and the one of an id; oldest first.

    Voided ones are left out, but for the one of the id.
    """
    wanted = _EVENT.animal_id == animal_id
    if others:
        wanted = or_(wanted, _EVENT.animal_id.in_(others) & _EVENT.kind.in_(MOVES))
    wanted = and_(wanted, _EVENT.voided.is_(False))
    if event_id:
        wanted = or_(wanted, _EVENT.id == event_id)
    statement = select(*_KNOWN).where(wanted).order_by(_EVENT.created_at, _EVENT.id)
    return (await session.execute(statement)).all()


def happening(row: Any) -> Happening:
    """A row of `known` as the machine sees it."""
    return Happening(row.id, row.kind, row.occurred_on, row.details, row.occurred_at)


async def served_after(
    session: AsyncSession, farm_id: UUID, sire_id: UUID, on: date
) -> Sequence[Any]:
    """Matings that a male made in person after a day: id, day, tag of the female."""
    statement = (
        select(Event.id, Event.occurred_on, Animal.tag)
        .join(Animal, Animal.id == Event.animal_id)
        .where(
            Event.farm_id == farm_id, Event.kind == "mating", Event.occurred_on > on,
            Event.voided.is_(False), Event.details["method"].astext != "ai",
            Event.details["sire_ids"].contains([str(sire_id)]),
        )
        .order_by(Event.occurred_on)
        .limit(1)
    )  # fmt: skip
    return (await session.execute(statement)).all()


async def births_of(
    session: AsyncSession, dams: Collection[UUID], young: UUID
) -> Sequence[Happening]:
    """The births in which an animal was born."""
    born = [{"animal_id": str(young)}]
    statement = select(*_HAPPENING).where(
        Event.animal_id.in_(dams), Event.kind == "parturition", Event.voided.is_(False),
        Event.details["offspring"].contains(born),
    )  # fmt: skip
    return [Happening(*row) for row in await session.execute(statement)]


async def written_at(session: AsyncSession, event_id: UUID) -> set[Any]:
    """The times of the transactions that wrote an event."""
    mine = EventRevision.event_id == event_id
    return set(await session.scalars(select(EventRevision.written_at).where(mine)))


async def count_events(session: AsyncSession, animal_id: UUID) -> tuple[int, int]:
    """How many events an animal has: all of them, and those that are voided."""
    voided = func.count().filter(Event.voided)
    row = await session.execute(select(func.count(), voided).where(Event.animal_id == animal_id))
    total, gone = row.one()
    return total, gone


async def places(session: AsyncSession, farm_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of the places that are on the farm."""
    if not ids:
        return set()
    return set(
        await session.scalars(select(Place.id).where(Place.id.in_(ids), Place.farm_id == farm_id))
    )


_SUBJECT = (
    Animal.id, Animal.tag, Animal.sex, Animal.species, Animal.birth_date, Animal.status
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """An animal of a work list."""

    subject: Subject
    name: str
    born_here: bool


async def subjects(
    session: AsyncSession, farm_id: UUID | None, ids: Collection[UUID]
) -> dict[UUID, Subject]:
    """The visible ones of these animals, or the farm's."""
    statement = select(*_SUBJECT)
    statement = statement.where(Animal.farm_id == farm_id if farm_id else Animal.id.in_(ids))
    return {row.id: Subject(*row) for row in await session.execute(statement)}


async def here(session: AsyncSession, farm_id: UUID, grown: date) -> list[Named]:
    """Every animal that is on the farm, without males born before `grown` that nobody treated."""
    born_here = _ANIMAL.dam_id.is_not(None) | _ANIMAL.recipient_dam_id.is_not(None)
    treated = select(_EVENT.animal_id).where(
        _EVENT.farm_id == farm_id, _EVENT.kind == "treatment", _EVENT.occurred_on >= grown
    )
    wanted = or_(_ANIMAL.sex != "M", _ANIMAL.birth_date >= grown, _ANIMAL.id.in_(treated))
    columns = [_ANIMAL[column.key] for column in _SUBJECT]
    statement = select(*columns, _ANIMAL.name, born_here.label("born_here")).where(
        _ANIMAL.farm_id == farm_id, _ANIMAL.status == "alive", wanted
    )
    rows = (await session.execute(statement)).all()
    return [Named(Subject(*row[:6]), row.name, row.born_here) for row in rows]


async def work_of_farm(
    session: AsyncSession, farm_id: UUID, since: date, withheld: date
) -> dict[UUID, list[Happening]]:
    """What makes work, since a day, of all animals of a farm.

    Treatments only when meat or milk is withheld on the day `withheld` or later, and details only
    of the kinds of which they matter: a farm of 10,000 has tens of thousands of events.
    """
    days = [_withdrawal_days("meat"), _withdrawal_days("milk")]
    running = _EVENT.occurred_on + func.greatest(*days) + 1 >= withheld
    details = case((_EVENT.kind.in_(_TOLD_MORE), _EVENT.details), else_=None)
    statement = select(
        _EVENT.animal_id, _EVENT.id, _EVENT.kind, _EVENT.occurred_on, details, _EVENT.occurred_at
    ).where(
        _EVENT.farm_id == farm_id, _EVENT.occurred_on >= since, _EVENT.kind.in_(_WORK),
        _EVENT.voided.is_(False), or_(_EVENT.kind != "treatment", running),
    )  # fmt: skip
    found: dict[UUID, list[Happening]] = {}
    for animal_id, *values in await session.execute(statement):
        found.setdefault(animal_id, []).append(Happening(*values))
    return found


def _withdrawal_days(what: str) -> ColumnElement[int]:
    told = _EVENT.details[f"withdrawal_{what}_days"].astext.cast(Integer)
    return func.coalesce(told, 0)
