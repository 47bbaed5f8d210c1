"""One table of one farm as one file, answered at once; what is long is made by a job instead."""

import asyncio
import hashlib
import tempfile
from pathlib import Path
from uuid import UUID

from hub import audit, farms, tables
from hub.errors import Missing, TooLarge
from hub.exports.schemas import ExportFilters
from hub.exports.writers import MEDIA, open_writer
from hub.permissions import Permission
from hub.storage.transaction import Transaction
from hub.tables import FARM

MOST_ROWS = 50_000


async def table(
    tx: Transaction, farm_id: UUID, kind: str, format_: str, filters: ExportFilters
) -> tuple[str, str, bytes]:
    """Name, media type and content of the file."""
    tx.actor.require(Permission.EXPORTS_RUN)
    farm = await farms.require_visible(tx, farm_id)
    if kind not in tables.KINDS or format_ not in MEDIA:
        raise Missing(
            "exports.no_such_table",
            f"There is no {kind}.{format_}. Tables are {', '.join(tables.KINDS)}; formats are "
            f"{', '.join(MEDIA)}.",
        )
    with tempfile.TemporaryDirectory(prefix="agrigen-export-") as folder:
        rows, content = await _written(tx, Path(folder), farm_id, kind, format_, filters)
    await audit.write(
        tx, "exports:table", subject_id=farm_id, farm_id=farm_id, kind=kind, format=format_,
        rows=rows, sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    return f"{farm.code}-{kind}.{format_}", MEDIA[format_], content


async def _written(
    tx: Transaction, folder: Path, farm_id: UUID, kind: str, format_: str, filters: ExportFilters
) -> tuple[int, bytes]:
    chosen = filters.for_tables()
    found = await tables.columns(tx, kind, [farm_id], chosen)
    writer = open_writer(format_, folder, kind, [one for one in found if one.name != FARM.name])
    rows = 0
    try:
        async for frame in tables.chunks(tx, kind, [farm_id], chosen, rows=MOST_ROWS + 1):
            rows += frame.height
            if rows > MOST_ROWS:
                raise _too_many()
            await asyncio.to_thread(writer.write, frame.drop(FARM.name))
    finally:
        await asyncio.to_thread(writer.close)
    [path] = writer.files  # so few rows fill no workbook
    return rows, await asyncio.to_thread(path.read_bytes)


def _too_many() -> TooLarge:
    return TooLarge(
        "exports.too_many_rows",
        f"The table has more than {MOST_ROWS:,} rows, too many to be answered at once. Ask for it "
        "with POST /exports, or narrow it down.",
    )
