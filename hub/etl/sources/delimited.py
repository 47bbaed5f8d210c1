"""Delimited text: CSV and its relatives, read in blocks of whole lines.

Blocks of plain lines, as programs write them, are read by Polars. A block with an empty line or a
line of another width is read by Python's careful reader, and so is the rest of the file from the
first quotation mark on, which may hide ends of lines.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub.errors import Invalid
from hub.etl.read import ROW, Table, header_of
from hub.etl.schemas import Mapping
from hub.etl.sources.encoding import Text, encoding_of
from hub.etl.sources.reading import CHUNK_LETTERS, Reading, chunk_rows, in_chunks
from hub.etl.sources.texts import filled
from hub.tables import harmless

DELIMITERS = ",;\t|"
PARSER = f"agrigen delimited text 2, polars {version('polars')}"
_LONGEST_FIELD = 1 << 20


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """A delimited text file with a header in its first row."""
    text = Text(path, encoding_of(path))
    file = _File(name, text)
    notes: dict[str, Any] = {
        "parser": PARSER,
        "encoding": text.encoding.name,
        "delimiter": file.delimiter,
    }
    if text.encoding.guessed:
        notes["encoding_guessed"] = True
    return Reading(file.columns, notes, lambda: file.chunks(notes))


class _File:
    """One file: its header, and the way to its rows."""

    def __init__(self, name: str, text: Text) -> None:
        self.name, self.text = name, text
        csv.field_size_limit(_LONGEST_FIELD)
        start = text.start()
        self.delimiter = _delimiter(start)
        self.raw = next(csv.reader(io.StringIO(start, newline=""), delimiter=self.delimiter), [])
        self.columns = header_of([harmless.bare_text(one) for one in self.raw])

    def chunks(self, notes: dict[str, Any]) -> Iterator[Table]:
        size = chunk_rows(len(self.columns))
        held = _Held(self.name, self.columns, notes)
        for frame, ragged in self._pieces():
            held.take(frame, ragged)
            if held.rows >= size or held.letters >= CHUNK_LETTERS:
                yield held.give()
        if held.rows:
            yield held.give()
        if not held.total:
            raise Invalid(
                "imports.no_rows", "The file has a header but no rows. Add rows to import."
            )

    def _pieces(self) -> Iterator[tuple[pl.DataFrame, dict[int, int]]]:
        """Frames of a block each; the number of the next row counts every line, empty ones too."""
        blocks = self.text.blocks()
        number = 1
        for block in blocks:
            block = block if '"' in block else block.replace("\r\n", "\n")
            if _is_tricky(block):
                yield from self._carefully(_lines(block, blocks), number)
                return
            if number == 1:
                block, number = block.partition("\n")[2], 2
            count = block.count("\n") + (not block.endswith("\n") and block != "")
            frame = self._fast(block, count, number)
            if frame is not None:
                yield frame, {}
            elif block:
                yield from self._carefully(io.StringIO(block), number)
            number += count

    def _fast(self, block: str, count: int, number: int) -> pl.DataFrame | None:
        """A block in which every line has the cells of the header; None when one has not."""
        content = block.encode()
        if not content or not _is_even(content, self.delimiter, len(self.raw), count):
            return None
        extra = [f"_{place}" for place in range(len(self.raw) - len(self.columns))]
        frame = pl.read_csv(
            content, separator=self.delimiter, quote_char=None, has_header=False,
            new_columns=[*self.columns, *extra], infer_schema=False,
        )  # fmt: skip
        if frame.height != count or any(frame[name].str.len_bytes().max() for name in extra):
            return None
        numbers = pl.arange(number, number + count, dtype=pl.Int32, eager=True).alias(ROW)
        return filled(frame.select(numbers, *self.columns))

    def _carefully(
        self, lines: Iterable[str], number: int
    ) -> Iterator[tuple[pl.DataFrame, dict[int, int]]]:
        reader = csv.reader(lines, delimiter=self.delimiter)
        if number == 1:
            next(reader, None)
            number = 2
        size = chunk_rows(len(self.columns))
        try:
            for rows in in_chunks(reader, size, lambda row: sum(map(len, row))):
                yield _frame(rows, number, self.columns)
                number += len(rows)
        except csv.Error as error:
            raise Invalid(
                "imports.unreadable",
                f"The file cannot be read as a table near row {number + reader.line_num}: {error}. "
                "Look for an open quotation mark there.",
            ) from error


@dataclass
class _Held:
    """Pieces that wait until they are a chunk."""

    name: str
    columns: list[str]
    notes: dict[str, Any]
    frames: list[pl.DataFrame] = field(default_factory=list)
    ragged: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    letters: int = 0
    total: int = 0

    def take(self, frame: pl.DataFrame, ragged: dict[int, int]) -> None:
        self.frames.append(frame)
        self.ragged |= ragged
        self.rows += frame.height
        self.letters += int(frame.estimated_size())
        self.total += frame.height

    def give(self) -> Table:
        schema = {ROW: pl.Int32, **dict.fromkeys(self.columns, pl.String)}
        frame = pl.concat([pl.DataFrame(schema=schema), *self.frames])
        table = Table(self.name, frame, self.ragged, self.notes)
        self.frames, self.ragged, self.rows, self.letters = [], {}, 0, 0
        return table


def _delimiter(text: str) -> str:
    """The delimiter that occurs most in the header."""
    header = text.split("\n", 1)[0]
    counts = Counter({delimiter: header.count(delimiter) for delimiter in DELIMITERS})
    return counts.most_common(1)[0][0]


def _is_tricky(block: str) -> bool:
    """Whether ends of lines may be hidden, or be others than those of Unix."""
    return '"' in block or "\r" in block


def _is_even(content: bytes, delimiter: str, width: int, count: int) -> bool:
    """Whether every line holds as many delimiters as the header, and no line is empty."""
    codes = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    if len(ends) < count:
        ends = np.append(ends, len(codes))
    places = np.flatnonzero(codes == ord(delimiter))
    if len(places) != count * (width - 1):
        return False
    if width == 1:
        return bool((np.diff(ends, prepend=-1) > 1).all())
    rows = places.reshape(count, width - 1)
    starts = np.concatenate(([-1], ends[:-1]))
    return bool((rows[:, 0] > starts).all() and (rows[:, -1] < ends).all())


def _lines(first: str, rest: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, of blocks that end where lines end."""
    for block in chain([first], rest):
        yield from io.StringIO(block, newline="")


def _frame(
    rows: list[list[str]], first: int, header: list[str]
) -> tuple[pl.DataFrame, dict[int, int]]:
    """Rows of the careful reader; empty lines are left out but counted."""
    width = len(header)
    ragged: dict[int, int] = {}
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
    schema = {ROW: pl.Int32, **dict.fromkeys(header, pl.String)}
    return filled(pl.DataFrame({ROW: numbers, **columns}, schema=schema)), ragged
