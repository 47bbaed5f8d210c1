"""Queries about animals, their identifiers and their pedigree."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Text,
    any_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.animals.models import Animal, AnimalIdentifier, AnimalMerge, PossibleSire
from hub.animals.normal import normal
from hub.animals.rules import Offspring
from hub.animals.schemas import AnimalQuery, plain
from hub.schemas import PageQuery
from hub.storage.paging import Page, after, fetch_page

_PEDIGREE_LOCK = 7_238_447_002  # one change of parents at a time, so that two cannot make a loop

# With RETURNING, SQLAlchemy sends many rows in one statement, and triggers fire once.
_TABLES: tuple[Any, ...] = (Animal.__table__, AnimalIdentifier.__table__, PossibleSire.__table__)
_ADD_ANIMALS, _ADD_NAMES, _ADD_SIRES = (insert(t).returning(t.c.farm_id) for t in _TABLES)
_BY_DATABASE = {"created_at", "updated_at", "backwards"}
_ANIMAL = tuple(c.name for c in Animal.__table__.c if c.name not in _BY_DATABASE)
_NAME = ("id", "farm_id", "animal_id", "scheme", "value", "normalized", "valid_from", "state")

_ANCESTORS = text(
    """
    WITH RECURSIVE up(id, generation) AS (
        SELECT a.id, 0 FROM app.animal a WHERE a.id = :id
        UNION
        SELECT parent.id, up.generation + 1 FROM up
        JOIN app.animal a ON a.id = up.id
        CROSS JOIN LATERAL (VALUES (a.sire_id), (a.dam_id)) AS parent(id)
        WHERE parent.id IS NOT NULL AND up.generation < :generations
    )
    SELECT id, min(generation) AS generation FROM up GROUP BY id
    """
)


async def get(session: AsyncSession, animal_id: UUID) -> Animal | None:
    return await session.get(Animal, animal_id)


async def hold(session: AsyncSession, animal_id: UUID) -> Animal | None:
    """The animal as it is now, kept from changes by others; None unless the caller may change it.

    Rows that only refer to the animal (an event, a lamb of hers) go on being added.
    """
    return await session.get(
        Animal, animal_id, populate_existing=True, with_for_update={"key_share": True}
    )


async def get_many(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Animal]:
    """The visible ones of these animals."""
    if not ids:
        return {}
    found = await session.scalars(select(Animal).where(Animal.id.in_(ids)))
    return {animal.id: animal for animal in found}


async def parents(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Id, farm, tag and name of the visible ones of these animals."""
    if not ids:
        return {}
    columns = (Animal.id, Animal.farm_id, Animal.tag, Animal.name)
    rows = await session.execute(select(*columns).where(Animal.id.in_(ids)))
    return {row.id: row for row in rows}


async def identifiers(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[AnimalIdentifier]]:
    """All names of these animals."""
    found: dict[UUID, list[AnimalIdentifier]] = {}
    statement = select(AnimalIdentifier).where(AnimalIdentifier.animal_id.in_(ids))
    for one in await session.scalars(statement.order_by(AnimalIdentifier.id)):
        found.setdefault(one.animal_id, []).append(one)
    return found


async def possible_sires(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Of each animal that has any."""
    found: dict[UUID, list[UUID]] = {}
    statement = select(PossibleSire).where(PossibleSire.animal_id.in_(ids))
    for one in await session.scalars(statement.order_by(PossibleSire.sire_id)):
        found.setdefault(one.animal_id, []).append(one.sire_id)
    return found


async def put_possible_sires(session: AsyncSession, animal: Animal, sires: Iterable[UUID]) -> None:
    """These and no others."""
    await session.execute(delete(PossibleSire).where(PossibleSire.animal_id == animal.id))
    session.add_all(
        PossibleSire(farm_id=animal.farm_id, animal_id=animal.id, sire_id=sire)
        for sire in dict.fromkeys(sires)
    )
    await session.flush()


async def merged_into(session: AsyncSession, animal_id: UUID) -> UUID | None:
    """The animal into which this entry was merged."""
    statement = select(AnimalMerge.keep_id).where(
        AnimalMerge.other_id == animal_id, AnimalMerge.undone_at.is_(None)
    )
    return await session.scalar(statement)


async def search(session: AsyncSession, query: AnimalQuery) -> Page[Animal]:
    if query.farm is None and not query.text:
        return await _search_farm_by_farm(session, query)
    statement, keys = select(Animal).where(*_conditions(query)), [Animal.tag, Animal.id]
    return await fetch_page(session, statement, keys, cursor=query.cursor, limit=query.limit)


async def _search_farm_by_farm(session: AsyncSession, query: AnimalQuery) -> Page[Animal]:
    """The first animals of each visible farm, found in order of its index; of them come the first.

    Without it all animals of somebody with hundreds of farms are sorted for fifty.
    """
    keys = [Animal.tag, Animal.id]
    farms = func.unnest(func.app.my_farms_for("pedigree")).table_valued("id")
    visible = farms.render_derived(name="visible")
    first = (
        select(Animal)
        .where(Animal.farm_id == visible.c.id, *_conditions(query), *after(keys, query.cursor))
        .order_by(Animal.tag)  # of one farm no two have the same
        .limit(query.limit + 1)
        .lateral()
    )
    found = aliased(Animal, first)
    statement = select(found).select_from(visible).join(found, true())
    keys = [found.tag, found.id]
    return await fetch_page(session, statement, keys, cursor=query.cursor, limit=query.limit)


def _conditions(query: AnimalQuery) -> Iterable[ColumnElement[bool]]:
    for column, value in (
        (Animal.farm_id, query.farm),
        (Animal.sex, query.sex and query.sex.value),
        (Animal.breed, query.breed),
        (Animal.species, query.species and query.species.value),
        (Animal.status, query.status and query.status.value),
    ):
        if value:
            yield column == value
    if query.born_from:
        yield Animal.birth_date >= query.born_from
    if query.born_to:
        yield Animal.birth_date <= query.born_to
    if query.text:
        yield _named_like(query.text)


def _named_like(part: str) -> ColumnElement[bool]:
    named = exists().where(
        AnimalIdentifier.animal_id == Animal.id,
        AnimalIdentifier.value.icontains(part, autoescape=True),
    )
    tag = Animal.tag.icontains(part, autoescape=True)
    return or_(tag, Animal.name.icontains(part, autoescape=True), named)


async def counts(session: AsyncSession, query: AnimalQuery) -> Sequence[Any]:
    kind = (Animal.species, Animal.breed, Animal.sex, Animal.status)
    statement = select(*kind, func.count().label("animals"))
    narrowed = statement.where(*_conditions(query)).group_by(*kind).order_by(*kind)
    return (await session.execute(narrowed)).all()


async def generations(session: AsyncSession, animal_id: UUID, depth: int) -> dict[UUID, int]:
    """Generation of each visible ancestor, the nearest when there are several paths."""
    rows = await session.execute(_ANCESTORS, {"id": animal_id, "generations": depth})
    return {row.id: row.generation for row in rows}


async def offspring(session: AsyncSession, animal_id: UUID, page: PageQuery) -> Page[Animal]:
    """Youngest first, those of unknown birth date last."""
    born = func.coalesce(Animal.birth_date, literal(date.min), type_=Date)
    statement = select(Animal).where(or_(Animal.sire_id == animal_id, Animal.dam_id == animal_id))
    return await fetch_page(
        session, statement, [born, Animal.id],
        cursor=page.cursor, limit=page.limit, descending=True,
    )  # fmt: skip


async def count_offspring(session: AsyncSession, animal_id: UUID) -> int:
    parents = or_(Animal.sire_id == animal_id, Animal.dam_id == animal_id)
    return await session.scalar(select(func.count()).select_from(Animal).where(parents)) or 0


async def resolve(session: AsyncSession, values: Sequence[str]) -> Sequence[Any]:
    """Value, animal and farm of every visible animal that bears or bore one of these names."""
    wanted = any_(literal(list(values), ARRAY(Text)))
    columns = (AnimalIdentifier.value, AnimalIdentifier.animal_id, AnimalIdentifier.farm_id)
    active = func.bool_or(AnimalIdentifier.state == "active").label("active")
    statement = select(*columns, active).where(AnimalIdentifier.value == wanted).group_by(*columns)
    return (await session.execute(statement.order_by(AnimalIdentifier.animal_id))).all()


async def is_ancestor(session: AsyncSession, candidate: UUID, descendant: UUID) -> bool:
    """Whether `candidate` stands anywhere above `descendant`, hidden farms included."""
    return bool(await session.scalar(select(func.app.is_ancestor(candidate, descendant))))


async def offspring_facts(session: AsyncSession, animal_id: UUID) -> Offspring:
    function = text("SELECT as_sire, as_dam, first_birth FROM app.offspring_facts(:id)")
    row = (await session.execute(function, {"id": animal_id})).one()
    return Offspring(row.as_sire, row.as_dam, row.first_birth)


async def lock_pedigree(session: AsyncSession) -> None:
    """Wait for whoever is changing parents; until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_PEDIGREE_LOCK)))


async def add(session: AsyncSession, animal: Animal, names: Iterable[AnimalIdentifier]) -> None:
    session.add(animal)
    await session.flush()
    session.add_all(names)
    await session.flush()


async def add_many(
    session: AsyncSession, animals: Sequence[Animal], names: Sequence[AnimalIdentifier],
    sires: Sequence[tuple[Animal, UUID]],
) -> None:  # fmt: skip
    """Several animals with their names and possible sires, in a statement for each table."""
    await session.execute(_ADD_ANIMALS, [_row(one, _ANIMAL) for one in animals])
    await session.execute(_ADD_NAMES, [_row(one, _NAME) for one in names])
    if sires:
        rows = [{"farm_id": a.farm_id, "animal_id": a.id, "sire_id": sire} for a, sire in sires]
        await session.execute(_ADD_SIRES, rows)


def _row(thing: Animal | AnimalIdentifier, columns: Iterable[str]) -> dict[str, Any]:
    return {name: plain(getattr(thing, name)) for name in columns}


async def rename(session: AsyncSession, animal: Animal, before: str) -> None:
    """Let the identifier that the tag was follow the tag."""
    mine = AnimalIdentifier.animal_id == animal.id
    statement = update(AnimalIdentifier).where(mine, AnimalIdentifier.value == before)
    forms = {"value": animal.tag, "normalized": normal(animal.tag)}
    await session.execute(statement.values(forms))


async def store(session: AsyncSession, animal: Animal) -> None:
    """Send changes; the time of the change comes back with them."""
    await session.flush()


async def remove(session: AsyncSession, animal: Animal) -> None:
    """Delete an animal with its names and possible sires; the database refuses if more is known."""
    for child in (AnimalIdentifier, PossibleSire):
        await session.execute(delete(child).where(child.animal_id == animal.id))
    await session.delete(animal)
    await session.flush()
