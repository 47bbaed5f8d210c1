"""The report of an import as a workbook: the file's rows with wrong cells marked and commented.

Rows are written as they come (constant memory), and every cell as a text, so that nothing that
stands in a file is ever computed.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hub.etl.quarantine.plan import header_of
from hub.etl.quarantine.schemas import FindingCount
from hub.etl.read import SHEET_ROWS
from hub.etl.report_rows import FileRows, Row, file_name, found_rows
from hub.etl.schemas import ImportRead
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

EXCEL_ROWS = 1_048_576
EXCEL_COLUMNS = 16_384
ALL_ROWS = 20_000
"""Up to so many rows the whole file is shown unless more is asked for."""
MOST_COMMENTS = 2_000
"""Comments are drawings, and many make Excel slow. The reasons stand beside each row as well."""
_LONGEST = 32_767
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False,
}  # fmt: skip
_FRAME = ("row", "state")
_REASONS = ("what is wrong", "what to do")
_FILLS = {"error": "#F8C9C4", "warning": "#FCE9B8"}


async def write(
    tx: Transaction, objects: ObjectStore, taken: ImportRead, counts: Sequence[FindingCount],
    target: IO[bytes], which: str,
) -> None:  # fmt: skip
    """Write the workbook of an import."""
    every = which == "all" or (which == "auto" and taken.rows_read <= ALL_ROWS)
    book = Book(target, taken)
    try:
        if not taken.error:
            async with FileRows(tx, objects, taken) as file:
                book.columns = file.columns
                rows = file.pages() if every else found_rows(tx, taken.id)
                async for page in rows:
                    await asyncio.to_thread(book.add, page)
        book.add_rules(counts)
        book.add_summary(await file_name(tx, taken), every)
    finally:
        await asyncio.to_thread(book.close)  # its temporary files go whatever happened


class Book:
    """A workbook that grows by rows: a sheet of rows for each of the file's, rules, summary."""

    def __init__(self, target: IO[bytes], taken: ImportRead) -> None:
        self._book = xlsxwriter.Workbook(target, _OPTIONS)
        self._taken = taken
        self._names: Sequence[str] = taken.notes.get("sheets") or ()
        self._bold = self._book.add_format({"bold": True, "bg_color": "#E8EEF2"})
        self._wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._fills = {
            name: self._book.add_format({"bg_color": color}) for name, color in _FILLS.items()
        }
        self._summary = self._book.add_worksheet("Summary")
        self._sheets: dict[int, tuple[Worksheet, int]] = {}
        self.columns: Sequence[str] = ()
        self.left_out = 0
        self.comments = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows below the others of their sheet."""
        for row in rows:
            sheet, number = divmod(row.number, SHEET_ROWS) if self._names else (0, row.number)
            place = self._place(sheet)
            if place >= EXCEL_ROWS:
                self.left_out += 1
            else:
                self._write(self._sheets[sheet][0], place, number, row)
                self._sheets[sheet] = (self._sheets[sheet][0], place + 1)

    def _place(self, sheet: int) -> int:
        """The next free line of a sheet, which is made when it is the first."""
        if sheet not in self._sheets:
            self._sheets[sheet] = (self._new_sheet(sheet), 1)
        return self._sheets[sheet][1]

    def _new_sheet(self, sheet: int) -> Worksheet:
        title = _title(self._names[sheet]) if self._names else "Rows"
        if title.casefold() in {"summary", "rules"}:
            title = f"{title} (file)"
        made: Worksheet = self._book.add_worksheet(title)
        header = (*_FRAME, *self._shown(), *_REASONS)
        made.set_column(0, len(header) - len(_REASONS) - 1, 14)
        made.set_column(len(header) - len(_REASONS), len(header) - 1, 60)
        made.freeze_panes(1, len(_FRAME))
        for place, name in enumerate(header):
            made.write_string(0, place, name, self._bold)
        return made

    def _shown(self) -> Sequence[str]:
        return self.columns[: EXCEL_COLUMNS - len(_FRAME) - len(_REASONS)]

    def _write(self, sheet: Worksheet, place: int, number: int, row: Row) -> None:
        wrong = _by_header(row.problems, self._shown(), self._taken.mapping)
        sheet.write_number(place, 0, number)
        sheet.write_string(place, 1, row.state)
        for offset, name in enumerate(self._shown(), len(_FRAME)):
            found = wrong.get(name)
            text = str(row.cells.get(name) or "")[:_LONGEST]
            if found:
                sheet.write_string(place, offset, text, self._fill(found))
                self._comment(sheet, place, offset, found)
            elif text:
                sheet.write_string(place, offset, text)
        for offset, name in enumerate(("message", "remedy"), len(_FRAME) + len(self._shown())):
            if row.problems:
                lines = dict.fromkeys(str(one[name]) for one in row.problems)
                sheet.write_string(place, offset, "\n".join(lines)[:_LONGEST])

    def _fill(self, found: Sequence[Mapping[str, Any]]) -> Format:
        grave = any(one.get("severity", "error") == "error" for one in found)
        return self._fills["error" if grave else "warning"]

    def _comment(
        self, sheet: Worksheet, row: int, column: int, found: Sequence[Mapping[str, Any]]
    ) -> None:
        if self.comments >= MOST_COMMENTS:
            return
        self.comments += 1
        text = "\n".join(f"{one['message']} {one['remedy']}".strip() for one in found)
        sheet.write_comment(row, column, text[:_LONGEST], {"x_scale": 2, "author": "AgriGen"})

    def add_rules(self, counts: Sequence[FindingCount]) -> None:
        """A sheet of the rules that were broken."""
        sheet = self._book.add_worksheet("Rules")
        header = ("rule", "column", "severity", "rows", "waiting", "for example", "what to do")
        for place, name in enumerate(header):
            sheet.write_string(0, place, name, self._bold)
        sheet.set_column(0, 4, 16)
        sheet.set_column(5, 6, 70, self._wrap)
        sheet.freeze_panes(1, 0)
        for line, one in enumerate(counts, 1):
            for place, text in enumerate((one.rule, one.column, one.severity)):
                sheet.write_string(line, place, text)
            sheet.write_number(line, 3, one.rows)
            sheet.write_number(line, 4, one.waiting)
            sheet.write_string(line, 5, one.message[:_LONGEST])
            sheet.write_string(line, 6, one.remedy[:_LONGEST])

    def add_summary(self, name: str, every: bool) -> None:
        """What was imported and what became of it, and what this workbook leaves out."""
        taken = self._taken
        facts: list[tuple[str, str | int]] = [
            ("file", name), ("kind", taken.kind), ("state", taken.state),
            ("dry run", "yes" if taken.dry_run else "no"), ("rules", taken.rules),
            ("read by", taken.parser), ("rows read", taken.rows_read),
            ("rows loaded", taken.rows_loaded), ("rows unchanged", taken.rows_unchanged),
            ("rows refused", taken.rows_rejected), ("rows left out", taken.rows_discarded),
            ("rows warned of", taken.rows_warned), ("refused as a whole", taken.error),
        ]  # fmt: skip
        self._summary.set_column(0, 0, 20, self._bold)
        self._summary.set_column(1, 1, 90, self._wrap)
        said = [(label, value) for label, value in facts if value != ""]
        for line, (label, value) in enumerate([*said, *(("note", n) for n in self._notes(every))]):
            self._summary.write_string(line, 0, label)
            if isinstance(value, int):
                self._summary.write_number(line, 1, value)
            else:
                self._summary.write_string(line, 1, value[:_LONGEST])

    def _notes(self, every: bool) -> list[str]:
        notes = []
        if not every and not self._taken.error:
            notes.append(
                "Only rows in which something was found are shown. For all rows ask for the "
                "report with rows=all."
            )
        if self.left_out:
            notes.append(
                f"{self.left_out:,} more rows do not fit: a sheet has {EXCEL_ROWS:,} rows. The "
                "report as CSV has all findings."
            )
        if len(self._shown()) < len(self.columns):
            notes.append(f"The first {len(self._shown()):,} columns of the file are shown.")
        if self.comments >= MOST_COMMENTS:
            notes.append(
                f"The first {MOST_COMMENTS:,} wrong cells have comments; what is wrong stands at "
                "the end of every row."
            )
        return notes

    def close(self) -> None:
        self._book.close()


def _title(name: str) -> str:
    """A sheet's name as Excel takes it."""
    plain = "".join("_" if one in "[]:*?/\\'" else one for one in name)
    return plain[:24] or "Rows"


def _by_header(
    problems: Sequence[Mapping[str, Any]], columns: Sequence[str], mapping: Mapping[str, Any]
) -> dict[str, list[Mapping[str, Any]]]:
    """Findings by the file's column that they are about."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in problems:
        header = header_of(columns, mapping, str(one["column"]))
        if header:
            found.setdefault(header, []).append(one)
    return found
