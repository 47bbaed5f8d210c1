"""Queries about farms and their members."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.farms.models import Farm, FarmMember
from hub.farms.schemas import FarmQuery
from hub.storage.paging import Page, fetch_page

_WRITABLE = "writable farms"
_HELD = "farms held"

# The animals' and records' tables belong to nouns above this one: counted here by their names.
_ANIMALS = text(
    "SELECT species, breed, sex, status, count(*) AS animals FROM app.animal "
    "WHERE farm_id = :farm GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
)
_NAMES = text("SELECT id, username, name FROM app.names_of(:people)")
_FIND = text("SELECT id, username, name FROM app.find_person(:username)")
_OWNED = text("SELECT :farm = ANY(app.my_owned_farms())")
_HERE = func.app.is_current(FarmMember.valid_from, FarmMember.valid_until)

_BIRTH_YEARS = text(
    "SELECT extract(year FROM birth_date)::int AS year, count(*) AS animals FROM app.animal "
    "WHERE farm_id = :farm GROUP BY 1 ORDER BY 1 NULLS FIRST"
)
_RECORDS = text(
    "SELECT trait_code AS trait, count(*) AS records, count(DISTINCT animal_id) AS animals, "
    "min(recorded_on)::text AS first, max(recorded_on)::text AS last FROM app.record "
    "WHERE farm_id = :farm GROUP BY 1 ORDER BY 1"
)


async def get(session: AsyncSession, farm_id: UUID) -> Farm | None:
    return await session.get(Farm, farm_id)


async def search(session: AsyncSession, query: FarmQuery, person_id: UUID) -> Page[Farm]:
    statement = _narrowed(select(Farm), query)
    if query.mine:
        mine = select(FarmMember.farm_id).where(FarmMember.person_id == person_id, _HERE)
        statement = statement.where(Farm.id.in_(mine))
    return await fetch_page(session, statement, [Farm.code], cursor=query.cursor, limit=query.limit)


def _narrowed(statement: Select[tuple[Farm]], query: FarmQuery) -> Select[tuple[Farm]]:
    if query.text:
        hits = [_contains(column, query.text) for column in (Farm.code, Farm.name, Farm.region)]
        statement = statement.where(or_(*hits))
    if query.species:
        statement = statement.where(Farm.species == query.species.value)
    return statement


def _contains(column: Any, value: str) -> ColumnElement[bool]:
    hit: ColumnElement[bool] = column.icontains(value, autoescape=True)
    return hit


async def roles_of(session: AsyncSession, person_id: UUID) -> dict[UUID, str]:
    """The person's place on each of the farms where they have one now."""
    here = (FarmMember.person_id == person_id, _HERE)
    statement = select(FarmMember.farm_id, FarmMember.role).where(*here)
    return {row.farm_id: row.role for row in await session.execute(statement)}


async def owns(session: AsyncSession, farm_id: UUID) -> bool:
    """Whether the caller decides about the farm, as an owner or a steward."""
    return bool(await session.scalar(_OWNED, {"farm": farm_id}))


async def owners(session: AsyncSession, farm_id: UUID) -> frozenset[UUID]:
    """Who owns the farm now, as far as the caller may know."""
    statement = select(FarmMember.person_id).where(
        FarmMember.farm_id == farm_id, FarmMember.role == "owner", _HERE
    )
    return frozenset(await session.scalars(statement))


async def lasting_owners(session: AsyncSession, farm_id: UUID) -> frozenset[UUID]:
    """Owners whose place does not end."""
    statement = select(FarmMember.person_id).where(
        FarmMember.farm_id == farm_id, FarmMember.role == "owner", FarmMember.valid_until.is_(None)
    )
    return frozenset(await session.scalars(statement))


async def hold_members(session: AsyncSession, farm_id: UUID) -> None:
    """One change of a farm's places at a time, so that two owners cannot remove each other."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"places:{farm_id}", 0))
    await session.execute(select(lock))


async def names_of(session: AsyncSession, people: Collection[UUID]) -> Sequence[Row[Any]]:
    return (await session.execute(_NAMES, {"people": list(people)})).all()


async def find_person(session: AsyncSession, username: str) -> Row[Any] | None:
    return (await session.execute(_FIND, {"username": username})).one_or_none()


async def writable(session: AsyncSession) -> frozenset[UUID]:
    """Ids of the farms on which the caller works, as the row policies see it.

    Asked once a transaction, which has one caller; the row policies still ask each time.
    """
    if _WRITABLE not in session.info:
        function = func.app.my_writable_farms(type_=ARRAY(Uuid))
        session.info[_WRITABLE] = frozenset(await session.scalar(select(function)) or ())
    known: frozenset[UUID] = session.info[_WRITABLE]
    return known


def hold(session: AsyncSession, farm: Farm) -> None:
    """Let the session find a farm that is written to again and again."""
    session.info.setdefault(_HELD, {})[farm.id] = farm


def _forget_writable(session: AsyncSession) -> None:
    session.info.pop(_WRITABLE, None)


async def shared(session: AsyncSession) -> frozenset[UUID]:
    """Ids of the farms that everybody sees: studs, ram circles."""
    return frozenset(await session.scalars(select(Farm.id).where(Farm.shared)))


async def add(session: AsyncSession, farm: Farm) -> None:
    session.add(farm)
    await session.flush()
    _forget_writable(session)


async def change(session: AsyncSession, farm: Farm, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(farm, name, value)
    await session.flush()
    await session.refresh(farm)


async def members(session: AsyncSession, farm_id: UUID) -> list[FarmMember]:
    statement = select(FarmMember).where(FarmMember.farm_id == farm_id)
    return list(await session.scalars(statement.order_by(FarmMember.person_id)))


async def member(session: AsyncSession, farm_id: UUID, person_id: UUID) -> FarmMember | None:
    return await session.get(FarmMember, (person_id, farm_id))


async def put_member(
    session: AsyncSession,
    farm_id: UUID,
    person_id: UUID,
    role: str,
    valid_until: datetime | None = None,
) -> FarmMember:
    """Give a place from now on, or change the one the person has."""
    _forget_writable(session)
    statement = insert(FarmMember).values(
        person_id=person_id, farm_id=farm_id, role=role, valid_until=valid_until
    )
    keys = [FarmMember.person_id, FarmMember.farm_id]
    new = statement.excluded
    began = case((_HERE, FarmMember.valid_from), else_=func.now())
    changed = {"role": new.role, "valid_from": began, "valid_until": new.valid_until,
               "updated_at": func.now()}  # fmt: skip
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    result = await session.scalars(
        upsert.returning(FarmMember), execution_options={"populate_existing": True}
    )
    return result.one()


async def remove_member(session: AsyncSession, member: FarmMember) -> None:
    await session.delete(member)
    await session.flush()
    _forget_writable(session)


async def count_animals(session: AsyncSession, farm_id: UUID) -> list[Row[Any]]:
    return list(await session.execute(_ANIMALS, {"farm": farm_id}))


async def count_birth_years(session: AsyncSession, farm_id: UUID) -> list[Row[Any]]:
    return list(await session.execute(_BIRTH_YEARS, {"farm": farm_id}))


async def count_records(session: AsyncSession, farm_id: UUID) -> list[Row[Any]]:
    return list(await session.execute(_RECORDS, {"farm": farm_id}))
