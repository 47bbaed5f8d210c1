"""Queries about panels, genotype sets and samples."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    Uuid,
    any_,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.genotypes.models import GenotypeSet, Panel, Sample
from hub.genotypes.schemas import GenotypeSetsQuery, PanelsQuery, SamplesQuery
from hub.storage.copying import copy_in, expect_many
from hub.storage.paging import Page, fetch_page

_STAGE = (
    "place int, farm_id uuid, name text, animal_id uuid, unlinked text, state text, "
    "reasons text[], call_rate float8, heterozygosity float8, sex_recorded text, sex_found text"
)
SAMPLE_COLUMNS = tuple(part.split()[0] for part in _STAGE.split(", "))
_STORE_SAMPLES = text(
    f"INSERT INTO app.sample (set_id, {', '.join(SAMPLE_COLUMNS)}) "  # noqa: S608
    f"SELECT :id, {', '.join(SAMPLE_COLUMNS)} FROM pg_temp.sample_stage"
)
# These animals and everybody above them that the actor may see.
_PEDIGREE = text("""
WITH RECURSIVE member(id) AS (
    SELECT unnest(CAST(:ids AS uuid[]))
    UNION
    SELECT p.id FROM member m JOIN app.animal a ON a.id = m.id
    JOIN app.animal p ON p.id IN (a.sire_id, a.dam_id)
)
SELECT a.id, a.sire_id AS sire, a.dam_id AS dam, a.sex, a.birth_date
FROM member m JOIN app.animal a ON a.id = m.id ORDER BY a.birth_date NULLS FIRST, a.id
""")
PEDIGREE_COLUMNS = ("id", "sire", "dam", "sex", "birth_date")
_MY_FARMS = func.app.my_farms_for("genotypes", type_=ARRAY(Uuid))


async def add(session: AsyncSession, row: GenotypeSet) -> GenotypeSet:
    session.add(row)
    await session.flush()
    return row


async def get(session: AsyncSession, set_id: UUID, *, lock: bool = False) -> GenotypeSet | None:
    statement = select(GenotypeSet).where(GenotypeSet.id == set_id)
    statement = statement.execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def flush(session: AsyncSession, row: GenotypeSet) -> GenotypeSet:
    await session.flush()
    await session.refresh(row)
    return row


async def change(session: AsyncSession, set_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(GenotypeSet).where(GenotypeSet.id == set_id).values(**values))


async def may_read(session: AsyncSession, set_id: UUID) -> bool:
    """Whether the actor sees every farm that has an animal in the set."""
    mine = select(GenotypeSet.farm_ids.contained_by(select(_MY_FARMS).scalar_subquery()))
    return bool(await session.scalar(mine.where(GenotypeSet.id == set_id)))


async def search(session: AsyncSession, query: GenotypeSetsQuery) -> Page[GenotypeSet]:
    wanted = query.model_dump(include={"farm_id", "species", "state", "parent_id", "content_hash"})
    statement = select(GenotypeSet).filter_by(**{k: v for k, v in wanted.items() if v is not None})
    return await fetch_page(
        session, statement, [GenotypeSet.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


async def store_samples(session: AsyncSession, set_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Put samples (mappings of SAMPLE_COLUMNS) in the place of any that were there."""
    await session.execute(delete(Sample).where(Sample.set_id == set_id))
    lines = [",".join(_cell(row[name]) for name in SAMPLE_COLUMNS) for row in rows]
    await copy_in(session, "sample_stage", _STAGE, "\n".join(lines).encode())
    await expect_many(session, len(rows))
    await session.execute(_STORE_SAMPLES, {"id": set_id})


def _cell(value: Any) -> str:
    """As COPY reads it from CSV: nothing is NULL, a text is in quotes."""
    if value is None:
        return ""
    if isinstance(value, list):  # of reasons, which are plain words
        value = "{" + ",".join(value) + "}"
    return '"' + str(value).replace('"', '""') + '"'


async def samples(
    session: AsyncSession, set_id: UUID, query: SamplesQuery
) -> tuple[Page[Sample], dict[UUID, str]]:
    """A page of samples, and the tags of their animals."""
    statement = select(Sample).where(Sample.set_id == set_id, *_of_samples(query))
    page = await fetch_page(
        session, statement, [Sample.place], cursor=query.cursor, limit=query.limit
    )
    return page, await tags(session, {row.animal_id for row in page.items if row.animal_id})


def _of_samples(query: SamplesQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.state:
        conditions.append(Sample.state == query.state)
    if query.linked is not None:
        named = Sample.animal_id.is_not(None)
        conditions.append(named if query.linked else ~named)
    if query.text:
        conditions.append(Sample.name.icontains(query.text, autoescape=True))
    return conditions


async def all_samples(
    session: AsyncSession, set_id: UUID, *, lock: bool = False
) -> Sequence[Sample]:
    """Every sample of a set in its order."""
    statement = select(Sample).where(Sample.set_id == set_id).order_by(Sample.place)
    statement = statement.execution_options(populate_existing=True)
    return (await session.scalars(statement.with_for_update() if lock else statement)).all()


async def unlink(session: AsyncSession, set_id: UUID, places: Collection[int]) -> None:
    """Take the animals of samples away, so that they can be exchanged in any order."""
    mine = update(Sample).where(Sample.set_id == set_id, Sample.place == _any(places, Integer))
    await session.execute(
        mine.values(animal_id=None), execution_options={"synchronize_session": "fetch"}
    )


async def tags(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Tags of the visible ones of these animals."""
    if not ids:
        return {}
    rows = await session.execute(select(Animal.id, Animal.tag).where(Animal.id.in_(ids)))
    return {row.id: row.tag for row in rows}


async def animals(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Farm, tag, species and sex of the visible ones of these animals."""
    if not ids:
        return {}
    columns = (Animal.id, Animal.farm_id, Animal.tag, Animal.species, Animal.sex)
    rows = await session.execute(select(*columns).where(Animal.id == _any(ids, Uuid)))
    return {row.id: row for row in rows}


def _any(values: Collection[Any], kind: Any) -> Any:
    """One of these values, sent as one array: a statement takes 65,535 parameters at most."""
    return any_(literal(list(values), ARRAY(kind)))


async def pedigree(session: AsyncSession, ids: Collection[UUID]) -> list[Any]:
    """PEDIGREE_COLUMNS of animals and their visible ancestors; hidden parents are unknown."""
    await expect_many(session, len(ids))
    rows = (await session.execute(_PEDIGREE, {"ids": [str(one) for one in ids]})).all()
    seen = {row.id for row in rows}
    return [
        (
            str(row.id), *(str(one) if one in seen else None for one in (row.sire, row.dam)),
            row.sex, row.birth_date,
        )
        for row in rows
    ]  # fmt: skip


async def by_tag(session: AsyncSession, values: Collection[str]) -> Sequence[Any]:
    """Tag, animal and farm of the visible animals with these tags."""
    columns = (Animal.tag.label("value"), Animal.id.label("animal_id"), Animal.farm_id)
    statement = select(*columns).where(Animal.tag == _any(values, Text)).order_by(Animal.id)
    return (await session.execute(statement)).all()


async def of_animal(session: AsyncSession, animal_id: UUID) -> Sequence[Any]:
    """Samples of an animal with their sets, newest first."""
    statement = (
        select(Sample, GenotypeSet)
        .join(GenotypeSet, GenotypeSet.id == Sample.set_id)
        .where(Sample.animal_id == animal_id, GenotypeSet.state == "done")
        .order_by(GenotypeSet.id.desc())
    )
    return (await session.execute(statement)).all()


async def keep_panel(session: AsyncSession, values: dict[str, Any]) -> UUID:
    """The panel with this content, which is added where it is new."""
    known = insert(Panel).values(**values)
    await session.execute(known.on_conflict_do_nothing(index_elements=[Panel.content_hash]))
    statement = select(Panel.id).where(Panel.content_hash == values["content_hash"])
    return (await session.scalars(statement)).one()


async def panel(session: AsyncSession, panel_id: UUID) -> Panel | None:
    return await session.get(Panel, panel_id)


async def panels(session: AsyncSession, query: PanelsQuery) -> Page[Panel]:
    statement = select(Panel)
    if query.species:
        statement = statement.where(Panel.species == query.species)
    return await fetch_page(
        session, statement, [Panel.id], cursor=query.cursor, limit=query.limit, descending=True
    )
