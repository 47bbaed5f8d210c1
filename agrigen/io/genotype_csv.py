"""Genotypes as CSV: an id, then one column a marker with 0, 1, 2 or nothing."""

import re
from os import PathLike
from pathlib import Path

import numpy as np

from agrigen._kernels.text import cell_dosages
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.columns import repeated
from agrigen.io.lines import cells_of, lines, refusal, text_of
from agrigen.io.rows import SampleRows

COMMA = 44
FORMULAS = ("=", "+", "-", "@", "\t")
"""How a cell begins that a spreadsheet computes."""

NUMBER = re.compile(r"^[+-]?[\d.]+$")
VALUES = {"0": 0, "1": 1, "2": 2, "0.0": 0, "1.0": 1, "2.0": 2}
MISSING = frozenset({"", "NA", "nan", "NaN", "-1", "-1.0", "-", ".", "?"})


def read_genotype_csv(path: str | PathLike[str], *, markers: MarkerMap | None = None) -> Genotypes:
    """Genotypes of a CSV with a header; the first column is the id.

    Missing is an empty cell, NA or -1. Alleles and places are unknown unless `markers`, a map with
    all the columns' names, gives them.
    """
    stream = lines(path)
    first = next(stream, None)
    if first is None:
        raise refusal(path, "it is empty.", "Give a header and a row for each sample.")
    names = _header(path, first)
    rows, ids, dosages = SampleRows(len(names)), [], np.empty(len(names), np.int8)
    for number, line in stream:
        if not line.strip():
            continue
        ids.append(_read_row(path, number, line, names, dosages))
        _check_formula(path, ids[-1], number)
        rows.add(dosages)
    if not ids:
        raise refusal(path, "it has a header and no samples.", "Give a row for each sample.")
    return Genotypes(rows.packed(), ids, _map(path, names, markers))


def write_genotype_csv(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Write one row a sample, one column a marker; alleles and places are not kept."""
    check_names(genotypes, path)
    cells = np.array(["0", "1", "2", ""], dtype=object)
    with Path(path).open("w", encoding="utf-8") as file:
        file.write(",".join(["id", *genotypes.markers.names]) + "\n")
        for first in range(0, len(genotypes), 256):
            block = genotypes.dosages(slice(first, first + 256))
            for name, dosages in zip(genotypes.ids[first : first + 256], block, strict=True):
                file.write(",".join([name, *cells[dosages]]) + "\n")


def check_names(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Refuse names that a CSV file cannot hold, or that a spreadsheet would compute."""
    for column in (genotypes.ids, genotypes.markers.names):
        for name in column:
            if any(mark in name for mark in ',"\n\r'):
                reason = f"the name {name!r} has a comma, a quote or a line break."
                raise refusal(path, reason, "Rename it.")
            _check_formula(path, str(name))


def _check_formula(path: str | PathLike[str], name: str, number: int = 0) -> None:
    if name.startswith(FORMULAS) and not NUMBER.match(name):
        reason = f"the name {name[:40]!r} is a formula to a spreadsheet."
        raise refusal(path, reason, "Save values, not formulas, or rename it.", number)


def _header(path: str | PathLike[str], first: tuple[int, bytes]) -> list[str]:
    text = text_of(path, first[1], first[0])
    cells = [cell.strip() for cell in cells_of(path, text, first[0])]
    if len(cells) < 2:
        mark = next((m for m in (";", "\t", " ") if m in text), None)
        reason = f"its cells are separated by {mark!r}." if mark else "it has one column."
        raise refusal(path, reason, "Give a CSV with commas: an id, then the markers.", 1)
    empty = [place for place, name in enumerate(cells[1:], 2) if not name]
    if empty:
        raise refusal(path, f"column {empty[0]} has no name.", "Name every marker.", 1)
    twice = repeated(np.array(cells[1:], dtype=object))
    if twice:
        raise refusal(path, f"the marker {twice[0]} has two columns.", "Keep one of them.", 1)
    for name in cells[1:]:
        _check_formula(path, name, 1)
    return cells[1:]


def _read_row(
    path: str | PathLike[str], number: int, line: bytes, names: list[str], out: np.ndarray
) -> str:
    comma = line.find(b",")
    if comma > 0 and not line.startswith(b'"'):
        found = cell_dosages(np.frombuffer(line, np.uint8), comma + 1, COMMA, 9, out)
        if found == len(names) and b"9" not in line[comma:]:
            return text_of(path, line[:comma], number).strip()
    cells = cells_of(path, text_of(path, line, number), number)
    if len(cells) != len(names) + 1:
        reason = f"there are {len(cells)} cells; the header has {len(names) + 1}."
        raise refusal(path, reason, "Give every sample a cell for each marker.", number)
    for place, cell in enumerate(cells[1:]):
        value = VALUES.get(cell.strip(), -1)
        if value < 0 and cell.strip() not in MISSING:
            reason = f"sample {cells[0]} has {cell[:40]!r} at marker {names[place]}."
            raise refusal(path, reason, "Give 0, 1, 2 or nothing.", number)
        out[place] = value
    return cells[0].strip()


def _map(path: str | PathLike[str], names: list[str], markers: MarkerMap | None) -> MarkerMap:
    if markers is None:
        return MarkerMap.of(names)
    from agrigen.genotypes.columns import places

    return markers.take(places(np.array(names, dtype=object), markers.names, "marker"))
