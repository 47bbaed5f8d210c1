"""An Excel workbook of a farm as the same table of texts that a CSV file becomes.

What spreadsheets hold that tables do not has one answer each: title rows above the header and a
row of units below it are skipped; group titles above repeated names go before them; a cell that is
merged among the data is refused, for nobody can say of which row it is; formulas count as the value
that was saved with them; hidden sheets are not read. All that was skipped is said in the notes.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import from_excel
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from hub.errors import Invalid
from hub.etl.read import ROW, SHEET_ROWS, Table
from hub.etl.workbook_size import Cells, Contents, look, no_workbook

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNPACKED = 1 << 29
"""Bytes that a workbook may unpack to: eight times the largest file that is taken."""
LARGEST_TABLE = 4_000_000
"""Rows times columns of a sheet, filled or not."""
HEADER_WITHIN = 20
_DAYS = range(10_000, 80_000)  # serial days of 1927 to 2119
_EXACT = 10**15  # Excel keeps fifteen digits of a number
_UNITS = {"kg", "g", "mm", "cm", "%", "l", "ml", "days", "d", "points", "1000/ml", "mg/l",
          "yyyy-mm-dd", "dd.mm.yyyy", "text", "°c"}  # fmt: skip
_BRACKETS = re.compile(r"[(\[].*[)\]]")


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet, and where its table stands."""

    name: str
    cells: list[tuple[Any, ...]]
    merged: list[tuple[str, int, int, int, int]]
    unsaved: dict[tuple[int, int], str]
    epoch: datetime


def read_workbook(
    name: str, content: bytes, *, known: Collection[str], sheet: str | None = None,
    several: bool = False,
) -> Table:  # fmt: skip
    """The table of a workbook; `known` are the names by which a header is recognized.

    With `several`, all sheets whose header has such a name are read below one another.
    """
    sheets, hidden = _open(content)
    notes: dict[str, Any] = {"sheets": [], **({"hidden_sheets": hidden} if hidden else {})}
    chosen = _chosen(sheets, known, sheet, several)
    frames = []
    for place, one in enumerate(chosen):
        frame = _frame(one, known, notes)
        frames.append(frame.with_columns((pl.col(ROW) + place * SHEET_ROWS).cast(pl.Int32)))
        notes["sheets"].append(one.name)
    table = pl.concat(frames, how="diagonal")
    if table.is_empty():
        raise Invalid("imports.no_rows", "The sheet has a header but no rows. Add rows to import.")
    return Table(name, table, {}, notes)


def _open(content: bytes) -> tuple[list[Sheet], list[str]]:
    """The visible sheets that hold something, and the names of the hidden ones."""
    contents = _contents(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        listed = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        visible = [one.name for one in listed if one.visible == SheetVisibleEnum.Visible]
        sheets = [
            _sheet(book, name, contents.sheets[name], contents.epoch)
            for name in visible
            if contents.sheets[name].rows
        ]
    except (CalamineError, KeyError) as error:
        raise no_workbook() from error
    if not sheets:
        raise Invalid("imports.no_rows", "No visible sheet of the workbook holds anything.")
    return sheets, [one.name for one in listed if one.name not in visible]


def _sheet(book: CalamineWorkbook, name: str, cells: Cells, epoch: datetime) -> Sheet:
    """A sheet up to its last filled cell; the reader makes a table of all cells up to there."""
    if cells.rows * cells.columns > LARGEST_TABLE:
        end = f"{get_column_letter(cells.columns)}{cells.rows}"
        text = f"Sheet {name!r} reaches to cell {end}, too far for a table of a farm."
        raise Invalid("imports.too_large", f"{text} Delete what stands far outside of the table.")
    found = book.get_sheet_by_name(name)
    rows: list[list[Any]] = [
        [None if value == "" else value for value in row]
        for row in found.to_python(skip_empty_area=False)
    ]
    for (row, column), error in cells.errors.items():  # to the reader they are empty
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = error
    return Sheet(
        name, [tuple(row) for row in rows], _merged(found.merged_cell_ranges), cells.unsaved, epoch
    )


def _merged(ranges: Any) -> list[tuple[str, int, int, int, int]]:
    """Merged cells as people write them, with their first and last rows and columns from 1."""
    return [
        (f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right + 1)}{bottom + 1}",
         top + 1, bottom + 1, left + 1, right + 1)
        for (top, left), (bottom, right) in ranges or ()
    ]  # fmt: skip


def _contents(content: bytes) -> Contents:
    """What stands where, of a workbook that is not too large."""
    if content.startswith(OLE):
        raise Invalid(
            "imports.old_workbook",
            "The file is an old Excel workbook (.xls) or has a password. Save it as .xlsx without "
            "a password and try again.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile as error:
        raise no_workbook() from error
    if size > UNPACKED:
        text = f"The workbook unpacks to {size >> 20:,} MiB; at most {UNPACKED >> 20} are read."
        raise Invalid("imports.too_large", f"{text} Split it, or save it as CSV.")
    return look(content)


def _chosen(
    sheets: Sequence[Sheet], known: Collection[str], named: str | None, several: bool
) -> list[Sheet]:
    if named is not None:
        found = [one for one in sheets if one.name.casefold() == named.casefold()]
        if not found:
            raise _which(sheets, f"There is no visible sheet {named!r} with cells.")
        return found
    fitting = [one for one in sheets if _known_header(one, known) is not None]
    if several and fitting:
        return fitting
    if len(sheets) == 1:
        return [sheets[0]]
    if len(fitting) != 1:
        raise _which(sheets, "The workbook has several sheets that may be meant.")
    return fitting


def _which(sheets: Sequence[Sheet], text: str) -> Invalid:
    names = ", ".join(repr(one.name) for one in sheets)
    return Invalid("imports.which_sheet", f"{text} Say in mapping.sheet which of {names} to read.")


def _known_header(sheet: Sheet, known: Collection[str]) -> int | None:
    """The first row that has a name we know, near the top."""
    wanted = {name.casefold() for name in known}
    for place, row in enumerate(sheet.cells[:HEADER_WITHIN]):
        if any(isinstance(v, str) and v.strip().casefold() in wanted for v in row):
            return place
    return None


def _header_place(sheet: Sheet, known: Collection[str]) -> int:
    """The row of the column names: one that has a known name, else the first one that is full."""
    place = _known_header(sheet, known)
    if place is not None:
        return place
    filled = [sum(v is not None for v in row) for row in sheet.cells[:HEADER_WITHIN]]
    return next(i for i, count in enumerate(filled) if 2 * count >= max(filled))


def _frame(sheet: Sheet, known: Collection[str], notes: dict[str, Any]) -> pl.DataFrame:
    """The rows below the header as texts, numbered as the spreadsheet does."""
    top = _header_place(sheet, known)
    names = _names(sheet, top)
    first = top + 1
    if first < len(sheet.cells) and _is_units(sheet.cells[first], len(names)):
        first += 1
        notes["unit_rows_skipped"] = notes.get("unit_rows_skipped", 0) + 1
    if top and any(v is not None for row in sheet.cells[:top] for v in row):
        notes["title_rows_skipped"] = notes.get("title_rows_skipped", 0) + top
    _refuse_merged(sheet, first, len(names))
    days = {i for i, name in enumerate(names) if name and _is_date(name)}
    columns: dict[str, list[str | None]] = {name: [] for name in names if name}
    rows = []
    for number, row in enumerate(sheet.cells[first:], first + 1):
        texts = [
            _text(value, sheet, number, place, days)
            for place, value in enumerate(row[: len(names)])
        ]
        _refuse_unnamed(sheet, number, row, names)
        if not any(texts):
            continue
        rows.append(number)
        for place, name in enumerate(names):
            if name:
                columns[name].append(texts[place] if place < len(texts) else None)
    schema = {ROW: pl.Int32, **dict.fromkeys(columns, pl.String)}
    return pl.DataFrame({ROW: rows, **columns}, schema=schema)


def _names(sheet: Sheet, top: int) -> list[str]:
    """Names of the columns; repeated ones with the title of their group above them."""
    names = ["" if v is None else str(v).strip() for v in sheet.cells[top]]
    while names and not names[-1]:
        names.pop()
    twice = {name for name, count in Counter(names).items() if name and count > 1}
    if twice and top:
        titles = _titles(sheet, top - 1)
        names = [f"{titles[i]} {n}".strip() if n in twice else n for i, n in enumerate(names)]
        twice = {name for name, count in Counter(names).items() if name and count > 1}
    if twice:
        text = f"Sheet {sheet.name!r} names {', '.join(sorted(twice))} more than once in row"
        raise Invalid("imports.repeated_column", f"{text} {top + 1}. Rename or remove columns.")
    if ROW in names:
        raise Invalid("imports.reserved_column", f"No column can be called {ROW}. Rename it.")
    return names


def _titles(sheet: Sheet, place: int) -> list[str]:
    """Group titles of a row, each over all columns that its merged cell spans."""
    titles = ["" if v is None else str(v).strip() for v in sheet.cells[place]]
    for _, first, last, left, right in sheet.merged:
        if first <= place + 1 <= last:
            for column in range(left, right):
                titles[column] = titles[left - 1]
    return titles


def _is_units(row: Sequence[Any], width: int) -> bool:
    """Whether a row below the header only says in which unit each column is."""
    filled = [v for v in row[:width] if v is not None]
    return bool(filled) and all(
        isinstance(v, str)
        and (v.strip().casefold() in _UNITS or _BRACKETS.fullmatch(v.strip()) is not None)
        for v in filled
    )


def _refuse_merged(sheet: Sheet, first: int, width: int) -> None:
    for span, _, last, left, _ in sheet.merged:
        if last > first and left <= width:
            raise Invalid(
                "imports.merged_cells",
                f"The cells {span} of sheet {sheet.name!r} are merged. Nobody can say of which row "
                "their content is: unmerge them, and write it into every row it belongs to.",
            )


def _refuse_unnamed(sheet: Sheet, number: int, row: Sequence[Any], names: Sequence[str]) -> None:
    """A value under no name would be lost without a word."""
    for place, value in enumerate(row):
        if value not in (None, "") and (place >= len(names) or not names[place]):
            cell = f"{get_column_letter(place + 1)}{number}"
            raise Invalid(
                "imports.unnamed_column",
                f"Cell {cell} of sheet {sheet.name!r} holds something, but its column has no name. "
                "Name the column in the header, or empty it.",
            )


def _is_date(name: str) -> bool:
    plain = name.casefold()
    return plain in ("date", "until", "birth_date", "day") or plain.endswith(("_date", " date"))


def _text(value: Any, sheet: Sheet, row: int, place: int, days: Collection[int]) -> str | None:
    """A cell as it would stand in a CSV file."""
    if value is None:
        if (row, place + 1) in sheet.unsaved:
            raise _unsaved(sheet, row, place)
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        if place in days and float(value).is_integer() and int(value) in _DAYS:
            found = from_excel(value, sheet.epoch)
            return str(found.date()) if isinstance(found, datetime) else str(value)
        return _number(value, sheet, row, place)
    return str(value).strip() or None


def _number(value: float, sheet: Sheet, row: int, place: int) -> str:
    if abs(value) >= _EXACT:
        cell = f"{get_column_letter(place + 1)}{row}"
        raise Invalid(
            "imports.lost_digits",
            f"Cell {cell} of sheet {sheet.name!r} is a number of more than 15 digits, of which "
            "Excel keeps 15. Format the column as text and write it again.",
        )
    return str(int(value)) if float(value).is_integer() else f"{value:.15g}"


def _unsaved(sheet: Sheet, row: int, place: int) -> Invalid:
    cell = f"{get_column_letter(place + 1)}{row}"
    formula = sheet.unsaved[row, place + 1][:60]
    return Invalid(
        "imports.formula_without_value",
        f"Cell {cell} of sheet {sheet.name!r} holds the formula {formula} without its value. Open "
        "the workbook in a spreadsheet program, save it, and try again.",
    )
