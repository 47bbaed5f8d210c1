"""Excel workbooks to fill in: a sheet for each kind, with comments, units and lists to choose from.

The names of the columns are those that imports know, so a filled workbook needs no mapping.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from hub.etl.event_sheets import SHEETS, Column, columns_of
from hub.tables import ANIMALS, MILK, RECORDS
from hub.tables.harmless import is_computed

CHOICES = "Choices"
ROWS = 5_000
"""Rows that have lists to choose from."""

Rows = Iterable[Sequence[Any]]

COLUMNS: Mapping[str, Sequence[Column]] = {
    "animals": ANIMALS, "records": RECORDS, "milk_recording": MILK,
}  # fmt: skip
"""What the sheets of the workbooks that have one sheet are made of."""


def of_animals(rows: Rows = ()) -> bytes:
    """The workbook of animals."""
    return _saved({"Animals": (ANIMALS, rows)})


def of_records(traits: Sequence[str], rows: Rows = ()) -> bytes:
    """The workbook of records, of the traits that the hub has."""
    columns = [
        Column(one.name, one.type, one.sentence, traits) if one.name == "trait" else one
        for one in RECORDS
    ]
    return _saved({"Records": (columns, rows)})


def of_milk(rows: Rows = ()) -> bytes:
    """The workbook of milk recording."""
    return _saved({"Milk recording": (MILK, rows)})


def of_events(rows: Mapping[str, Rows] | None = None) -> bytes:
    """The workbook of events, a sheet for each kind."""
    told = rows or {}
    return _saved({
        sheet.title: (columns_of(kind), told.get(kind, ())) for kind, sheet in SHEETS.items()
    })  # fmt: skip


def _saved(sheets: Mapping[str, tuple[Sequence[Column], Rows]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, (columns, rows) in sheets.items():
        sheet = workbook.create_sheet(title)
        _header(sheet, columns)
        _lists(sheet, columns)
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(row, 1):
                _write(sheet, number, place, value)
    if CHOICES in workbook.sheetnames:
        workbook.move_sheet(CHOICES, len(workbook.sheetnames))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _header(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Names in the first row with their explanation as comment; units in brackets below them."""
    for place, column in enumerate(columns, 1):
        cell = sheet.cell(1, place, column.name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE8DD")
        cell.comment = Comment(_explained(column), "AgriGen", width=280, height=120)
        unit = sheet.cell(2, place, f"({column.unit or _form(column)})")
        unit.font = Font(italic=True, color="666666")
        unit.alignment = Alignment(horizontal="left")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 2)
        if column.type in ("text", "animal", "animals"):
            for row in range(3, 200):  # a tag of fifteen digits typed as a number would lose some
                sheet.cell(row, place).number_format = "@"
    sheet.freeze_panes = "A3"


def _form(column: Column) -> str:
    return {"date": "yyyy-mm-dd", "choice": "choose", "whole": "whole number",
            "number": "number"}.get(column.type, "text")  # fmt: skip


def _explained(column: Column) -> str:
    """What a column is for, and what it takes."""
    choices = ", ".join(column.codes)
    parts = (f"{column.sentence}.", f"Unit: {column.unit}." if column.unit else "",
             f"One of: {choices}." if choices and len(choices) < 200 else "")  # fmt: skip
    return " ".join(part for part in parts if part)


def _lists(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Lists to choose from, kept on a hidden sheet: a list in the cell itself is cut at 255."""
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        if column.codes:
            reference = _choices_at(sheet, column)
            rule = DataValidation("list", formula1=reference, allow_blank=True)
        elif column.type == "date":
            rule = DataValidation("date", operator="greaterThan", formula1="18264",
                                  allow_blank=True)  # fmt: skip
        elif column.type in ("number", "whole"):
            kind: Literal["decimal", "whole"] = "decimal" if column.type == "number" else "whole"
            rule = DataValidation(
                kind, operator="between", formula1="-1000000",
                                  formula2="1000000", allow_blank=True)  # fmt: skip
        else:
            continue
        rule.errorTitle, rule.error = column.name, _explained(column)[:250]
        rule.showErrorMessage = True
        sheet.add_data_validation(rule)
        rule.add(f"{letter}3:{letter}{ROWS + 2}")
        if column.type == "date":
            for row in range(3, 200):
                sheet.cell(row, place).number_format = "yyyy-mm-dd"


def _choices_at(sheet: Worksheet, column: Column) -> str:
    workbook = sheet.parent
    assert workbook is not None
    there = CHOICES in workbook.sheetnames
    lists = workbook[CHOICES] if there else workbook.create_sheet(CHOICES)
    lists.sheet_state = "hidden"
    place = 1 if lists.max_column == 1 and lists["A1"].value is None else lists.max_column + 1
    for row, choice in enumerate(column.codes, 1):
        lists.cell(row, place, choice)
    letter = get_column_letter(place)
    return f"{CHOICES}!${letter}$1:${letter}${len(column.codes)}"


def _write(sheet: Worksheet, row: int, place: int, value: Any) -> None:
    """A value as it is: a text that looks like a formula stays a text."""
    if value is None:
        return
    cell = sheet.cell(row, place)
    # A remark that was pasted can hold what no workbook may.
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
        if is_computed(value):
            cell.quotePrefix = True
