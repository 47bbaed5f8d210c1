"""Whole sets of records: read for evaluations, written by imports."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.storage.copying import copy_in, copy_out, expect_many

_RECORDS = """
SELECT r.animal_id AS animal, a.tag, f.code AS farm, a.farm_id, a.species, a.sex, a.breed,
       a.birth_date, a.birth_type, a.dam_id AS dam, a.sire_id AS sire, r.recorded_on, r.occasion,
       r.trait_code AS trait, r.value, r.attributes, r.id AS record,
       r.source_import_id AS import, r.source_row AS row, CASE
           WHEN r.source_import_id IS NOT NULL THEN 'import'
           WHEN r.id IN (SELECT x.entity_id FROM app.exchange_source x
                         WHERE x.entity = 'record') THEN 'exchange'
           WHEN get_byte(uuid_send(r.id), 6) >> 4 = 5 THEN 'event'
           WHEN r.device <> '' THEN 'phone' ELSE 'hand' END AS door
FROM app.record r JOIN app.animal a ON a.id = r.animal_id JOIN app.farm f ON f.id = a.farm_id
WHERE r.trait_code = ANY(%(traits)s::text[])
  AND (%(farms)s::uuid[] IS NULL OR a.farm_id = ANY(%(farms)s::uuid[]))
  AND (%(species)s::text IS NULL OR a.species = %(species)s)
  AND (%(breed)s::text IS NULL OR a.breed = %(breed)s)
ORDER BY f.code, a.tag, a.id, r.recorded_on NULLS FIRST, r.occasion, r.trait_code
"""

_TRAITS = "SELECT code, species, lowest, highest, unit, ranges FROM app.trait ORDER BY code"

_STAGE = (
    "row_number int, id uuid, animal_id uuid, trait_code text, recorded_on date, occasion text, "
    "value float8, attributes jsonb"
)
STAGE_COLUMNS = tuple(part.split()[0] for part in _STAGE.split(", "))

_SAME_KEY = """
    r.animal_id = s.animal_id AND r.trait_code = s.trait_code
    AND r.recorded_on IS NOT DISTINCT FROM s.recorded_on AND r.occasion = s.occasion
"""

# Rows of which every record is stored already.
_UNCHANGED = text(f"""
SELECT count(*) FROM (
    SELECT s.row_number FROM pg_temp.record_stage s LEFT JOIN app.record r ON {_SAME_KEY}
    GROUP BY s.row_number
    HAVING bool_and(coalesce(
        r.value = s.value AND r.attributes @> s.attributes, false))
) AS row
""")  # noqa: S608  our own text, no values

# Records that another row of the same import stored.
_TAKEN = f"""
SELECT s.row_number, s.trait_code, r.source_row AS first
FROM pg_temp.record_stage s JOIN app.record r ON {_SAME_KEY}
WHERE r.source_import_id = %(import_id)s AND r.source_row <> s.row_number
"""  # noqa: S608  our own text, no values

# How many rows of the file had something new in them.
_UPSERT = text("""
WITH stored AS (
    INSERT INTO app.record AS r (id, farm_id, animal_id, trait_code, recorded_on, occasion, value,
                                 attributes, source_import_id, source_row)
    SELECT s.id, :farm, s.animal_id, s.trait_code, s.recorded_on, s.occasion, s.value, s.attributes,
           :import_id, s.row_number
    FROM pg_temp.record_stage s ORDER BY s.row_number
    ON CONFLICT ON CONSTRAINT uq_record_occasion DO UPDATE SET
        value = excluded.value, attributes = r.attributes || excluded.attributes,
        source_import_id = excluded.source_import_id, source_row = excluded.source_row,
        updated_at = now()
    WHERE r.value <> excluded.value OR NOT r.attributes @> excluded.attributes
    RETURNING r.source_row)
SELECT count(DISTINCT source_row) FROM stored
""")


async def traits(session: AsyncSession) -> pl.DataFrame:
    """Every trait: code, species, lowest, highest, unit, ranges of species (as JSON)."""
    frame = await _frame(await copy_out(session, _TRAITS))
    return frame.with_columns(pl.col("lowest", "highest").cast(pl.Float64))


async def records(
    session: AsyncSession,
    trait_codes: Sequence[str],
    farm_ids: Sequence[UUID] | None,
    species: str | None,
    breed: str | None,
) -> pl.DataFrame:
    """Records of some traits with what is known of their animals, in a fixed order.

    `record`, `import`, `row` and `door` say where each came from (`hub.evaluations.sources`).
    """
    values: dict[str, Any] = {
        "traits": list(trait_codes),
        "farms": None if farm_ids is None else list(farm_ids),
        "species": species,
        "breed": breed,
    }
    return await _frame(await copy_out(session, _RECORDS, values))


def content_of(stage: pl.DataFrame) -> bytes:
    """Records as COPY takes them."""
    return stage.select(STAGE_COLUMNS).write_csv(include_header=False).encode()


async def store(
    session: AsyncSession, farm_id: UUID, import_id: UUID, content: bytes, records: int, rows: int,
    *, dry_run: bool = False,
) -> int:  # fmt: skip
    """Add or change the records of some rows of a file; how many of the rows were unchanged.

    A dry run compares them with what is stored, and stores nothing.
    """
    await copy_in(session, "record_stage", _STAGE, content)
    await expect_many(session, records)
    if dry_run:
        return int(await session.scalar(_UNCHANGED) or 0)
    changed = await session.scalar(_UPSERT, {"import_id": import_id, "farm": farm_id})
    return rows - int(changed or 0)


async def taken(session: AsyncSession, import_id: UUID, stage: pl.DataFrame) -> pl.DataFrame:
    """Records of a stage whose key another row of this import has stored.

    row_number, trait_code, first (that row)
    """
    await copy_in(session, "record_stage", _STAGE, await asyncio.to_thread(content_of, stage))
    await expect_many(session, stage.height)
    found = await _frame(await copy_out(session, _TAKEN, {"import_id": import_id}))
    return found.with_columns(pl.col("row_number", "first").cast(pl.Int32))


async def _frame(content: bytes) -> pl.DataFrame:
    """CSV of COPY with every column as text; NULL stays apart from an empty text."""
    return await asyncio.to_thread(pl.read_csv, io.BytesIO(content), infer_schema=False)
