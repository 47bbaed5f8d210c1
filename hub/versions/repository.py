"""Queries about what goes into a version beside the tables."""

from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from uuid import UUID

import polars as pl
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.records.models import Trait
from hub.storage.copying import copy_rows

_IDENTITIES = """
SELECT a.id, f.code, a.tag, f.id FROM app.animal a JOIN app.farm f ON f.id = a.farm_id
WHERE a.farm_id = ANY(%(farms)s) ORDER BY a.id
"""
_IMPORTS = text("""
SELECT import_id, sum(rows)::bigint FROM (
    SELECT r.source_import_id AS import_id, count(*) AS rows FROM app.record r
    WHERE r.farm_id = ANY(:farms) AND r.source_import_id IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT e.import_id, count(*) FROM app.import_entry e
    WHERE e.farm_id = ANY(:farms) AND e.entity <> 'record' GROUP BY 1
) AS made GROUP BY 1 ORDER BY 1
""")


async def identities(
    session: AsyncSession, farm_ids: Sequence[UUID], rows: int
) -> AsyncIterator[pl.DataFrame]:
    """Which animal of the hub stands behind a tag: animal_id, farm, id, farm_id."""
    names = ["animal_id", "farm", "id", "farm_id"]
    async for piece in copy_rows(session, _IDENTITIES, {"farms": list(farm_ids)}, rows):
        yield pl.read_csv(BytesIO(piece), has_header=False, new_columns=names, infer_schema=False)


async def units(session: AsyncSession) -> dict[str, str]:
    """The unit of every trait."""
    rows = await session.execute(select(Trait.code, Trait.unit).order_by(Trait.code))
    return {code: unit for code, unit in rows if unit}


async def imports(session: AsyncSession, farm_ids: Sequence[UUID]) -> dict[str, int]:
    """How many entries of these farms came from which import; others were made by hand."""
    rows = await session.execute(_IMPORTS, {"farms": list(farm_ids)})
    return {str(import_id): count for import_id, count in rows}
