"""Compiled loops over a covariance structure: its sparse inverse and products without forming it.

Levels are animals, parents first, then groups. `sire` and `dam` hold the level of each animal's
parents, -1 unknown; `w` and `v` are what it inherits of them. Nothing is checked here.
"""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices, Integers

SORT_BY_INSERTION = 32
"""Rows up to this long are sorted by insertion, longer ones (sires, groups) by merging."""


@njit(cache=True, nogil=True, error_model="numpy")
def _sort_row(cols: Indices, vals: Floats) -> None:
    """Sort one row by column."""
    if cols.size > SORT_BY_INSERTION:
        by_column = np.argsort(cols, kind="mergesort")
        cols[:] = cols[by_column]
        vals[:] = vals[by_column]
        return
    for q in range(1, cols.size):
        c = cols[q]
        x = vals[q]
        r = q - 1
        while r >= 0 and cols[r] > c:
            cols[r + 1] = cols[r]
            vals[r + 1] = vals[r]
            r -= 1
        cols[r + 1] = c
        vals[r + 1] = x


@njit(cache=True, nogil=True, error_model="numpy")
def _row_starts(sire: Indices, dam: Indices, base: Floats, coupled: bool) -> Integers:
    """Where each row of the lower triangle may start: room for every contribution."""
    n = sire.size
    groups = base.shape[0]
    start = np.zeros(n + groups + 1, np.int64)
    for i in range(n):
        s = sire[i]
        d = dam[i]
        start[i + 1] += 1
        for p in (s, d):
            if p >= 0:
                start[max(i, p) + 1] += 1
        if s >= 0 and d >= 0 and s != d:
            start[max(s, d) + 1] += 1
    for g in range(groups):
        start[n + g + 1] += 1 + (g if coupled else 0)
    for i in range(n + groups):
        start[i + 1] += start[i]
    return start


@njit(cache=True, nogil=True, error_model="numpy")
def _contributions(
    sire: Indices,
    dam: Indices,
    w: float,
    v: float,
    precision: Floats,
    place: Integers,
    cols: Indices,
    vals: Floats,
    diagonal: Floats,
) -> None:
    """Henderson's rules: precision * t t' of every animal, t = 1, -w and -v."""
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        b = precision[i]
        diagonal[i] += b
        for p, weight in ((s, w), (d, v)):
            if p >= 0:
                diagonal[p] += weight * weight * b
                r = max(i, p)
                cols[place[r]] = min(i, p)
                vals[place[r]] = -weight * b
                place[r] += 1
        if s >= 0 and d >= 0:
            if s == d:
                diagonal[s] += 2.0 * w * v * b
            else:
                r = max(s, d)
                cols[place[r]] = min(s, d)
                vals[place[r]] = w * v * b
                place[r] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def inverse_lower(
    sire: Indices, dam: Indices, w: float, v: float, precision: Floats, base: Floats
) -> tuple[Indices, Indices, Floats]:
    """Lower triangle of K-inverse as CSR: start, columns, values; rows sorted."""
    n = sire.size
    levels = n + base.shape[0]
    coupled = bool(np.any(base != 0.0))
    start = _row_starts(sire, dam, base, coupled)
    place = start[:-1].copy()
    cols = np.empty(start[levels], np.int32)
    vals = np.empty(start[levels])
    diagonal = np.zeros(levels)
    _contributions(sire, dam, w, v, precision, place, cols, vals, diagonal)
    for g in range(base.shape[0]):
        diagonal[n + g] += base[g, g]
        if coupled:
            for h in range(g):
                cols[place[n + g]] = n + h
                vals[place[n + g]] = base[g, h]
                place[n + g] += 1
    # Sort each row, merge equal columns, and close the gaps in place.
    out = 0
    first = np.zeros(levels + 1, np.int32)
    for i in range(levels):
        a = start[i]
        e = place[i]
        _sort_row(cols[a:e], vals[a:e])
        row = out
        for q in range(a, e):
            if out > row and cols[out - 1] == cols[q]:
                vals[out - 1] += vals[q]
            else:
                cols[out] = cols[q]
                vals[out] = vals[q]
                out += 1
        cols[out] = i
        vals[out] = diagonal[i]
        out += 1
        first[i + 1] = out
    return first, cols[:out], vals[:out]


@njit(cache=True, nogil=True, error_model="numpy")
def gather(sire: Indices, dam: Indices, w: float, v: float, y: Floats) -> None:
    """y = T' y in place: every animal gives to its parents, the youngest first."""
    for i in range(sire.size - 1, -1, -1):
        x = y[i]
        if sire[i] >= 0:
            y[sire[i]] += w * x
        if dam[i] >= 0:
            y[dam[i]] += v * x


@njit(cache=True, nogil=True, error_model="numpy")
def spread(sire: Indices, dam: Indices, w: float, v: float, precision: Floats, y: Floats) -> None:
    """y = T D y in place: every animal inherits, the oldest first; groups are done already."""
    for i in range(sire.size):
        x = y[i] / precision[i]
        if sire[i] >= 0:
            x += w * y[sire[i]]
        if dam[i] >= 0:
            x += v * y[dam[i]]
        y[i] = x


@njit(cache=True, nogil=True, error_model="numpy")
def inverse_times(
    sire: Indices, dam: Indices, w: float, v: float, precision: Floats, x: Floats, y: Floats
) -> None:
    """y += (sum of precision * t t') x in one sweep."""
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        r = x[i]
        if s >= 0:
            r -= w * x[s]
        if d >= 0:
            r -= v * x[d]
        r *= precision[i]
        y[i] += r
        if s >= 0:
            y[s] -= w * r
        if d >= 0:
            y[d] -= v * r


@njit(cache=True, nogil=True, error_model="numpy")
def gather_columns(sire: Indices, dam: Indices, w: float, v: float, y: Floats) -> None:
    """`gather` for a matrix, all columns of a level at once."""
    for i in range(sire.size - 1, -1, -1):
        s = sire[i]
        d = dam[i]
        if s >= 0:
            for q in range(y.shape[1]):
                y[s, q] += w * y[i, q]
        if d >= 0:
            for q in range(y.shape[1]):
                y[d, q] += v * y[i, q]


@njit(cache=True, nogil=True, error_model="numpy")
def spread_columns(
    sire: Indices, dam: Indices, w: float, v: float, precision: Floats, y: Floats
) -> None:
    """`spread` for a matrix, all columns of a level at once."""
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        for q in range(y.shape[1]):
            y[i, q] /= precision[i]
        if s >= 0:
            for q in range(y.shape[1]):
                y[i, q] += w * y[s, q]
        if d >= 0:
            for q in range(y.shape[1]):
                y[i, q] += v * y[d, q]


@njit(cache=True, nogil=True, error_model="numpy")
def inverse_times_columns(
    sire: Indices, dam: Indices, w: float, v: float, precision: Floats, x: Floats, y: Floats
) -> None:
    """`inverse_times` for a matrix, all columns of a level at once."""
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        for q in range(x.shape[1]):
            r = x[i, q]
            if s >= 0:
                r -= w * x[s, q]
            if d >= 0:
                r -= v * x[d, q]
            r *= precision[i]
            y[i, q] += r
            if s >= 0:
                y[s, q] -= w * r
            if d >= 0:
                y[d, q] -= v * r
