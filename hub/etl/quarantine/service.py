"""The quarantine: rows that an import refused, read and mended."""

from typing import Any
from uuid import UUID

from hub import audit, farms
from hub.errors import Conflict, FieldError, Invalid
from hub.etl import pipeline, repository
from hub.etl.models import Import, ImportRow
from hub.etl.schemas import ImportRead, Mend, Problem, ProblemsQuery, RejectedRow
from hub.etl.service import require
from hub.permissions import Permission
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

_SEE_PROBLEMS = "Read the import's problems for the rows and columns there are."


async def problems(tx: Transaction, import_id: UUID, query: ProblemsQuery) -> Page[RejectedRow]:
    """The rows that were refused, in the order of the file, with every reason and remedy."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    page = await repository.rejected(tx.session, import_id, query)
    return Page([_read(row) for row in page.items], page.next_cursor)


def _read(row: ImportRow) -> RejectedRow:
    found = [Problem.model_validate(problem) for problem in row.problems]
    return RejectedRow(row=row.row_number, state=row.state, values=row.raw, problems=found)


async def mend(tx: Transaction, import_id: UUID, mended: Mend) -> ImportRead:
    """Check corrected rows again and load the good ones; rows still wrong stay with new reasons."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    row = await require(tx, import_id, lock=True)
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
