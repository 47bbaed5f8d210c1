"""Relationship matrices and inverses as text for the BLUPF90 programs: i, j, value.

Rows of the upper triangle; i and j are numbers of levels, or ids where the program writes
them (`OPTION saveGOrig`, `saveGInverseOrig`). Blupf90 takes such a file as `user_file` (an
inverse) or `user_file_i` (a matrix that it inverts). Misztal et al., Manual of BLUPF90.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.columns import frozen, texts
from agrigen.io.lines import lines, refusal, text_of
from agrigen.io.matrices import LARGEST, relationship_of
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.types import Floats, Texts

Triples = tuple[list[str], list[str], list[float]]


@dataclass(frozen=True, eq=False)
class InverseFile:
    """An inverse, with the animals of its rows."""

    ids: Texts
    matrix: Floats


def write_blupf90_matrix(
    matrix: GenomicRelationship | Floats,
    path: str | PathLike[str],
    *,
    ids: Sequence[str] | None = None,
    inverse: bool = False,
) -> None:
    """Write G, or its inverse, as i, j, value with seventeen digits; zeros are left out.

    Parameters
    ----------
    matrix
        Relationships, or any symmetric matrix.
    path
        The file.
    ids
        What stands in the place of i and j; without it numbers from 1, as `user_file` wants.
    inverse
        Invert the relationships before.

    Raises
    ------
    SolveError
        If an inverse is asked of relationships that are not positive definite.
    """
    values: np.ndarray
    if isinstance(matrix, GenomicRelationship):
        values = matrix.inverse() if inverse else np.asarray(matrix.matrix)
    elif inverse:
        values = np.linalg.inv(matrix)
    else:
        values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        message = f"A matrix of shape {values.shape} is not square."
        raise GenotypeError([Problem("shape", (), message, "Give a symmetric matrix.")])
    names = list(map(str, ids)) if ids is not None else [str(k + 1) for k in range(len(values))]
    if len(names) != len(values) or any(name.split() != [name] for name in names):
        message = f"There are {len(names)} ids for {len(values)} rows, or one has a blank."
        raise GenotypeError([Problem("shape", (), message, "Give one word for each row.")])
    with Path(path).open("w", encoding="utf-8") as file:
        for column, name in enumerate(names):
            for row in np.flatnonzero(values[: column + 1, column]):
                file.write(f"{names[row]} {name} {values[row, column]:.17g}\n")


def read_blupf90_matrix(
    path: str | PathLike[str], ids: Any = None, *, inverse: bool = False
) -> GenomicRelationship | InverseFile:
    """A matrix of lines i, j, value, of either triangle; what is absent is zero.

    Parameters
    ----------
    path
        The file.
    ids
        The animals in the order of the numbers (of the SNP file), or, where the file holds
        ids, all of them in the order that is wanted. Without it rows are in the order of
        the numbers, or of appearance.
    inverse
        Whether the file holds an inverse, which is given back as it is.
    """
    first, second, values = _triples(path)
    named = _order(path, first, second, ids)
    index = pd.Index(named)
    rows, columns = (index.get_indexer(pd.Index(part)) for part in (first, second))
    numbered = ids is not None and (rows < 0).all()
    if numbered:
        rows, columns = (_numbers(path, part, named.size) for part in (first, second))
    if (rows < 0).any() or (columns < 0).any():
        place = int(np.flatnonzero((rows < 0) | (columns < 0))[0])
        name = first[place] if rows[place] < 0 else second[place]
        raise refusal(path, f"{name} is not among the {named.size:,} ids.", "Give all ids.")
    matrix = np.zeros((named.size, named.size))
    matrix[rows, columns] = values
    matrix[columns, rows] = values
    if inverse:
        return InverseFile(named, matrix)
    return relationship_of(path, named, matrix, "BLUPF90")


def _triples(path: str | PathLike[str]) -> Triples:
    first: list[str] = []
    second: list[str] = []
    values: list[float] = []
    for number, line in lines(path, 2**16):
        words = text_of(path, line, number).split()
        if not words:
            continue
        if len(words) != 3:
            reason = f"there are {len(words)} words; i, j and a value belong here."
            raise refusal(path, reason, "Give the text form (OPTION saveAscii).", number)
        try:
            values.append(float(words[2].replace("D", "E").replace("d", "e")))
        except ValueError:
            reason = f"the value {words[2][:40]!r} is no number."
            raise refusal(path, reason, "Give the text form (OPTION saveAscii).", number) from None
        first.append(words[0])
        second.append(words[1])
    if not values:
        raise refusal(path, "it is empty.", "Give lines of i, j and a value.")
    return first, second, values


def _order(path: str | PathLike[str], first: list[str], second: list[str], ids: Any) -> Texts:
    if ids is not None:
        return texts(ids)
    names = list(dict.fromkeys(name for pair in zip(first, second, strict=True) for name in pair))
    if all(name.isascii() and name.isdigit() for name in names):
        names.sort(key=int)
    if len(names) > LARGEST:
        raise refusal(path, f"it has {len(names):,} animals.", f"At most {LARGEST:,} are read.")
    return frozen(np.array(names, dtype=object))


def _numbers(path: str | PathLike[str], names: list[str], size: int) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(names), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((numbers >= 1) & (numbers <= size)))
    if wrong.size:
        reason = f"{names[wrong[0]]} is none of {size:,} animals."
        raise refusal(path, reason, "Give the ids in the order of the SNP file.")
    return numbers.astype(np.int64) - 1
