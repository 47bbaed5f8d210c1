"""Compiled sparse Cholesky with a dense tail, its solves and its selected inverse.

A symmetric positive definite matrix comes as the upper triangle by column (start, rows, values;
rows <= column), already in elimination order. The first `m` columns of L are sparse; the rest,
the tail, is one dense block that LAPACK factors (agrigen/evaluation/factor.py).
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

DEPENDENT = 1e-10
"""A pivot below this share of its diagonal marks a linearly dependent column."""


@njit(cache=True, nogil=True, error_model="numpy")
def permuted_upper(
    start: Integers, rows: Indices, place: Integers
) -> tuple[Integers, Indices, Integers]:
    """Upper triangle by column of the permuted pattern, and where each value comes from.

    Takes one triangle by column (either one); `place[old] = new`.
    """
    n = start.size - 1
    first = np.zeros(n + 1, np.int64)
    for j in range(n):
        for q in range(start[j], start[j + 1]):
            first[max(place[rows[q]], place[j]) + 1] += 1
    for j in range(n):
        first[j + 1] += first[j]
    fill = first[:-1].copy()
    out = np.empty(rows.size, np.int32)
    source = np.empty(rows.size, np.int64)
    for j in range(n):
        for q in range(start[j], start[j + 1]):
            a = place[rows[q]]
            b = place[j]
            c = max(a, b)
            out[fill[c]] = min(a, b)
            source[fill[c]] = q
            fill[c] += 1
    return first, out, source


@njit(cache=True, nogil=True, error_model="numpy")
def lower_by_column(start: Integers, rows: Indices) -> tuple[Integers, Indices, Integers]:
    """Lower triangle by column of an upper triangle by column, sorted, with value sources."""
    n = start.size - 1
    first = np.zeros(n + 1, np.int64)
    for q in range(rows.size):
        first[rows[q] + 1] += 1
    for j in range(n):
        first[j + 1] += first[j]
    fill = first[:-1].copy()
    out = np.empty(rows.size, np.int32)
    source = np.empty(rows.size, np.int64)
    for j in range(n):
        for q in range(start[j], start[j + 1]):
            r = rows[q]
            out[fill[r]] = j
            source[fill[r]] = q
            fill[r] += 1
    return first, out, source


@njit(cache=True, nogil=True, error_model="numpy")
def elimination_tree(start: Integers, rows: Indices) -> Indices:
    """Parent of each column in the elimination tree; -1 at a root."""
    n = start.size - 1
    parent = np.full(n, -1, np.int32)
    shortcut = np.full(n, -1, np.int32)
    for j in range(n):
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            while i != -1 and i < j:
                above = shortcut[i]
                shortcut[i] = j
                if above == -1:
                    parent[i] = j
                i = above
    return parent


@njit(cache=True, nogil=True, error_model="numpy")
def postorder(parent: Indices) -> Indices:
    """Children before parents, subtree by subtree: same fill, better locality."""
    n = parent.size
    head = np.full(n, -1, np.int32)
    following = np.full(n, -1, np.int32)
    for j in range(n - 1, -1, -1):
        if parent[j] >= 0:
            following[j] = head[parent[j]]
            head[parent[j]] = j
    order = np.empty(n, np.int32)
    stack = np.empty(n + 1, np.int32)
    k = 0
    for root in range(n):
        if parent[root] >= 0:
            continue
        stack[0] = root
        top = 1
        while top > 0:
            j = stack[top - 1]
            child = head[j]
            if child == -1:
                order[k] = j
                k += 1
                top -= 1
            else:
                head[j] = following[child]
                stack[top] = child
                top += 1
    return order


@njit(cache=True, nogil=True, error_model="numpy")
def column_counts(start: Integers, rows: Indices, parent: Indices) -> Integers:
    """Non-zeros of each column of L, diagonal included."""
    n = parent.size
    mark = np.full(n, -1, np.int32)
    counts = np.ones(n, np.int64)
    for j in range(n):
        mark[j] = j
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            while i != j and mark[i] != j:
                mark[i] = j
                counts[i] += 1
                i = parent[i]
    return counts


@njit(cache=True, nogil=True, error_model="numpy")
def factor_pattern(
    start: Integers, rows: Indices, parent: Indices, counts: Integers, m: int
) -> tuple[Integers, Indices]:
    """Rows of the first m columns of L, ascending, diagonal first.

    Row i meets the columns on the tree paths from its entries up to i; going through the rows
    in order leaves every column sorted.
    """
    n = parent.size
    first = np.zeros(m + 1, np.int64)
    for j in range(m):
        first[j + 1] = first[j] + counts[j]
    out = np.empty(first[m], np.int32)
    fill = first[:-1].copy()
    mark = np.full(n, -1, np.int32)
    for i in range(n):
        mark[i] = i
        for q in range(start[i], start[i + 1]):
            j = rows[q]
            while j < m and mark[j] != i:
                mark[j] = i
                out[fill[j]] = i
                fill[j] += 1
                j = parent[j]
                if j == -1:
                    break
        if i < m:
            # Every later row comes after the diagonal, and every earlier one was not in column i.
            for r in range(fill[i], first[i], -1):
                out[r] = out[r - 1]
            out[first[i]] = i
            fill[i] += 1
    return first, out


@njit(cache=True, nogil=True, error_model="numpy")
def factorize(
    astart: Integers,
    arows: Indices,
    avals: Floats,
    first: Integers,
    rows: Indices,
    m: int,
    vals: Floats,
    tail: Floats,
) -> int:
    """Left-looking Cholesky of the first m columns into `vals`; `tail` becomes the remainder.

    (astart, arows, avals): lower triangle by column. `tail` comes as zeros, in its lower
    triangle leaves the Schur complement of the tail. Returns the first column whose pivot is
    not positive, or -1.
    """
    n = astart.size - 1
    w = np.zeros(n)
    head = np.full(m + 1, -1, np.int32)
    following = np.full(m + 1, -1, np.int32)
    at = np.zeros(m + 1, np.int64)
    for j in range(m):
        for q in range(astart[j], astart[j + 1]):
            w[arows[q]] += avals[q]
        k = head[j]
        while k != -1:
            nxt = following[k]
            p = at[k]
            lower = vals[p]
            for q in range(p, first[k + 1]):
                w[rows[q]] -= lower * vals[q]
            if p + 1 < first[k + 1]:
                r = rows[p + 1]
                at[k] = p + 1
                if r < m:
                    following[k] = head[r]
                    head[r] = k
            k = nxt
        a = first[j]
        e = first[j + 1]
        pivot = w[j]
        if not pivot > 0.0:
            return j
        root = np.sqrt(pivot)
        vals[a] = root
        w[j] = 0.0
        for q in range(a + 1, e):
            vals[q] = w[rows[q]] / root
            w[rows[q]] = 0.0
        if a + 1 < e:
            at[j] = a + 1
            r = rows[a + 1]
            if r < m:
                following[j] = head[r]
                head[r] = j
    for j in range(m, n):
        for q in range(astart[j], astart[j + 1]):
            tail[arows[q] - m, j - m] += avals[q]
    for k in range(m):
        e = first[k + 1]
        p = e
        while p > first[k] and rows[p - 1] >= m:
            p -= 1
        for q in range(p, e):
            lower = vals[q]
            row = tail[rows[q] - m]
            for r in range(p, q + 1):
                row[rows[r] - m] -= lower * vals[r]
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def forward(first: Integers, rows: Indices, vals: Floats, m: int, x: Floats) -> None:
    """x = L^-1 x over the sparse columns; the tail of x is reduced in place."""
    for j in range(m):
        a = first[j]
        v = x[j] / vals[a]
        x[j] = v
        for q in range(a + 1, first[j + 1]):
            x[rows[q]] -= vals[q] * v


@njit(cache=True, nogil=True, error_model="numpy")
def backward(first: Integers, rows: Indices, vals: Floats, m: int, x: Floats) -> None:
    """x = L^-T x over the sparse columns; the tail of x is solved already."""
    for j in range(m - 1, -1, -1):
        a = first[j]
        v = x[j]
        for q in range(a + 1, first[j + 1]):
            v -= vals[q] * x[rows[q]]
        x[j] = v / vals[a]


@njit(cache=True, nogil=True, error_model="numpy")
def selected_inverse(
    first: Integers, rows: Indices, vals: Floats, m: int, tail: Floats, inverse: Floats
) -> None:
    """Entries of the inverse on the pattern of L (Takahashi 1973; Erisman and Tinney 1975).

    `tail` is the full inverse of the tail's block; `inverse` takes the entries in the places
    of `vals`. Its first entry of column j is the diagonal.
    """
    n = m + tail.shape[0]
    place = np.full(n, -1, np.int32)
    longest = 0
    for j in range(m):
        longest = max(longest, first[j + 1] - first[j])
    block = np.zeros((longest, longest))
    lower = np.empty(longest)
    for j in range(m - 1, -1, -1):
        a = first[j]
        b = a + 1
        k = first[j + 1] - b
        d = vals[a]
        for q in range(k):
            place[rows[b + q]] = q
            lower[q] = vals[b + q] / d
        for q in range(k):
            c = rows[b + q]
            if c < m:
                for r in range(first[c], first[c + 1]):
                    x = place[rows[r]]
                    if x >= 0:
                        block[x, q] = inverse[r]
                        block[q, x] = inverse[r]
            else:
                for x in range(q, k):
                    v = tail[c - m, rows[b + x] - m]
                    block[x, q] = v
                    block[q, x] = v
        diagonal = 1.0 / (d * d)
        for q in range(k):
            v = 0.0
            for x in range(k):
                v -= block[q, x] * lower[x]
            inverse[b + q] = v
            diagonal -= v * lower[q]
        inverse[a] = diagonal
        for q in range(k):
            place[rows[b + q]] = -1


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
