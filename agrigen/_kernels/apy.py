"""Compiled loops of the core of genomic relationships: dot products of some with all others."""

import numpy as np
from numba import njit

from agrigen._kernels.relationship import TILE, _two_by_four
from agrigen.types import Floats


@njit(cache=True, nogil=True, error_model="numpy")
def add_rectangle(
    known: np.ndarray, minus: np.ndarray, below: int, sums: Floats, first: int, last: int
) -> None:
    """Add dot products of the first rows with those from `below` on; tiles first:last of it.

    `below` is a multiple of TILE; sums: (rows, columns), tile t is row tile t // column tiles.
    """
    rows, columns = sums.shape
    across = (columns + TILE - 1) // TILE
    part = np.empty((TILE, TILE), np.int64)
    for tile in range(first, last):
        top = tile // across * TILE
        left = tile % across * TILE
        for j in range(0, TILE, 4):
            for i in range(0, TILE, 2):
                _two_by_four(known, minus, top + i, below + left + j, part, i, j)
        for i in range(min(TILE, rows - top)):
            for j in range(min(TILE, columns - left)):
                sums[top + i, left + j] += part[i, j]
