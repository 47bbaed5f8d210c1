"""Reports of what an import refused."""

import csv
import io
from typing import Any
from uuid import UUID

from hub.etl.quarantine import problems
from hub.etl.schemas import Problem, ProblemsQuery
from hub.etl.service import get
from hub.storage.transaction import Transaction

REPORT_COLUMNS = ("file", "row", "column", "rule", "message", "remedy")


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
