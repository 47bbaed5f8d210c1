"""Whole sets of animals: read for checks and evaluations, written by imports."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.normal import normal
from hub.storage.copying import copy_in, copy_out, expect_many

_STOCK = """
SELECT a.id, a.farm_id, a.tag, a.species, a.sex, a.birth_date, a.sire_id, a.dam_id, f.code AS farm
FROM app.animal a JOIN app.farm f ON f.id = a.farm_id
WHERE %(farm)s::uuid IS NULL OR a.farm_id = %(farm)s ORDER BY a.farm_id, a.tag
"""

_NAMES = """
SELECT i.value, i.animal_id FROM app.animal_identifier i JOIN app.animal a ON a.id = i.animal_id
WHERE i.farm_id = %(farm)s
ORDER BY i.value, a.tag <> i.value, i.state <> 'active', i.animal_id
"""

# Animals that are evaluated, and everybody above them that the actor may see.
_PEDIGREE = """
WITH RECURSIVE member(id) AS (
    SELECT a.id FROM app.animal a
    WHERE (%(farms)s::uuid[] IS NULL OR a.farm_id = ANY(%(farms)s::uuid[]))
      AND a.species = ANY(%(species)s::text[])
      AND (%(breed)s::text IS NULL OR a.breed = %(breed)s)
    UNION
    SELECT p.id FROM member m JOIN app.animal a ON a.id = m.id
    JOIN app.animal p ON p.id IN (a.sire_id, a.dam_id)
)
SELECT a.id, a.tag, a.sire_id AS sire, a.dam_id AS dam, a.sex, a.birth_date, a.breed,
       f.code AS farm, a.farm_id, a.species
FROM member m JOIN app.animal a ON a.id = m.id JOIN app.farm f ON f.id = a.farm_id
ORDER BY a.birth_date NULLS FIRST, f.code, a.tag, a.id
"""

_STAGE = (
    "row_number int, id uuid, tag text, name text, species text, breed text, sex text, "
    "birth_date date, birth_type int, status text, sire_id uuid, dam_id uuid, stub boolean"
)
STAGE_COLUMNS = tuple(part.split()[0] for part in _STAGE.split(", "))
_STORED = f"{_STAGE}, normalized text"

# A filled cell that differs from what is stored is a change; an empty cell is none.
_DIFFERS = """
       (s.name <> '' AND s.name <> a.name) OR (s.breed <> '' AND s.breed <> a.breed)
    OR (s.sex IS NOT NULL AND s.sex <> a.sex) OR (s.status IS NOT NULL AND s.status <> a.status)
    OR (s.birth_date IS NOT NULL AND s.birth_date IS DISTINCT FROM a.birth_date)
    OR (s.birth_type IS NOT NULL AND s.birth_type IS DISTINCT FROM a.birth_type)
    OR (s.sire_id IS NOT NULL AND s.sire_id IS DISTINCT FROM a.sire_id)
    OR (s.dam_id IS NOT NULL AND s.dam_id IS DISTINCT FROM a.dam_id)
"""

# Equal rows count as unchanged unless this very import stored them before it was interrupted.
_UNCHANGED = text(f"""
SELECT count(*) FROM pg_temp.animal_stage s JOIN app.animal a
    ON a.farm_id = :farm AND a.tag = s.tag
WHERE NOT s.stub AND NOT coalesce({_DIFFERS}, false) AND a.updated_at < :since
""")  # noqa: S608  our own text, no values

_INSERT = text("""
INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, birth_date, birth_type,
                        status, sire_id, dam_id)
SELECT s.id, :farm, s.tag, coalesce(s.name, ''), s.species, coalesce(s.breed, ''),
       coalesce(s.sex, 'U'), s.birth_date, s.birth_type, coalesce(s.status, 'alive'),
       s.sire_id, s.dam_id
FROM pg_temp.animal_stage s
WHERE NOT EXISTS (SELECT FROM app.animal a WHERE a.farm_id = :farm AND a.tag = s.tag)
ORDER BY s.row_number NULLS FIRST
ON CONFLICT (farm_id, tag) DO NOTHING
""")

_NAME = text("""
INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value, normalized)
SELECT gen_random_uuid(), :farm, a.id, 'tag', a.tag, s.normalized
FROM pg_temp.animal_stage s JOIN app.animal a ON a.farm_id = :farm AND a.tag = s.tag
ON CONFLICT (farm_id, scheme, value) WHERE state = 'active' DO NOTHING
""")

_UPDATE = text(f"""
UPDATE app.animal a SET
    name = coalesce(nullif(s.name, ''), a.name), breed = coalesce(nullif(s.breed, ''), a.breed),
    sex = coalesce(s.sex, a.sex), status = coalesce(s.status, a.status),
    birth_date = coalesce(s.birth_date, a.birth_date),
    birth_type = coalesce(s.birth_type, a.birth_type),
    sire_id = coalesce(s.sire_id, a.sire_id), dam_id = coalesce(s.dam_id, a.dam_id),
    updated_at = now()
FROM pg_temp.animal_stage s
WHERE a.farm_id = :farm AND a.tag = s.tag AND NOT s.stub AND ({_DIFFERS})
""")  # noqa: S608  our own text, no values

# What this import said of animals: those that it made or changed, with the rows that say so.
_SOURCE = text("""
INSERT INTO app.import_entry AS e (import_id, entity, entity_id, farm_id, rows)
SELECT :import_id, 'animal', a.id, :farm, array_remove(array_agg(s.row_number), NULL)
FROM pg_temp.animal_stage s JOIN app.animal a ON a.farm_id = :farm AND a.tag = s.tag
WHERE a.updated_at = now() GROUP BY a.id
ON CONFLICT (import_id, entity, entity_id) DO UPDATE SET rows = e.rows || excluded.rows
""")


# Animals of which another row of the same import told.
_TAKEN = """
SELECT s.row_number, e.rows[1] AS first FROM pg_temp.animal_stage s
JOIN app.animal a ON a.farm_id = %(farm)s AND a.tag = s.tag
JOIN app.import_entry e ON e.import_id = %(import_id)s AND e.entity = 'animal'
    AND e.entity_id = a.id
WHERE NOT s.stub AND NOT ARRAY[s.row_number] @> e.rows
"""


async def stock(session: AsyncSession, farm_id: UUID | None = None) -> pl.DataFrame:
    """Every animal that the actor may see, or of one farm, as far as checks need it."""
    return await _frame(await copy_out(session, _STOCK, {"farm": farm_id}))


async def names(session: AsyncSession, farm_id: UUID) -> pl.DataFrame:
    """Every identifier of a farm's animals: value, animal_id."""
    return await _frame(await copy_out(session, _NAMES, {"farm": farm_id}))


async def pedigree(
    session: AsyncSession,
    farm_ids: Sequence[UUID] | None,
    species: Sequence[str],
    breed: str | None,
) -> pl.DataFrame:
    """Animals of some farms with all their visible ancestors, oldest first."""
    farms = None if farm_ids is None else list(farm_ids)
    values: dict[str, Any] = {"farms": farms, "species": list(species), "breed": breed}
    return await _frame(await copy_out(session, _PEDIGREE, values))


async def store(
    session: AsyncSession, farm_id: UUID, stage: pl.DataFrame, since: Any, import_id: UUID,
    *, dry_run: bool = False,
) -> int:  # fmt: skip
    """Add or change the animals of a stage; how many of its rows were unchanged.

    A dry run compares them with what is stored, and stores nothing.
    Rows marked `stub` are parents named before their own row, or without one: they are added
    when they are missing and otherwise left as they are.
    """
    content = await asyncio.to_thread(_content, stage)
    await copy_in(session, "animal_stage", _STORED, content)
    await expect_many(session, stage.height)
    farm = {"farm": farm_id}
    unchanged = await session.scalar(_UNCHANGED, {**farm, "since": since})
    if dry_run:
        return int(unchanged or 0)
    await session.execute(_UPDATE, farm)
    await session.execute(_INSERT, farm)
    await session.execute(_NAME, farm)
    await session.execute(_SOURCE, {**farm, "import_id": import_id})
    return int(unchanged or 0)


async def taken(
    session: AsyncSession, farm_id: UUID, import_id: UUID, stage: pl.DataFrame
) -> pl.DataFrame:
    """Rows whose animal another row of this import has stored: row_number, first (that row)."""
    await copy_in(session, "animal_stage", _STORED, await asyncio.to_thread(_content, stage))
    await expect_many(session, stage.height)
    asked = {"farm": farm_id, "import_id": import_id}
    return (await _frame(await copy_out(session, _TAKEN, asked))).cast(pl.Int32)


def _content(stage: pl.DataFrame) -> bytes:
    """The stage as CSV, each tag with its normal form."""
    forms = pl.Series("normalized", [normal(tag) for tag in stage["tag"]], dtype=pl.String)
    return stage.select(STAGE_COLUMNS).with_columns(forms).write_csv(include_header=False).encode()


async def _frame(content: bytes) -> pl.DataFrame:
    """CSV of COPY with every column as text; NULL stays apart from an empty text."""
    return await asyncio.to_thread(pl.read_csv, io.BytesIO(content), infer_schema=False)
