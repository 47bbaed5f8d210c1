"""Use cases of imports: ask for one, follow it, read what was refused, mend it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms, files, jobs
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.etl import pipeline, repository
from hub.etl.models import Import, ImportRow
from hub.etl.schemas import (
    ImportCreate,
    ImportRead,
    ImportsQuery,
    Mend,
    Problem,
    ProblemsQuery,
    RejectedRow,
)
from hub.jobs.app import BULK, INTERACTIVE
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND = "import"
TASK = "imports.run"
SMALL_BYTES = 2 * 2**20
REPORT_COLUMNS = ("file", "row", "column", "rule", "message", "remedy")


async def create(tx: Transaction, new: ImportCreate) -> ImportRead:
    """Queue an import; imports of one farm run one after the other."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await farms.require_write(tx, new.farm_id)
    file = await files.get(tx, new.file_id)
    row = Import(
        id=new_id(),
        person_id=tx.actor.person_id,
        farm_id=new.farm_id,
        file_id=new.file_id,
        kind=new.kind,
        mapping=new.mapping.model_dump(exclude_defaults=True),
        dry_run=new.dry_run,
    )
    await repository.add(tx.session, row)
    queue = INTERACTIVE if file.size <= SMALL_BYTES else BULK
    lock = f"farm:{new.farm_id}"
    job = await jobs.create(tx, KIND, row.id, TASK, queue=queue, lock=lock, import_id=str(row.id))
    row.job_id = job.id
    await audit.write(
        tx, "imports:create", subject_id=row.id, farm_id=row.farm_id, kind=row.kind, file=file.name
    )
    return ImportRead.model_validate(await repository.flush(tx.session, row))


async def get(tx: Transaction, import_id: UUID) -> ImportRead:
    """One import, as far as it is now."""
    tx.actor.require(Permission.IMPORTS_READ)
    return ImportRead.model_validate(await _import(tx, import_id))


async def search(tx: Transaction, query: ImportsQuery) -> Page[ImportRead]:
    """Imports of the farms one works on, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    page = await repository.search(tx.session, query)
    return Page([ImportRead.model_validate(row) for row in page.items], page.next_cursor)


async def problems(tx: Transaction, import_id: UUID, query: ProblemsQuery) -> Page[RejectedRow]:
    """The rows that were refused, in the order of the file, with every reason and remedy."""
    tx.actor.require(Permission.IMPORTS_READ)
    await _import(tx, import_id)
    page = await repository.rejected(tx.session, import_id, query)
    return Page([_read(row) for row in page.items], page.next_cursor)


def _read(row: ImportRow) -> RejectedRow:
    found = [Problem.model_validate(problem) for problem in row.problems]
    return RejectedRow(row=row.row_number, state=row.state, values=row.raw, problems=found)


async def report_csv(tx: Transaction, import_id: UUID) -> str:
    """All problems as a CSV file: file, row, column, rule, message, remedy."""
    text = io.StringIO()
    writer = csv.DictWriter(text, REPORT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    taken = await get(tx, import_id)
    if taken.error:  # the file as a whole was refused, so no row stands for the reason
        whole = Problem(
            file="", row=1, column="", rule="file_refused", message=taken.error,
            remedy="Mend the file and import it again.",
        )  # fmt: skip
        writer.writerow(_harmless(whole))
    cursor: str | None = None
    while True:
        page = await problems(tx, import_id, ProblemsQuery(cursor=cursor, limit=1000))
        for row in page.items:
            writer.writerows(_harmless(problem) for problem in row.problems)
        cursor = page.next_cursor
        if cursor is None:
            return text.getvalue()


def _harmless(problem: Problem) -> dict[str, Any]:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    cells = problem.model_dump()
    return {
        name: f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" and value else value
        for name, value in cells.items()
    }


async def cancel(tx: Transaction, import_id: UUID) -> ImportRead:
    """Stop an import; rows that are in stay in, and starting it again goes on from there."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await jobs.cancel(tx, jobs.of(await _import(tx, import_id)))
    return await get(tx, import_id)


async def retry(tx: Transaction, import_id: UUID) -> ImportRead:
    """Go on with a failed or cancelled import."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await jobs.retry(tx, jobs.of(await _import(tx, import_id)))
    return await get(tx, import_id)


async def mend(tx: Transaction, import_id: UUID, mended: Mend) -> ImportRead:
    """Check corrected rows again and load the good ones; rows still wrong stay with new reasons."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    row = await _import(tx, import_id, lock=True)
    await farms.require_write(tx, row.farm_id)
    if row.state != "done" or row.dry_run:
        raise Conflict(
            "imports.not_mendable",
            "Rows are mended when the import is done; a dry run has loaded none to add to.",
        )
    table = await _mended_table(tx, row, mended)
    counts = await pipeline.load_mended(tx, row, table)
    row.rows_loaded += counts.loaded
    row.rows_unchanged += counts.unchanged
    row.rows_rejected -= counts.loaded + counts.unchanged
    await audit.write(
        tx, "imports:mend", subject_id=row.id, farm_id=row.farm_id, loaded=counts.loaded
    )
    return ImportRead.model_validate(await repository.flush(tx.session, row))


async def _mended_table(tx: Transaction, row: Import, mended: Mend) -> list[dict[str, Any]]:
    """The refused rows with their corrected cells, each with its number."""
    wanted = {new.row: new.values for new in mended.rows}
    there = await repository.rows(tx.session, row.id, sorted(wanted))
    if row.kind == "events":
        for other in await repository.same_birth(tx.session, row.id, list(there.values())):
            there[other.row_number] = other
            wanted.setdefault(other.row_number, {})
    errors = [
        FieldError(f"rows.{number}", f"Row {number} is not among the refused rows.", _SEE_PROBLEMS)
        for number in wanted
        if number not in there or there[number].state != "rejected"
    ]
    errors += [
        FieldError(f"rows.{number}", f"The file has no column {name!r}.", _SEE_PROBLEMS)
        for number, values in wanted.items()
        if number in there
        for name in values.keys() - there[number].raw.keys()
    ]
    if errors:
        raise Invalid("imports.cannot_mend", "Some rows cannot be mended.", errors=errors)
    return [
        {"row": number, "values": {**there[number].raw, **wanted[number]}}
        for number in sorted(there)
    ]


async def follow(tx: Transaction, import_id: UUID, state: str, error: str) -> None:
    """Keep the import's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    values = {"state": state, "error": error, "finished_at": over}
    await repository.change(tx.session, import_id, values)


async def _import(tx: Transaction, import_id: UUID, *, lock: bool = False) -> Import:
    row = await repository.get(tx.session, import_id, lock=lock)
    if row is None:
        raise Missing("imports.not_found", "There is no such import that you may see.")
    return row


_SEE_PROBLEMS = "Read the import's problems for the rows and columns there are."
