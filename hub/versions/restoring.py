"""Bring frozen tables back into farms, by imports: checked, reported, and nothing overwritten
that a person could not have imported.
"""

import asyncio
from collections.abc import Iterator, Sequence
from uuid import UUID

import polars as pl

from hub import audit, datasets, etl, farms, files, tables
from hub.datasets import DatasetRead, FrozenTable, parquet, storing
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
    tx.actor.require(Permission.DATASETS_READ)
    tx.actor.require(Permission.IMPORTS_WRITE)
    dataset = await datasets.get(tx, dataset_id)
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
    content = await asyncio.to_thread(_content, objects, dataset, table, code)
    if content is None:
        return []
    file = await files.store(
        tx, objects, name=f"{dataset.name} v{dataset.number} {code} {table.kind}.parquet",
        media_type=PARQUET, content=content,
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


def _content(
    objects: ObjectStore, dataset: DatasetRead, table: FrozenTable, code: str
) -> bytes | None:
    rows = pl.concat(_of_farm(storing.frames(objects, table, dataset.objects), code))
    return parquet.of_polars(rows) if rows.height else None


def _of_farm(frames: Iterator[pl.DataFrame], code: str) -> Iterator[pl.DataFrame]:
    for frame in frames:
        yield frame.filter(pl.col(FARM.name) == code).drop(FARM.name)


def _refused(where: str, message: str, remedy: str) -> Invalid:
    return Invalid("versions.cannot_restore", message, errors=[FieldError(where, message, remedy)])
