"""The steps of an import: read, check against what is stored, load in pieces, report.

Every piece is one transaction with its records, its refused rows, the counts and the mark how far
the import is. A worker killed anywhere leaves whole pieces; the next attempt checks again and goes
on after the mark, so each row is loaded once. An attempt that was believed dead finds its mark
passed and stores nothing more.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from hub import audit, farms, files
from hub.animals import bulk as stored_animals
from hub.animals import repository as animals_repository
from hub.animals.rules import latest_today
from hub.errors import Missing
from hub.etl import animals, events, milk, records, repository, sources
from hub.etl.findings import Findings
from hub.etl.models import Import
from hub.etl.read import ROW, Table, from_rows
from hub.etl.schemas import Mapping
from hub.jobs import Run, TakenOver
from hub.permissions import Permission
from hub.records import bulk as stored_records
from hub.storage.transaction import Transaction, begin

PIECE = 20_000
DONE = "rows_done"


@dataclass(frozen=True)
class Counts:
    """What became of rows."""

    loaded: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Request:
    """What an import asks for, free of its session."""

    id: UUID
    farm_id: UUID
    kind: str
    mapping: Mapping
    dry_run: bool
    created_at: datetime
    notes: dict[str, Any]

    @classmethod
    def of(cls, row: Import) -> "Request":
        return cls(
            id=row.id,
            farm_id=row.farm_id,
            kind=row.kind,
            mapping=Mapping.model_validate(row.mapping),
            dry_run=row.dry_run,
            created_at=row.created_at,
            notes=dict(row.notes),
        )


@dataclass(frozen=True)
class Context:
    """What rows are checked against."""

    stock: animals.Stock
    traits: pl.DataFrame
    today: date


Checked = animals.Checked | records.Checked | events.Checked


async def run_import(run: Run, import_id: UUID) -> None:
    """Take a file in; what was loaded by an attempt that died is not loaded again."""
    await run.report(0.01, "reading the file")
    async with begin(run.engine, run.actor) as tx:
        request, name, content = await _asked(tx, run, import_id)
    table = await run.in_thread(_read, name, content, request.kind, request.mapping)
    await run.report(0.1, f"checking {table.frame.height:,} rows")
    async with begin(run.engine, run.actor) as tx:
        context = await context_of(tx, request.farm_id)
    checked = await run.in_thread(check, table, request, context)
    await run.report(0.4, "loading")
    await _load_pieces(run, request, table, checked)


def _read(name: str, content: bytes, kind: str, mapping: Mapping) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        reading = sources.open(path, name, kind, mapping)
        [table] = reading.chunks()
    return table


async def _asked(tx: Transaction, run: Run, import_id: UUID) -> tuple[Request, str, bytes]:
    run.actor.require(Permission.IMPORTS_WRITE)
    row = await repository.get(tx.session, import_id)
    if row is None:
        raise Missing("imports.not_found", "There is no such import that you may see.")
    await farms.require_write(tx, row.farm_id)
    file = await files.get(tx, row.file_id)
    return Request.of(row), file.name, await files.content(tx, run.objects, row.file_id)


async def context_of(tx: Transaction, farm_id: UUID) -> Context:
    farm = await farms.require_visible(tx, farm_id)
    stock = animals.Stock(
        farm_id=farm_id,
        farm_code=farm.code,
        species=farm.species,
        animals=await stored_animals.stock(tx.session),
        names=await stored_animals.names(tx.session, farm_id),
        shared_farms=await farms.shared(tx),
    )
    traits = await stored_records.traits(tx.session)
    return Context(stock, traits, latest_today(datetime.now(UTC)))


def check(table: Table, request: Request, context: Context) -> Checked:
    """Every problem of every row; no database, no clock."""
    findings = Findings(table)
    width = len(table.columns)
    for row, cells in table.ragged.items():
        findings.add(
            row, "", "wrong_number_of_cells", f"The row has {cells} cells, the header {width}.",
            "Look for a missing or extra delimiter, or put texts that hold one in quotes.",
        )  # fmt: skip
    if request.kind == "animals":
        return animals.check(table, request.mapping, context.stock, context.today, findings)
    if request.kind == "events":
        return events.check(table, request.mapping, context.stock, context.today, findings)
    mapping = request.mapping
    if request.kind == "milk_recording":
        mapping = milk.with_usual_names(table, mapping)
    return records.check(table, mapping, context.stock, context.traits, context.today, findings)


async def _load_pieces(run: Run, request: Request, table: Table, checked: Checked) -> None:
    numbers = table.frame[ROW]
    done = int(request.notes.get(DONE, 0))
    left = numbers.filter(numbers > done)
    notes = {**table.notes, **checked.notes, **request.notes}
    starts = range(0, max(len(left), 1), PIECE)
    for place in starts:
        piece = left.slice(place, PIECE)
        async with begin(run.engine, run.actor) as tx:
            await _load_piece(tx, request, table, checked, piece, notes)
            if place == starts[-1]:
                await _finish(tx, run, request)
        share = (place + len(piece)) / max(len(left), 1)
        if place != starts[-1]:
            await run.report(0.4 + 0.6 * share, f"{int(piece.max() or 0):,} rows done")  # type: ignore[arg-type]


async def _load_piece(
    tx: Transaction,
    request: Request,
    table: Table,
    checked: Checked,
    piece: pl.Series,
    notes: dict[str, Any],
) -> None:
    """Load some rows of the file, keep the refused ones and move the mark: all or nothing."""
    if piece.is_empty():
        return
    first, last = int(piece[0]), int(piece[-1])
    unchanged = 0
    if isinstance(checked, events.Checked):
        unchanged = await _record(tx, request, checked, piece)
    elif not request.dry_run:
        unchanged = await _store(tx, request, checked, first, last)
    bad = checked.findings.of(piece)
    unchanged += _without_value(checked, piece)
    if bad:
        rows = _rejected_rows(table, bad)
        await repository.add_rejected(tx.session, request.id, request.farm_id, rows)
    good = len(piece) - len(bad)
    counts = Counts(0 if request.dry_run else good - unchanged, unchanged, len(bad))
    noted = {**notes, DONE: last}
    if not await repository.count(tx.session, request.id, len(piece), counts, noted, place=DONE):
        raise TakenOver


def _without_value(checked: Checked, piece: pl.Series) -> int:
    """Rows of a wide file in which every trait's cell is empty: nothing to load, nothing wrong."""
    if not isinstance(checked, records.Checked) or not checked.notes["rows_without_value"]:
        return 0
    filled = set(checked.rows["row_number"]) | checked.findings.rows
    return sum(1 for row in piece if row not in filled)


async def _record(
    tx: Transaction, request: Request, checked: events.Checked, piece: Iterable[int]
) -> int:
    """Record events; a dry run records them too, to learn what is possible, and takes them back."""
    if not request.dry_run:
        return await events.store(tx, request.id, checked, piece)
    async with tx.session.begin_nested() as trial:
        unchanged = await events.store(tx, request.id, checked, piece)
        await trial.rollback()
    return unchanged


async def _store(
    tx: Transaction,
    request: Request,
    checked: animals.Checked | records.Checked,
    first: int,
    last: int,
) -> int:
    if isinstance(checked, records.Checked):
        stage = records.stage(checked, first, last)
        return await stored_records.store(tx.session, request.farm_id, request.id, stage)
    await animals_repository.lock_pedigree(tx.session)
    stage = animals.stage(checked, first, last)
    since = request.created_at
    return await stored_animals.store(tx.session, request.farm_id, stage, since, request.id)


def _rejected_rows(table: Table, bad: dict[int, list[dict[str, Any]]]) -> str:
    wanted = table.frame.filter(pl.col(ROW).is_in(list(bad)))
    return json.dumps(
        [
            {
                "row_number": values.pop(ROW),
                "raw": {name: value or "" for name, value in values.items()},
                "problems": bad[number],
            }
            for values in wanted.iter_rows(named=True)
            for number in [values[ROW]]
        ]
    )


async def _finish(tx: Transaction, run: Run, request: Request) -> None:
    """Close the import and its job with the last piece, and say in the log what was done."""
    now = datetime.now(UTC)
    values = {"state": "done", "error": "", "finished_at": now}
    await repository.change(tx.session, request.id, values)
    row = await repository.get(tx.session, request.id)
    if row is None:
        raise Missing("imports.not_found", "There is no such import that you may see.")
    counts = {
        "read": row.rows_read,
        "loaded": row.rows_loaded,
        "unchanged": row.rows_unchanged,
        "rejected": row.rows_rejected,
        "parents_added": row.notes.get("parents_added", 0),
    }
    await audit.write(
        tx, "imports:finish", subject_id=row.id, farm_id=row.farm_id, kind=row.kind,
        dry_run=row.dry_run, **counts,
    )  # fmt: skip
    await run.finish(tx, _sentence(row))


def _sentence(row: Import) -> str:
    if row.dry_run:
        return f"{row.rows_read:,} rows checked, {row.rows_rejected:,} with problems"
    text = f"{row.rows_loaded:,} rows loaded, {row.rows_unchanged:,} unchanged"
    if added := row.notes.get("parents_added"):
        text += f", {added:,} parents without a row of their own added"
    return f"{text}, {row.rows_rejected:,} refused"


async def load_mended(tx: Transaction, row: Import, rows: list[dict[str, Any]]) -> Counts:
    """Check corrected rows against what is stored now, and load the good ones."""
    request = Request.of(row)
    table = from_rows(await _file_name(tx, row), rows, row.notes.get("sheets", ()))
    context = await context_of(tx, row.farm_id)
    checked = await asyncio.to_thread(check, table, request, context)
    numbers = table.frame[ROW]
    first, last = int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]
    if isinstance(checked, events.Checked):
        unchanged = await events.store(tx, request.id, checked, numbers)
    else:
        unchanged = await _store(tx, request, checked, first, last)
    bad = checked.findings.of(numbers)
    if bad:
        await repository.add_rejected(tx.session, row.id, row.farm_id, _rejected_rows(table, bad))
    good = [int(number) for number in numbers if number not in bad]
    await repository.mended(tx.session, row.id, good)
    return Counts(len(good) - unchanged, unchanged, len(bad))


async def _file_name(tx: Transaction, row: Import) -> str:
    return (await files.get(tx, row.file_id)).name
