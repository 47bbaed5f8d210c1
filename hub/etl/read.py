"""A file of a farm, or a part of it, as a table of texts with its rows numbered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from hub.errors import Invalid

ROW = "_row"
CELLS = "_cells"
RESERVED = (ROW, CELLS)
LONGEST_CELL = 10_000
MOST_COLUMNS = 10_000
SHEET_ROWS = 10_000_000
"""Where the row numbers of the next sheet begin, when several are read as one table."""


@dataclass(frozen=True)
class Table:
    """The cells of a file as texts, empty ones null; `_row` counts as a spreadsheet does.

    `ragged` holds the number of cells of rows that have more or fewer than the header.
    """

    name: str
    frame: pl.DataFrame
    ragged: dict[int, int]
    notes: dict[str, Any]

    def place(self, row: int) -> tuple[str, int]:
        """File (with its sheet) and row as people see them."""
        sheets = self.notes.get("sheets")
        if not sheets:
            return self.name, row
        sheet, number = divmod(row, SHEET_ROWS)
        return f"{self.name} [{sheets[sheet]}]", number

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != ROW]


def from_rows(name: str, rows: list[dict[str, Any]], sheets: Sequence[str] = ()) -> Table:
    """A table of rows that were corrected by hand: [{row, values}]; `sheets` of a workbook."""
    columns = list(dict.fromkeys(name for row in rows for name in row["values"]))
    cells: dict[str, list[str | None]] = {
        column: [(row["values"].get(column) or "").strip() or None for row in rows]
        for column in columns
    }
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
    numbers = pl.Series(ROW, [row["row"] for row in rows], dtype=pl.Int32)
    return Table(name, frame.with_columns(numbers), {}, {"sheets": list(sheets)} if sheets else {})


def header_of(cells: Sequence[str]) -> list[str]:
    """The names of columns, or the reason why they are none."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:  # a delimiter at the end of the line
        names.pop()
    if not names:
        raise Invalid("imports.no_header", "The file has no header. Name the columns in row 1.")
    if len(names) > MOST_COLUMNS:
        text = f"The file has {len(names):,} columns; at most {MOST_COLUMNS:,} are read."
        raise Invalid("imports.too_many_columns", f"{text} Leave out what is not needed.")
    if "" in names:
        place = names.index("") + 1
        raise Invalid("imports.unnamed_column", f"Column {place} has no name. Name it in row 1.")
    if strange := [name for name in names if name in RESERVED]:
        raise Invalid(
            "imports.reserved_column", f"No column can be called {strange[0]}. Rename it."
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        text = f"The header names {', '.join(twice)} more than once. Rename or remove columns."
        raise Invalid("imports.repeated_column", text)
    return names
