"""What every source gives: the columns, what was found out about the file, and its rows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from hub.etl.read import Table

CHUNK_ROWS = 100_000
"""Rows of a chunk, about: large enough for fast columns, small enough for any memory."""
_CHUNK_CELLS = 2_000_000
CHUNK_LETTERS = 64 << 20
"""Letters of a chunk, about: a few thousand rows of long texts must not fill the memory."""

_Row = TypeVar("_Row")


def chunk_rows(columns: int) -> int:
    """Rows of a chunk of a table of so many columns."""
    return max(min(CHUNK_ROWS, _CHUNK_CELLS // max(columns, 1)), 1000)


def in_chunks(
    rows: Iterable[_Row], most: int, letters: Callable[[_Row], int]
) -> Iterator[list[_Row]]:
    """Rows in pieces of no more than `most`, and of no more letters than memory has room for."""
    piece: list[_Row] = []
    spent = 0
    for row in rows:
        piece.append(row)
        spent += letters(row)
        if len(piece) >= most or spent >= CHUNK_LETTERS:
            yield piece
            piece, spent = [], 0
    if piece:
        yield piece


@dataclass(frozen=True)
class Reading:
    """A file that is open to be read once, from the first row to the last.

    `notes` names the parser with its version, and what was found out: encoding, delimiter, sheets.
    Row numbers (`_row`) count as a spreadsheet does and rise from chunk to chunk; each chunk tells
    its own ragged rows.
    """

    columns: list[str]
    notes: dict[str, Any]
    make: Callable[[], Iterator[Table]]

    def chunks(self) -> Iterator[Table]:
        """Tables of all columns as texts, empty cells null, one after the other."""
        return self.make()
