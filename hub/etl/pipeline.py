"""The steps of an import: extract, clean, validate, load, report.

Every step leaves a checkpoint, long ones one a chunk: what was read, cleaned and judged lies in the
object store, and the mark how far the import is moves in the transaction that stores its rows. A
worker killed anywhere leaves whole pieces; the next attempt goes on after the mark, so each row is
loaded once. An attempt that was believed dead finds its mark passed and stores nothing more.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import polars as pl

from hub import audit, farms, files
from hub.animals import bulk as stored_animals
from hub.errors import Missing
from hub.etl import across, animals, events, loading, records, repository, validation
from hub.etl.asked import Checked, Context, Request, check, context
from hub.etl.extraction import clean, extract
from hub.etl.models import Import
from hub.etl.read import ROW, from_rows
from hub.etl.staging import Manifest
from hub.etl.work import Counts, Work
from hub.files import FileRead
from hub.jobs import Run
from hub.permissions import Permission
from hub.records import bulk as stored_records
from hub.storage.transaction import Transaction, begin

MANY = 1000
"""Rows after which the planner is told of them."""


async def run_import(run: Run, import_id: UUID) -> None:
    """Take a file in; what was done by an attempt that died is not done again."""
    async with begin(run.engine, run.actor) as tx:
        work, file = await _asked(tx, run, import_id)
    await extract(work, file)
    await clean(work)
    async with begin(run.engine, run.actor) as tx:
        known = await context(tx, work.request.farm_id, work.request.kind)
    await validation.validate(work, known)
    await loading.load(work, known)
    await _report(work)


async def _asked(tx: Transaction, run: Run, import_id: UUID) -> tuple[Work, FileRead]:
    run.actor.require(Permission.IMPORTS_WRITE)
    row = await _import(tx, import_id)
    await farms.require_write(tx, row.farm_id)
    return Work.of(run, row), await files.find(tx, row.file_id)


async def _import(tx: Transaction, import_id: UUID) -> Import:
    row = await repository.get(tx.session, import_id)
    if row is None:
        raise Missing("imports.not_found", "There is no such import that you may see.")
    return row


async def _report(work: Work) -> None:
    """Close the import and its job together, and say in the log what was done."""
    now = datetime.now(UTC)
    work.start("report")
    work.end("report", 0)
    work.manifest = Manifest(mark=work.manifest.mark)  # what was staged is needed no more
    work.values = {"state": "done", "error": "", "finished_at": now}
    async with begin(work.run.engine, work.run.actor) as tx:
        await work.save(tx)
        row = await _import(tx, work.request.id)
        if row.rows_loaded >= MANY:
            await repository.refresh_statistics(tx.session)
        counts = {
            "read": row.rows_read,
            "loaded": row.rows_loaded,
            "unchanged": row.rows_unchanged,
            "rejected": row.rows_rejected,
            "warned": row.rows_warned,
            "parents_added": row.notes.get("parents_added", 0),
        }
        await audit.write(
            tx, "imports:finish", subject_id=row.id, farm_id=row.farm_id, kind=row.kind,
            dry_run=row.dry_run, **counts,
        )  # fmt: skip
        await work.run.finish(tx, _sentence(row))


def _sentence(row: Import) -> str:
    warned = f", {row.rows_warned:,} with warnings" if row.rows_warned else ""
    if row.dry_run:
        return f"{row.rows_read:,} rows checked, {row.rows_rejected:,} with problems{warned}"
    if row.notes.get("held_back"):
        return (
            f"nothing loaded: {row.rows_rejected:,} of {row.rows_read:,} rows are refused, and all "
            "or nothing was asked for"
        )
    text = f"{row.rows_loaded:,} rows loaded, {row.rows_unchanged:,} unchanged"
    if added := row.notes.get("parents_added"):
        text += f", {added:,} parents without a row of their own added"
    return f"{text}, {row.rows_rejected:,} refused{warned}"


async def load_mended(tx: Transaction, row: Import, rows: list[dict[str, Any]]) -> Counts:
    """Check corrected rows against what is stored now, and load the good ones."""
    request = Request.of(row)
    name = (await files.find(tx, row.file_id)).name
    table = from_rows(name, rows, row.notes.get("sheets", ()))
    known = await context(tx, request.farm_id, request.kind)
    checked = await asyncio.to_thread(check, table, request, known)
    numbers = table.frame[ROW]
    unchanged = await _store(tx, request, checked, numbers, known)
    found = checked.findings.of(numbers)
    if found:
        await repository.add_found(tx.session, row.id, row.farm_id, checked.findings, found)
    bad = checked.findings.refused.intersection(found)
    good = [int(number) for number in numbers if number not in bad]
    await repository.mended(tx.session, row.id, good)
    return Counts(loaded=len(good) - unchanged, unchanged=unchanged, rejected=len(bad))


async def _store(
    tx: Transaction, request: Request, checked: Checked, numbers: pl.Series, known: Context
) -> int:
    """Load mended rows; how many were unchanged."""
    if isinstance(checked, events.Checked):
        return await events.store(tx, request.id, checked, numbers)
    if isinstance(checked, animals.Checked):
        return await _store_animals(tx, request, checked)
    return await _store_records(tx, request, checked, known)


async def _store_animals(tx: Transaction, request: Request, checked: animals.Checked) -> int:
    """Without rows whose animal another row of the file has brought already."""
    stage = animals.whole_stage(checked)
    taken = await stored_animals.taken(tx.session, request.farm_id, request.id, stage)
    again = stage.join(taken, on="row_number")
    again = again.select(pl.col("row_number").alias(ROW), pl.col("tag").alias("id"), "first")
    checked.findings.tell(again, "duplicate_row")
    refused = taken["row_number"].implode()
    stage = stage.filter(~pl.col("row_number").is_in(refused).fill_null(value=False))
    return await loading.store_animals(tx, request, stage)


async def _store_records(
    tx: Transaction, request: Request, checked: records.Checked, known: Context
) -> int:
    """Without rows whose key an earlier row of the file has, among these or loaded already."""
    rows = checked.rows
    taken = await stored_records.taken(tx.session, request.id, rows)
    again = across.repeated(
        lambda names: iter([rows.select(names)]), rows.height, taken["row_number"].unique()
    )
    numbered = rows.select(
        "row_number", "trait_code", pl.int_range(pl.len(), dtype=pl.Int64).alias("at")
    )
    stored = taken.join(numbered, on=["row_number", "trait_code"]).select(
        "row_number", "first", "at"
    )
    again = pl.concat([again, stored]).unique(["row_number", "at"], maintain_order=True)
    none = across.outliers(lambda names: iter(()), 0, again["row_number"])
    late = pl.concat([again, none], how="diagonal")
    good = rows.select("row_number", "animal_id", "trait_code")
    validation.tell(checked.findings, late, good, request, known)
    stage = rows.filter(~pl.col("row_number").is_in(again["row_number"].unique().implode()))
    count = stage["row_number"].n_unique()
    content = await asyncio.to_thread(stored_records.content_of, stage)
    unchanged = await stored_records.store(
        tx.session, request.farm_id, request.id, content, stage.height, count
    )
    return unchanged + len(checked.empty)
