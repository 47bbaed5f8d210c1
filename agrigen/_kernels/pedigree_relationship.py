"""Compiled loops of relationships: the block of A among chosen animals, several columns at a time.

A = T D T' in two sweeps (Colleau 2002), over the ancestors of the chosen animals only.
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

LANES = 8
"""Columns handled in one pass: eight float64 fill one AVX-512 register."""

TILE = 64
"""Side of the squares in which a triangle is mirrored: two of them fit the fastest cache."""


@njit(cache=True, nogil=True, error_model="numpy")
def mark_with_ancestors(sire: Indices, dam: Indices, found: Flags) -> None:
    """Set found of every ancestor of the animals found already."""
    for i in range(sire.size - 1, -1, -1):
        if found[i]:
            if sire[i] >= 0:
                found[sire[i]] = True
            if dam[i] >= 0:
                found[dam[i]] = True


@njit(cache=True, nogil=True, error_model="numpy")
def block_rows(
    sire: Indices,
    dam: Indices,
    w: float,
    v: float,
    precision: Floats,
    gamma: Floats,
    chosen: Integers,
    from_row: int,
    to_row: int,
    work: Floats,
    out: Floats,
) -> None:
    """Rows of the lower triangle of A among the chosen levels, which ascend.

    `work` is zero before and after.
    """
    animals = sire.size
    groups = gamma.shape[0]
    given = np.empty((groups, LANES))
    for low in range(from_row, to_row, LANES):
        high = min(low + LANES, to_row)
        for k in range(low, high):
            work[chosen[k], k - low] = 1.0
        last = min(chosen[high - 1], animals - 1)
        for j in range(last, -1, -1):
            s = sire[j]
            d = dam[j]
            if s >= 0:
                for q in range(LANES):
                    work[s, q] += w * work[j, q]
            if d >= 0:
                for q in range(LANES):
                    work[d, q] += v * work[j, q]
        given[:] = work[animals:]
        for g in range(groups):
            for q in range(LANES):
                total = 0.0
                for h in range(groups):
                    total += gamma[g, h] * given[h, q]
                work[animals + g, q] = total
        for j in range(last + 1):
            s = sire[j]
            d = dam[j]
            for q in range(LANES):
                work[j, q] /= precision[j]
            if s >= 0:
                for q in range(LANES):
                    work[j, q] += w * work[s, q]
            if d >= 0:
                for q in range(LANES):
                    work[j, q] += v * work[d, q]
        for r in range(high):
            for k in range(max(low, r), high):
                out[k, r] = work[chosen[r], k - low]
        work[: last + 1] = 0.0
        work[animals:] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def mirror(out: Floats) -> None:
    """Copy the lower triangle into the upper one."""
    n = out.shape[0]
    for a in range(0, n, TILE):
        for b in range(0, a + 1, TILE):
            for i in range(a, min(a + TILE, n)):
                for j in range(b, min(b + TILE, i)):
                    out[j, i] = out[i, j]
