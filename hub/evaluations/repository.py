"""Queries about evaluations and breeding values."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.evaluations.models import BreedingValue, Evaluation
from hub.evaluations.schemas import BreedingValuesQuery, EvaluationsQuery
from hub.farms.models import Farm
from hub.genotypes.models import Sample
from hub.storage.copying import copy_in, copy_out
from hub.storage.paging import Page, fetch_page

_STAGE = (
    "animal_id uuid, farm_id uuid, trait_code text, effect text, value float8, se float8, "
    "reliability float8, accuracy float8, inbreeding float8, records int, percentile float8"
)
VALUE_COLUMNS = tuple(part.split()[0] for part in _STAGE.split(", "))
_INSERT = f"INSERT INTO app.breeding_value (evaluation_id, {', '.join(VALUE_COLUMNS)}) "
_MERGED = "app.animal_merge m ON m.other_id = s.animal_id AND m.undone_at IS NULL"
_OWN = ", ".join(f"s.{name}" for name in VALUE_COLUMNS)
_STORE_VALUES = text(
    f"{_INSERT} SELECT :id, {_OWN} FROM pg_temp.value_stage s "  # noqa: S608  our own text
    f"LEFT JOIN {_MERGED} WHERE m.id IS NULL"
)
# An entry that was merged into another while the evaluation ran: its value is the other's, unless
# that one was evaluated itself.
_STORE_MERGED = text(
    f"{_INSERT} SELECT :id, m.keep_id, {_OWN.removeprefix('s.animal_id, ')} "  # noqa: S608
    f"FROM pg_temp.value_stage s JOIN {_MERGED} ON CONFLICT DO NOTHING"
)
_ENTRIES = """
SELECT e.entity_id AS id, e.import_id AS import, e.rows[1] AS row FROM app.import_entry e
WHERE e.farm_id = ANY(%(farms)s::uuid[]) ORDER BY e.entity_id, e.import_id
"""
# Events that may have said a record: of the animal or of a dam of it, on the day of the record.
_TOLD = """
SELECT r.id AS record, e.id AS event, r.trait_code AS trait, r.animal_id AS animal
FROM app.record r JOIN app.animal a ON a.id = r.animal_id
JOIN app.event e ON e.occurred_on = r.recorded_on
    AND e.animal_id IN (r.animal_id, a.dam_id, a.recipient_dam_id)
WHERE r.farm_id = ANY(%(farms)s::uuid[]) AND r.trait_code = ANY(%(traits)s::text[])
  AND get_byte(uuid_send(r.id), 6) >> 4 = 5
ORDER BY r.id, e.id
"""
_PUBLISHED = (Evaluation.published_at.is_not(None), Evaluation.withdrawn_at.is_(None))


async def add(session: AsyncSession, evaluation: Evaluation) -> Evaluation:
    session.add(evaluation)
    await session.flush()
    return evaluation


async def get(
    session: AsyncSession, evaluation_id: UUID, *, lock: bool = False
) -> Evaluation | None:
    statement = select(Evaluation).where(Evaluation.id == evaluation_id)
    statement = statement.execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def flush(session: AsyncSession, evaluation: Evaluation) -> Evaluation:
    await session.flush()
    await session.refresh(evaluation)
    return evaluation


async def search(session: AsyncSession, query: EvaluationsQuery) -> Page[Evaluation]:
    return await fetch_page(
        session,
        select(Evaluation).where(*_conditions(query)),
        [Evaluation.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )


def _conditions(query: EvaluationsQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.trait:
        conditions.append(Evaluation.traits.contains([query.trait]))
    if query.state:
        conditions.append(Evaluation.state == query.state)
    if query.published is not None:
        shown = _PUBLISHED[0] & _PUBLISHED[1]
        conditions.append(shown if query.published else ~shown)
    return conditions


async def latest(
    session: AsyncSession, trait: str, farm_ids: Collection[UUID]
) -> Evaluation | None:
    """The evaluation of a trait that was published last; first among those of these farms."""
    statement = (
        select(Evaluation)
        .where(*_PUBLISHED, Evaluation.traits.contains([trait]))
        .order_by(
            Evaluation.farm_ids.overlap(list(farm_ids)).desc(),
            Evaluation.published_at.desc(),
            Evaluation.id.desc(),
        )
        .limit(1)
    )
    return await session.scalar(statement)


async def change(session: AsyncSession, evaluation_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(Evaluation).where(Evaluation.id == evaluation_id).values(**values))


async def store_values(session: AsyncSession, evaluation_id: UUID, content: bytes) -> None:
    """Put breeding values (CSV of VALUE_COLUMNS) in the place of any that were there."""
    await session.execute(delete(BreedingValue).where(BreedingValue.evaluation_id == evaluation_id))
    await copy_in(session, "value_stage", _STAGE, content)
    for statement in (_STORE_VALUES, _STORE_MERGED):
        await session.execute(statement, {"id": evaluation_id})


async def breeding_values(
    session: AsyncSession, evaluation_id: UUID, trait: str, effect: str, query: BreedingValuesQuery
) -> Page[BreedingValue]:
    statement = (
        select(BreedingValue)
        .join(Animal, Animal.id == BreedingValue.animal_id)
        .where(
            BreedingValue.evaluation_id == evaluation_id,
            BreedingValue.trait_code == trait,
            BreedingValue.effect == effect,
            *_of_animals(query),
        )
    )
    keys = [BreedingValue.value, BreedingValue.animal_id]
    return await fetch_page(
        session,
        statement,
        keys,
        cursor=query.cursor,
        limit=query.limit,
        descending=query.order == "-value",
    )


def _of_animals(query: BreedingValuesQuery) -> list[ColumnElement[bool]]:
    wanted = (
        (BreedingValue.farm_id, query.farm_id),
        (BreedingValue.animal_id, query.animal_id),
        (Animal.sex, query.sex),
        (Animal.breed, query.breed),
        (Animal.status, query.status),
    )
    return [column == value for column, value in wanted if value is not None]


async def animals(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Any]:
    """What is shown of animals beside their values."""
    statement = select(
        Animal.id,
        Animal.tag,
        Animal.name.label("animal_name"),
        Animal.sex,
        Animal.breed,
        Animal.birth_date,
        Animal.status,
        Farm.code.label("farm"),
    ).join(Farm, Farm.id == Animal.farm_id)
    rows = await session.execute(statement.where(Animal.id.in_(ids)))
    return {row.id: row for row in rows}


async def of_animal(session: AsyncSession, animal_id: UUID) -> list[Any]:
    """The animal's values in the latest published evaluation of each trait."""
    newest = func.rank().over(
        partition_by=BreedingValue.trait_code,
        order_by=(Evaluation.published_at.desc(), Evaluation.id.desc()),
    )
    told = (Evaluation.name, Evaluation.published_at, Evaluation.genetic_effects)
    statement = (
        select(BreedingValue, *told, newest.label("place"))
        .join(Evaluation, Evaluation.id == BreedingValue.evaluation_id)
        .where(BreedingValue.animal_id == animal_id, *_PUBLISHED)
        .order_by(BreedingValue.trait_code, BreedingValue.effect)
    )
    return [row for row in await session.execute(statement) if row.place == 1]


async def farms_of_animals(session: AsyncSession, farm_ids: Collection[UUID]) -> dict[str, str]:
    """Farm by animal, both as texts, of the visible animals of these farms."""
    statement = select(Animal.id, Animal.farm_id).where(Animal.farm_id.in_(farm_ids))
    return {str(animal): str(farm) for animal, farm in await session.execute(statement)}


async def links(session: AsyncSession, set_id: UUID) -> pd.DataFrame:
    """Kept samples of a genotype set and their animals, in the order of the set."""
    statement = (
        select(Sample.animal_id, Animal.tag, Sample.name, Sample.place)
        .join(Animal, Animal.id == Sample.animal_id)
        .where(Sample.set_id == set_id, Sample.state == "kept")
        .order_by(Sample.place)
    )
    rows = [
        (str(animal), tag, name, place)
        for animal, tag, name, place in await session.execute(statement)
    ]
    return pd.DataFrame(rows, columns=["animal", "tag", "sample", "place"])


async def entries(session: AsyncSession, farm_ids: Collection[UUID]) -> bytes:
    """CSV of what imports made on these farms: id of animal, event or record, import, first row."""
    return await copy_out(session, _ENTRIES, {"farms": list(farm_ids)})


async def told_by_events(
    session: AsyncSession, farm_ids: Collection[UUID], traits: Collection[str]
) -> bytes:
    """CSV of records that events may have said: record, event, trait, animal."""
    return await copy_out(session, _TOLD, {"farms": list(farm_ids), "traits": list(traits)})
