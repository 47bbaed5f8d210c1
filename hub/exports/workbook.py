"""Tables as Excel workbooks, written row after row in constant memory.

The header is that of the templates: names in the first row, with what they mean as comments. Events
have a sheet for each kind. A workbook holds a million rows; what is longer becomes several.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hub.tables import KINDS, Column
from hub.tables.event_sheets import KIND_COLUMN, SHEETS, columns_of
from hub.tables.harmless import marked

MOST_ROWS = 1_000_000
"""Of a sheet; Excel's own end is at 1,048,576."""
_EXACT = 10**15
_COMPUTED = "=+-@\t\r"
_LONGEST_CELL = 32_767
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False, "nan_inf_to_errors": False,
}  # fmt: skip


class WorkbookWriter:
    """Writes pieces of one table; a further workbook is begun when a sheet is full."""

    def __init__(self, folder: Path, kind: str, columns: Sequence[Column]) -> None:
        self.files: list[Path] = []
        self._folder, self._kind, self._columns = folder, kind, columns
        self._book: _Book | None = None
        self._open()

    def _open(self) -> "_Book":
        number = len(self.files) + 1
        name = f"{self._kind}.xlsx" if number == 1 else f"{self._kind}-{number}.xlsx"
        self.files.append(self._folder / name)
        self._book = _Book(self.files[-1], _sheets(self._kind, self._columns))
        return self._book

    def write(self, frame: pl.DataFrame) -> None:
        texts = [one.name for one in self._columns if one.dtype is pl.String]
        safe = frame.with_columns(marked(name) for name in texts)
        title = KINDS[self._kind].title
        for row in safe.iter_rows(named=True):
            sheet = SHEETS[row[KIND_COLUMN]].title if self._kind == "events" else title
            book = self._book or self._open()
            if book.is_full(sheet):
                book.close()
                book = self._open()
            book.add(sheet, row)

    def close(self) -> None:
        if self._book:
            self._book.close()


def _sheets(kind: str, columns: Sequence[Column]) -> Mapping[str, Sequence[Column]]:
    """The columns of each sheet."""
    if kind != "events":
        return {KINDS[kind].title: columns}
    return {sheet.title: columns_of(kind) for kind, sheet in SHEETS.items() if kind != "weight"}


class _Book:
    """One workbook that is being written."""

    def __init__(self, path: Path, sheets: Mapping[str, Sequence[Column]]) -> None:
        self._file = xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": str(path.parent)})
        look = self._file.add_format
        self._bold = look({"bold": True, "bg_color": "#DDE8DD"})
        self._day = look({"num_format": "yyyy-mm-dd"})
        self._text, self._quoted = look({"num_format": "@"}), look({"quote_prefix": True})
        self._columns = sheets
        self._sheets = {title: self._begin(title, columns) for title, columns in sheets.items()}
        self._rows = dict.fromkeys(sheets, 1)

    def _begin(self, title: str, columns: Sequence[Column]) -> Worksheet:
        sheet = self._file.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, max(12, len(column.name) + 2))
            sheet.write_string(0, place, column.name, self._bold)
            unit = f" ({column.unit})" if column.unit else ""
            sheet.write_comment(0, place, f"{column.sentence}{unit}.")
        return sheet

    def is_full(self, title: str) -> bool:
        return self._rows[title] > MOST_ROWS

    def add(self, title: str, row: Mapping[str, Any]) -> None:
        sheet, number = self._sheets[title], self._rows[title]
        for place, column in enumerate(self._columns[title]):
            value = row[column.name]
            if value is not None:
                self._cell(sheet, number, place, value)
        self._rows[title] += 1

    def _cell(self, sheet: Worksheet, row: int, place: int, value: Any) -> None:
        if isinstance(value, str):
            sheet.write_string(row, place, value[:_LONGEST_CELL], self._look(value))
        elif isinstance(value, date) and value.year >= 1900:
            sheet.write_datetime(row, place, value, self._day)
        elif isinstance(value, int | float) and _keeps(value):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value), self._text)

    def _look(self, text: str) -> Format | None:
        """A mark on what a spreadsheet would compute if somebody typed it again."""
        return self._quoted if text[:1] in _COMPUTED else None

    def close(self) -> None:
        self._file.close()


def _keeps(value: float) -> bool:
    """Whether Excel, which keeps fifteen digits of a number, keeps all of this one."""
    return abs(value) < _EXACT and float(f"{value:.15g}") == value
