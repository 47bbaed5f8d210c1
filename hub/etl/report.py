"""The report of an import: everything that was found, as JSON, as CSV, or marked in a workbook.

Reports are written to a temporary file piece by piece, so that a million findings need no memory.
"""

import asyncio
import csv
import io
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO, Any, Literal
from uuid import UUID

from hub.etl import report_book
from hub.etl.quarantine import FindingsQuery, finding_counts
from hub.etl.report_rows import file_name, found_rows
from hub.etl.schemas import ImportRead, Problem
from hub.etl.service import get
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction
from hub.tables.harmless import protected_text

Format = Literal["json", "csv", "xlsx"]
Which = Literal["auto", "all", "found"]
COLUMNS = ("file", "row", "column", "value", "rule", "severity", "message", "remedy", "state")
_MEMORY = 1 << 20
_PIECE = 1 << 18


async def write_report(
    tx: Transaction, objects: ObjectStore, import_id: UUID, form: Format, *, rows: Which = "auto"
) -> IO[bytes]:
    """A temporary file with the report; it goes away when it is closed.

    `rows` is for workbooks: all rows of the file, or those in which something was found.
    """
    taken = await get(tx, import_id)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115
    try:
        if form == "csv":
            await _write_csv(tx, taken, file)
        elif form == "json":
            await _write_json(tx, taken, file)
        else:
            counts = await finding_counts(tx, import_id, FindingsQuery())
            await report_book.write(tx, objects, taken, counts, file, rows)
    except BaseException:
        file.close()
        raise
    return file


def report_pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The content of a report from its start; closes it at the end."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def report_size(file: IO[bytes]) -> int:
    """Bytes of a report."""
    return file.seek(0, io.SEEK_END)


async def _findings(tx: Transaction, taken: ImportRead) -> AsyncIterator[list[dict[str, Any]]]:
    """Findings a page at a time, each with what became of its row."""
    if taken.error:  # the file as a whole was refused, so no row stands for the reason
        yield [{**refused_file(taken, await file_name(tx, taken)), "state": "rejected"}]
    async for page in found_rows(tx, taken.id):
        yield [
            {**Problem.model_validate(found).model_dump(), "state": row.state}
            for row in page
            for found in row.problems
        ]


def refused_file(taken: ImportRead, name: str) -> dict[str, Any]:
    """A finding that says why nothing of the file was taken."""
    return Problem(
        file=name, row=1, column="", rule="file_refused", message=taken.error,
        remedy="Mend the file and import it again.",
    ).model_dump()  # fmt: skip


async def _write_csv(tx: Transaction, taken: ImportRead, file: IO[bytes]) -> None:
    file.write(_lines([dict(zip(COLUMNS, COLUMNS, strict=True))]))
    async for page in _findings(tx, taken):
        file.write(await asyncio.to_thread(_lines, [_protected(one) for one in page]))


def _lines(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _protected(cells: dict[str, Any]) -> dict[str, Any]:
    """The texts of a finding for a file that a spreadsheet may open."""
    return {
        name: protected_text(value) if isinstance(value, str) else value
        for name, value in cells.items()
    }


async def _write_json(tx: Transaction, taken: ImportRead, file: IO[bytes]) -> None:
    counts = await finding_counts(tx, taken.id, FindingsQuery())
    summary = [one.model_dump(mode="json") for one in counts]
    head = json.dumps({"import": taken.model_dump(mode="json"), "summary": summary})
    file.write(head.removesuffix("}").encode() + b', "findings": [')
    first = True
    async for page in _findings(tx, taken):
        text = ",\n".join(json.dumps(one) for one in page)
        if text:
            file.write((text if first else f",\n{text}").encode())
            first = False
    file.write(b"]}\n")
