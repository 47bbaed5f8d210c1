"""Texts whose columns stand apart by spaces: fixed columns, and data and pedigrees of BLUPF90.

A header is recognized by a name that we know. Where the columns stand in the same places in every
line, an empty place is an empty cell; else a line is a row of words. Files without a header, as
BLUPF90 takes them, have columns called 1, 2, 3 ...; of a pedigree the first are animal, sire and
dam, in which 0 is unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import Invalid
from hub.etl.read import Table
from hub.etl.schemas import Mapping
from hub.etl.sources.encoding import Text, encoding_of
from hub.etl.sources.known import known_columns
from hub.etl.sources.reading import Reading, chunk_rows, in_chunks
from hub.etl.sources.values import check_columns, table_of

PARSER = "agrigen spaced text 1"
_SAMPLE = 2_000
"""Lines by which places of columns are found."""
_PEDIGREE = ("id", "sire", "dam")
_UNKNOWN = frozenset({"0", "00", "000"})
Span = tuple[int, int | None]


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """A text in which no delimiter but spaces stands."""
    text = Text(path, encoding_of(path))
    sample = [line for line in text.start().splitlines()[:_SAMPLE] if line.strip()]
    if not sample:
        raise Invalid("imports.no_rows", "The file holds no lines. Add rows to import.")
    layout = _layout(sample, kind, known_columns(kind, mapping))
    notes: dict[str, Any] = {
        "parser": PARSER, "format": layout.format, "encoding": text.encoding.name,
    }  # fmt: skip
    columns = check_columns(layout.columns)
    return Reading(columns, notes, lambda: _tables(name, text, layout, notes))


@dataclass(frozen=True)
class _Layout:
    """What the columns are called and where they stand."""

    format: str
    columns: list[str]
    spans: list[Span]
    header: bool

    def cells(self, line: str) -> list[str | None]:
        if self.spans:
            return [line[start:end].strip() or None for start, end in self.spans]
        words: list[str | None] = list(line.split())
        if self.format == "blupf90_pedigree":
            words[1:3] = [None if word in _UNKNOWN else word for word in words[1:3]]
        return words


def _layout(sample: Sequence[str], kind: str, known: Sequence[str]) -> _Layout:
    wanted = {name.casefold() for name in known}
    first = sample[0].lstrip("\ufeff")
    words = first.split()
    header = any(word.casefold() in wanted for word in words) and not any(map(_is_number, words))
    if header and len({len(line.split()) for line in sample}) == 1:
        return _Layout("spaced", words, [], header=True)
    if header:
        spans = _spans(sample)
        return _Layout("fixed", [first[start:end].strip() for start, end in spans], spans, True)
    width = len(words)
    names = [str(place) for place in range(1, width + 1)]
    if kind == "animals" and width >= len(_PEDIGREE):
        names[: len(_PEDIGREE)] = _PEDIGREE
        return _Layout("blupf90_pedigree", names, [], header=False)
    return _Layout("blupf90_data", names, [], header=False)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _spans(sample: Sequence[str]) -> list[Span]:
    """Columns of letters, between places in which every line has a space."""
    width = max(map(len, sample))
    used = [any(len(line) > place and line[place] != " " for line in sample)
            for place in range(width)]  # fmt: skip
    starts = [place for place in range(width) if used[place] and not (place and used[place - 1])]
    ends: list[int | None] = [*starts[1:], None]
    return list(zip(starts, ends, strict=True))


def _tables(name: str, text: Text, layout: _Layout, notes: dict[str, Any]) -> Iterator[Table]:
    lines = ((number, line) for number, line in _lines(text) if line.strip())
    if layout.header:
        next(lines, None)
    width, empty = len(layout.columns), True
    for piece in in_chunks(lines, chunk_rows(width), lambda one: len(one[1])):
        ragged: dict[int, int] = {}
        rows = []
        for number, line in piece:
            cells = layout.cells(line)
            if len(cells) != width:
                ragged[number] = len(cells)
                cells = [*cells[:width], *[None] * (width - len(cells))]
            rows.append(cells)
        numbers = [number for number, _ in piece]
        yield table_of(name, layout.columns, rows, numbers, dict(notes), ragged=ragged)
        empty = False
    if empty:
        raise Invalid("imports.no_rows", "The file has a header but no rows. Add rows to import.")


def _lines(text: Text) -> Iterator[tuple[int, str]]:
    number = 0
    for block in text.blocks():
        for line in block.removesuffix("\n").split("\n"):
            number += 1
            yield number, line.rstrip("\r")
