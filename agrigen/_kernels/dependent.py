"""Compiled search for linearly dependent columns: a Cholesky that drops what vanishes."""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

DEPENDENT = 1e-10
"""A pivot below this share of its diagonal marks a linearly dependent column."""


@njit(cache=True, nogil=True, error_model="numpy")
def factor_pattern(start: Integers, rows: Indices, parent: Indices) -> tuple[Integers, Indices]:
    """Rows of each column of L, ascending, diagonal first.

    Row i meets the columns on the tree paths from its entries up to i; going through the rows
    in order leaves every column sorted. The first walk counts.
    """
    n = parent.size
    first = np.arange(n + 1)
    mark = np.full(n, -1, np.int32)
    counts = np.ones(n, np.int64)
    for i in range(n):
        mark[i] = i
        for q in range(start[i], start[i + 1]):
            j = rows[q]
            while mark[j] != i:
                mark[j] = i
                counts[j] += 1
                j = parent[j]
    for j in range(n):
        first[j + 1] = first[j] + counts[j]
    out = np.empty(first[n], np.int32)
    fill = first[:-1] + 1
    mark[:] = -1
    for i in range(n):
        mark[i] = i
        out[first[i]] = i
        for q in range(start[i], start[i + 1]):
            j = rows[q]
            while mark[j] != i:
                mark[j] = i
                out[fill[j]] = i
                fill[j] += 1
                j = parent[j]
    return first, out


@njit(cache=True, nogil=True, error_model="numpy")
def dependent_columns(
    astart: Integers, arows: Indices, avals: Floats, first: Integers, rows: Indices
) -> Flags:
    """Linearly dependent columns of a positive semidefinite matrix, in elimination order.

    Cholesky as in `factorize`, but a pivot that vanishes drops its column: later columns are
    the dependent ones.
    """
    n = astart.size - 1
    vals = np.zeros(rows.size)
    dropped = np.zeros(n, np.bool_)
    w = np.zeros(n)
    head = np.full(n + 1, -1, np.int32)
    following = np.full(n + 1, -1, np.int32)
    at = np.zeros(n + 1, np.int64)
    for j in range(n):
        for q in range(astart[j], astart[j + 1]):
            w[arows[q]] += avals[q]
        before = w[j]
        k = head[j]
        while k != -1:
            nxt = following[k]
            p = at[k]
            lower = vals[p]
            for q in range(p, first[k + 1]):
                w[rows[q]] -= lower * vals[q]
            if p + 1 < first[k + 1]:
                at[k] = p + 1
                following[k] = head[rows[p + 1]]
                head[rows[p + 1]] = k
            k = nxt
        a = first[j]
        e = first[j + 1]
        pivot = w[j]
        dropped[j] = not pivot > DEPENDENT * before
        root = np.sqrt(pivot) if not dropped[j] else 1.0
        for q in range(a, e):
            vals[q] = 0.0 if dropped[j] else w[rows[q]] / root
            w[rows[q]] = 0.0
        if a + 1 < e:
            at[j] = a + 1
            following[j] = head[rows[a + 1]]
            head[rows[a + 1]] = j
    return dropped
