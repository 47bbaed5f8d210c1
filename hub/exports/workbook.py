"""Tables as Excel workbooks, written row after row in constant memory.

The header is that of the templates: names in the first row, with what they mean as comments. Events
have a sheet for each kind. A workbook holds a million rows; what is longer becomes several. A cell
holds 32,767 letters; a table with a longer text is refused, since it would be cut.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hub.errors import FieldError, TooLarge
from hub.tables import KINDS, Column
from hub.tables.event_sheets import KIND_COLUMN, SHEETS, columns_of
from hub.tables.harmless import is_computed, marked

MOST_ROWS = 1_000_000
"""Of a sheet; Excel's own end is at 1,048,576."""
_EXACT = 10**15
_LONGEST_CELL = 32_767
"""Letters as Excel counts them: one beyond the first 65,536 of Unicode is two."""
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False, "nan_inf_to_errors": False,
}  # fmt: skip


class WorkbookWriter:
    """Writes pieces of one table; a further workbook is begun when a sheet is full."""

    def __init__(self, folder: Path, kind: str, columns: Sequence[Column]) -> None:
        self.files: dict[Path, int] = {}
        self._folder, self._kind, self._columns = folder, kind, columns
        self._book: _Book | None = None
        self._open()

    def _open(self) -> "_Book":
        number = len(self.files) + 1
        name = f"{self._kind}.xlsx" if number == 1 else f"{self._kind}-{number}.xlsx"
        path = self._folder / name
        self.files[path] = 0
        self._book = _Book(path, _sheets(self._kind, self._columns))
        return self._book

    def write(self, frame: pl.DataFrame) -> None:
        texts = [one.name for one in self._columns if one.dtype is pl.String]
        safe = frame.with_columns(marked(name) for name in texts)
        _require_short(self._kind, safe, texts)
        title = KINDS[self._kind].title
        for row in safe.iter_rows(named=True):
            sheet = SHEETS[row[KIND_COLUMN]].title if self._kind == "events" else title
            book = self._book or self._open()
            if book.is_full(sheet):
                book.close()
                book = self._open()
            book.add(sheet, row)
            self.files[book.path] += 1

    def close(self) -> None:
        if self._book:
            self._book.close()


def _require_short(kind: str, frame: pl.DataFrame, texts: Sequence[str]) -> None:
    """Refuse texts that Excel would cut."""
    for name in texts:
        for row in frame.filter(pl.col(name).str.len_chars() * 2 > _LONGEST_CELL).to_dicts():
            length = len(row[name].encode("utf-16-le")) // 2
            if length > _LONGEST_CELL:
                raise _too_long(kind, row, name, length)


def _too_long(kind: str, row: Mapping[str, Any], column: str, length: int) -> TooLarge:
    table = KINDS[kind]
    which = ", ".join(f"{one} {row[one]!s:.60}" for one in table.key if row.get(one) is not None)
    message = (
        f"{table.title}: {column} of the row with {which} has {length:,} letters; a cell of Excel "
        f"holds {_LONGEST_CELL:,}, and the rest would be lost."
    )
    remedy = "Take the table as CSV or Parquet, or shorten the text."
    error = FieldError(column, message, remedy)
    return TooLarge("exports.too_long_for_excel", f"{message} {remedy}", errors=[error])


def _sheets(kind: str, columns: Sequence[Column]) -> Mapping[str, Sequence[Column]]:
    """The columns of each sheet."""
    if kind != "events":
        return {KINDS[kind].title: columns}
    return {sheet.title: columns_of(kind) for kind, sheet in SHEETS.items() if kind != "weight"}


class _Book:
    """One workbook that is being written."""

    def __init__(self, path: Path, sheets: Mapping[str, Sequence[Column]]) -> None:
        self.path = path
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
            sheet.write_string(row, place, value, self._look(value))
        elif isinstance(value, date) and value.year >= 1900:
            sheet.write_datetime(row, place, value, self._day)
        elif isinstance(value, int | float) and _keeps(value):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value), self._text)

    def _look(self, text: str) -> Format | None:
        """A mark on what a spreadsheet would compute if somebody typed it again."""
        return self._quoted if is_computed(text) else None

    def close(self) -> None:
        self._file.close()


def _keeps(value: float) -> bool:
    """Whether Excel, which keeps fifteen digits of a number, keeps all of this one."""
    return abs(value) < _EXACT and float(f"{value:.15g}") == value
