"""Bring frozen tables back into farms, by imports: checked, reported, and nothing overwritten
that a person could not have imported.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub import audit, datasets, etl, farms, files, tables
from hub.datasets import DatasetRead, FrozenTable, storing
from hub.errors import FieldError, Invalid
from hub.etl import ImportCreate, ImportRead
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction
from hub.tables import FARM
from hub.versions.schemas import Restore, RestoreRead

ORDER = ("animals", "records", "events", "milk_recording")
"""Animals are there before what was measured of them."""
PARQUET = "application/vnd.apache.parquet"


async def restore(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID, wanted: Restore
) -> RestoreRead:
    """Queue an import of every frozen table and farm; they run one after the other.

    Imports add and change. What was added after the version was frozen stays; the comparison
    with a version of today names it.
    """
    tx.actor.require(Permission.DATASETS_WRITE)
    tx.actor.require(Permission.IMPORTS_WRITE)
    dataset = await datasets.find(tx, dataset_id)
    targets = _targets(dataset, wanted)
    for farm_id in targets.values():
        await farms.require_write(tx, farm_id)
    started: list[ImportRead] = []
    for table in _tables(dataset, wanted):
        for code, farm_id in targets.items():
            started += await _import(tx, objects, dataset, table, code, farm_id, wanted)
    await audit.write(
        tx, "versions:restore", subject_id=dataset.id, dry_run=wanted.dry_run,
        imports=[one.id for one in started], into=wanted.into,
    )  # fmt: skip
    return RestoreRead(dataset_id=dataset.id, imports=started)


def _targets(dataset: DatasetRead, wanted: Restore) -> dict[str, UUID]:
    """The farm that takes the rows of each farm, by the code it had when they were frozen."""
    there = {one["code"]: UUID(one["id"]) for one in dataset.description.get("farms", [])}
    if wanted.farm is not None:
        if wanted.farm not in there:
            message = f"The version has no farm {wanted.farm}."
            raise _refused("farm", message, f"It has {', '.join(there)}.")
        there = {wanted.farm: there[wanted.farm]}
    if wanted.into is None:
        return there
    if len(there) != 1:
        message = "The version has several farms; only one can be brought into another farm."
        raise _refused("farm", message, f"Name one: {', '.join(there)}.")
    return dict.fromkeys(there, wanted.into)


def _tables(dataset: DatasetRead, wanted: Restore) -> list[FrozenTable]:
    importable = {name for name, table in tables.KINDS.items() if table.importable}
    there = {one.kind: one for one in dataset.tables if one.kind in importable}
    missing = [kind for kind in wanted.kinds or () if kind not in there]
    if missing or not there:
        message = f"The version has no table {', '.join(missing)} that can be imported."
        raise _refused("kinds", message, f"It has {', '.join(there) or 'none'}.")
    # Test-day records stand among the records, too.
    kinds: Sequence[str] = wanted.kinds or [
        kind for kind in there if kind != "milk_recording" or "records" not in there
    ]
    return [there[kind] for kind in ORDER if kind in kinds]


async def _import(
    tx: Transaction,
    objects: ObjectStore,
    dataset: DatasetRead,
    table: FrozenTable,
    code: str,
    farm_id: UUID,
    wanted: Restore,
) -> list[ImportRead]:
    """The import of one farm's rows of a table; none where the farm has no rows in it."""
    stored = await asyncio.to_thread(_stored, objects, dataset, table, code)
    if stored is None:
        return []
    digest, size = stored
    file = await files.note(
        tx, name=f"{dataset.name} v{dataset.number} {code} {table.kind}.parquet",
        media_type=PARQUET, digest=digest, size=size,
    )  # fmt: skip
    new = ImportCreate.model_validate(
        {
            "farm_id": farm_id,
            "file_id": file.id,
            "kind": table.kind,
            "dry_run": wanted.dry_run,
            "policy": wanted.policy,
        }
    )
    return [await etl.create(tx, new)]


def _stored(
    objects: ObjectStore, dataset: DatasetRead, table: FrozenTable, code: str
) -> tuple[str, int] | None:
    """Digest and size of a file with one farm's rows, written piece by piece; None without any."""
    columns = storing.empty([one for one in table.columns if one.name != FARM.name])
    rows = 0
    with TemporaryDirectory(prefix="agrigen-restore-") as folder:
        path = Path(folder) / "rows.parquet"
        with pq.ParquetWriter(path, _arrow(columns).schema, compression="zstd") as writer:
            for frame in storing.frames(objects, table, dataset.objects):
                mine = frame.filter(pl.col(FARM.name) == code).drop(FARM.name)
                if mine.height:
                    writer.write_table(_arrow(mine))
                rows += mine.height
        return (objects.put_file(path), path.stat().st_size) if rows else None


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _refused(where: str, message: str, remedy: str) -> Invalid:
    return Invalid("versions.cannot_restore", message, errors=[FieldError(where, message, remedy)])
