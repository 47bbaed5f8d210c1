"""Relationship matrices that other programs made: what all their readers share."""

from os import PathLike

import numpy as np
import numpy.typing as npt

from agrigen.io.lines import refusal
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.types import Floats, Texts

LARGEST = 200_000
"""Animals of the largest matrix that is read."""


def relationship_of(
    path: str | PathLike[str], ids: Texts, matrix: Floats, program: str, markers: int = 0
) -> GenomicRelationship:
    """A relationship as this library has it; frequencies and markers are not in such files."""
    wrong = np.argwhere(~np.isfinite(matrix))
    if wrong.size:
        row, column = wrong[0]
        reason = f"the relationship of {ids[row]} and {ids[column]} is no number."
        raise refusal(path, reason, "Compute the matrix again.")
    return GenomicRelationship(
        ids=ids, matrix=matrix, frequencies=np.empty(0), markers=np.ones(markers, np.bool_),
        method=program, scale=float("nan"), steps=(f"read from a file of {program}",),
    )  # fmt: skip


def from_lower(values: npt.NDArray[np.floating], size: int) -> Floats:
    """The whole matrix of its lower triangle, row after row."""
    matrix = np.empty((size, size))
    rows, columns = np.tril_indices(size)
    matrix[rows, columns] = values
    matrix[columns, rows] = values
    return matrix
