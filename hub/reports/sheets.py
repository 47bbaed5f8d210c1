"""Tables as Excel workbooks and CSV files that are safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from agrigen.io.csv import not_computed
from hub.reports.schemas import Cell, ColumnRead, TableRead
from hub.reports.texts import Texts

HEAD = {
    "font": Font(bold=True, color="FFFFFF"),
    "fill": PatternFill("solid", fgColor="2F5D50"),
    "alignment": Alignment(wrap_text=True, vertical="top"),
}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_UNPRINTABLE = {code: None for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True)
class Provenance:
    """Who made a file, when, of what and with which software."""

    person: str
    made_at: datetime
    farm: str
    rows: str
    software: str
    language: str


def workbook(tables: Sequence[TableRead], told: Provenance, texts: Texts) -> bytes:
    """A workbook with a sheet for each table that has rows, and one that says where it is from."""
    book = Workbook(write_only=True)
    names = _names(tables)
    _about(book, tables, names, told, texts)
    for table in tables:
        sheet = book.create_sheet(names[table.name])
        sheet.freeze_panes = "A2"
        for place in range(len(table.columns)):
            sheet.column_dimensions[get_column_letter(place + 1)].width = _width(table, place)
        sheet.append([_head(sheet, label(column)) for column in table.columns])
        for row in table.rows:
            pairs = zip(row, table.columns, strict=True)
            sheet.append([_cell(sheet, value, column) for value, column in pairs])
        if table.rows:
            last = f"{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
            sheet.auto_filter.ref = f"A1:{last}"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def label(column: ColumnRead) -> str:
    """What stands over a column: its label with the unit."""
    return f"{column.label} ({column.unit})" if column.unit else column.label


def delimited(table: TableRead) -> bytes:
    """A table as CSV with the names of columns for programs; UTF-8 that Excel knows as such."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([not_computed(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _names(tables: Iterable[TableRead]) -> dict[str, str]:
    """Titles as names of sheets: at most 31 characters, without what Excel forbids, all unlike."""
    found: dict[str, str] = {}
    for table in tables:
        name = " ".join(table.title.translate(_FORBIDDEN).split())[:31]
        number = 2
        while name.lower() in {one.lower() for one in found.values()}:
            name = f"{name[:28]} {number}"
            number += 1
        found[table.name] = name
    return found


def _about(
    book: Workbook,
    tables: Sequence[TableRead],
    names: dict[str, str],
    told: Provenance,
    texts: Texts,
) -> None:
    sheet = book.create_sheet(texts.title("about")[:31])
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 14
    sheet.column_dimensions["C"].width = 110
    facts: list[tuple[str, Any]] = [
        ("farm", told.farm), ("made_by", told.person),
        ("made_on", told.made_at.strftime("%Y-%m-%d %H:%M UTC")), ("filter", told.rows),
        ("software", told.software), ("language", told.language),
    ]  # fmt: skip
    for name, value in facts:
        sheet.append([_bold(sheet, texts.title(name)), None, not_computed(value)])
    sheet.append([])
    heads = (texts.title("sheet"), texts.title("rows"), texts.title("note"))
    sheet.append([_head(sheet, one) for one in heads])
    for table in tables:
        note = WriteOnlyCell(sheet, table.note)
        note.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([names[table.name], len(table.rows), note])


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    for name, style in HEAD.items():
        setattr(cell, name, style)
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Cell, column: ColumnRead) -> Any:
    """A typed cell: numbers stay numbers, days are days, and text is never a formula."""
    if isinstance(value, str):
        return not_computed(value.translate(_UNPRINTABLE))
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, datetime(value.year, value.month, value.day))
        cell.number_format = "yyyy-mm-dd"
        return cell
    if isinstance(value, float) and column.kind == "decimal":
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = f"0.{'0' * column.digits}" if column.digits else "0"
        return cell
    return value


def _width(table: TableRead, place: int) -> float:
    """Wide enough for what stands in the first rows."""
    texts = [label(table.columns[place]).split()[0]]
    texts += [str(row[place]) for row in table.rows[:200] if isinstance(row[place], str | date)]
    return max(11.0, min(60.0, max(map(len, texts)) + 2.0))
