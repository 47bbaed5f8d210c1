"""A file of a farm as a table of texts: encoding and delimiter found out, rows numbered."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from hub.errors import Invalid

ROW = "_row"
DELIMITERS = ",;\t|"
_PIECE = 50_000
_LONGEST_CELL = 10_000
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


def read_table(name: str, content: bytes) -> Table:
    """Read a delimited text file with a header in its first row."""
    text, encoding = _decode(content)
    delimiter = _delimiter(text)
    csv.field_size_limit(1 << 20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = _header(next(reader, []))
        frame, ragged = _rows(reader, header)
    except csv.Error as error:
        raise Invalid(
            "imports.unreadable",
            f"The file cannot be read as a table near line {reader.line_num}: {error}. "
            "Look for an open quotation mark there.",
        ) from error
    if frame.is_empty():
        raise Invalid("imports.no_rows", "The file has a header but no rows. Add rows to import.")
    return Table(name, frame, ragged, {"encoding": encoding, "delimiter": delimiter})


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


def _decode(content: bytes) -> tuple[str, str]:
    """UTF-8, or what Windows programs of western Europe write."""
    if b"\x00" in content:
        raise Invalid(
            "imports.not_text",
            "The file is not text (a spreadsheet, perhaps). Save it as CSV (UTF-8) and try again.",
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Invalid(
        "imports.encoding", "The file's characters cannot be read. Save it as UTF-8 and try again."
    )


def _delimiter(text: str) -> str:
    """The delimiter that occurs most in the header."""
    header = text.split("\n", 1)[0]
    counts = Counter({delimiter: header.count(delimiter) for delimiter in DELIMITERS})
    return counts.most_common(1)[0][0]


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:  # a delimiter at the end of the line
        names.pop()
    if not names:
        raise Invalid("imports.no_header", "The file has no header. Name the columns in row 1.")
    if "" in names:
        place = names.index("") + 1
        raise Invalid("imports.unnamed_column", f"Column {place} has no name. Name it in row 1.")
    if ROW in names:
        raise Invalid("imports.reserved_column", f"No column can be called {ROW}. Rename it.")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        text = f"The header names {', '.join(twice)} more than once. Rename or remove columns."
        raise Invalid("imports.repeated_column", text)
    return names


def _rows(reader: Any, header: list[str]) -> tuple[pl.DataFrame, dict[int, int]]:
    schema = {ROW: pl.Int32, **dict.fromkeys(header, pl.String)}
    frames = [pl.DataFrame(schema=schema)]
    ragged: dict[int, int] = {}
    number = 2
    while piece := list(islice(reader, _PIECE)):
        frames.append(_piece(piece, number, header, schema, ragged))
        number += len(piece)
    return pl.concat(frames), ragged


def _piece(
    rows: list[list[str]],
    first: int,
    header: list[str],
    schema: dict[str, Any],
    ragged: dict[int, int],
) -> pl.DataFrame:
    """A piece of the table; empty lines are left out but counted."""
    width = len(header)
    numbers: list[int] = []
    kept: list[list[str]] = []
    for number, row in enumerate(rows, first):
        if len(row) != width:
            while len(row) > width and not row[-1]:
                row.pop()
            if not any(row):
                continue
            if len(row) != width:
                ragged[number] = len(row)
                row = [*row[:width], *[""] * (width - len(row))]
        numbers.append(number)
        kept.append(row)
    cells = zip(*kept, strict=True) if kept else ([] for _ in header)
    columns = {name: list(values) for name, values in zip(header, cells, strict=True)}
    data = {ROW: numbers, **columns}
    frame = pl.DataFrame(data, schema=schema)
    texts = pl.col(header).str.slice(0, _LONGEST_CELL).str.strip_chars()
    filled = frame.with_columns(texts).with_columns(
        pl.when(pl.col(header) != "").then(pl.col(header)).name.keep()
    )
    return filled.filter(~pl.all_horizontal(pl.col(header).is_null()))
