"""Compiled supernodal Cholesky of the sparse columns, and its triangular solves.

Panels as in symbolic.py. The first columns of L are sparse; the rest, the tail, is one dense
block (tail.py). Supernode s has columns first[s]:first[s + 1], rows rfirst[s]:rfirst[s + 1] below
them, and its panel in vals[vfirst[s]:vfirst[s + 1]].
"""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def scatter(
    values: Floats, target: Integers, vals: Floats, tail: Floats, part: int, parts: int
) -> None:
    """The part-th of `parts` parts of the matrix into panels and tail (flat), zeros before."""
    for q in range(values.size * part // parts, values.size * (part + 1) // parts):
        t = target[q]
        if t >= 0:
            vals[t] = values[q]
        else:
            tail[-1 - t] = values[q]


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    target: Integers, vals: Floats, tail: Floats, out: Floats, part: int, parts: int
) -> None:
    """Entries of panels and tail in the order of the matrix: the reverse of `scatter`."""
    for q in range(out.size * part // parts, out.size * (part + 1) // parts):
        t = target[q]
        out[q] = vals[t] if t >= 0 else tail[-1 - t]


@njit(cache=True, nogil=True, error_model="numpy")
def factorize(
    first: Indices, rfirst: Integers, rows: Indices, vfirst: Integers, vals: Floats
) -> int:
    """Left-looking Cholesky of the panels, in place, rows of the tail included.

    Returns the first column whose pivot is not positive, or -1.
    """
    count = first.size - 1
    m = first[count]
    home = np.empty(m, np.int32)
    for s in range(count):
        home[first[s] : first[s + 1]] = s
    longest = 0
    largest = 0
    for s in range(count):
        longest = max(longest, rfirst[s + 1] - rfirst[s])
        for q in range(rfirst[s], rfirst[s + 1]):
            largest = max(largest, rows[q])
    place = np.zeros(max(m, largest + 1), np.int64)
    relative = np.empty(longest, np.int64)
    head = np.full(count, -1, np.int32)
    following = np.full(count, -1, np.int32)
    at = np.empty(count, np.int64)
    for s in range(count):
        a = first[s]
        end = first[s + 1]
        w = end - a
        base = vfirst[s]
        height = w + rfirst[s + 1] - rfirst[s]
        d = head[s]
        if d != -1:
            for j in range(a, end):
                place[j] = j - a
            for q in range(rfirst[s], rfirst[s + 1]):
                place[rows[q]] = w + q - rfirst[s]
        while d != -1:
            nxt = following[d]
            p = at[d]
            stop = rfirst[d + 1]
            p2 = p
            while p2 < stop and rows[p2] < end:
                p2 += 1
            for q in range(p, stop):
                relative[q - p] = place[rows[q]]
            dw = first[d + 1] - first[d]
            dh = dw + stop - rfirst[d]
            _update(
                vals,
                vfirst[d] + dw + p - rfirst[d],
                dh,
                dw,
                p2 - p,
                stop - p,
                relative,
                base,
                height,
            )
            if p2 < stop and rows[p2] < m:
                at[d] = p2
                u = home[rows[p2]]
                following[d] = head[u]
                head[u] = d
            d = nxt
        failed = _panel(vals, base, height, w)
        if failed >= 0:
            return a + failed
        if height > w and rows[rfirst[s]] < m:
            at[s] = rfirst[s]
            u = home[rows[rfirst[s]]]
            following[s] = head[u]
            head[u] = s
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _update(
    vals: Floats,
    source: int,
    dh: int,
    dw: int,
    columns: int,
    size: int,
    relative: Integers,
    base: int,
    height: int,
) -> None:
    """Take the product of rows of an earlier panel (height dh, width dw) off a later panel."""
    for y in range(columns):
        to = np.uint64(base + relative[y] * height)
        q = 0
        while q + 4 <= dw:
            b0 = np.uint64(source + q * dh)
            b1 = np.uint64(source + (q + 1) * dh)
            b2 = np.uint64(source + (q + 2) * dh)
            b3 = np.uint64(source + (q + 3) * dh)
            f0 = vals[b0 + np.uint64(y)]
            f1 = vals[b1 + np.uint64(y)]
            f2 = vals[b2 + np.uint64(y)]
            f3 = vals[b3 + np.uint64(y)]
            for z in range(np.uint64(y), np.uint64(size)):
                v = vals[b0 + z] * f0 + vals[b1 + z] * f1 + vals[b2 + z] * f2 + vals[b3 + z] * f3
                vals[to + np.uint64(relative[z])] -= v
            q += 4
        while q < dw:
            b0 = np.uint64(source + q * dh)
            f0 = vals[b0 + np.uint64(y)]
            for z in range(np.uint64(y), np.uint64(size)):
                vals[to + np.uint64(relative[z])] -= vals[b0 + z] * f0
            q += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _panel(vals: Floats, base: int, height: int, w: int) -> int:
    """Dense Cholesky of one panel in place; the first bad pivot or -1."""
    for j in range(w):
        col = base + j * height
        pivot = vals[col + j]
        if not pivot > 0.0:
            return j
        root = np.sqrt(pivot)
        inverse = 1.0 / root
        vals[col + j] = root
        for z in range(col + j + 1, col + height):
            vals[z] *= inverse
        for k in range(j + 1, w):
            f = vals[col + k]
            to = np.uint64(base + k * height)
            by = np.uint64(col)
            for z in range(np.uint64(k), np.uint64(height)):
                vals[to + z] -= f * vals[by + z]
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def forward(
    first: Indices, rfirst: Integers, rows: Indices, vfirst: Integers, vals: Floats, x: Floats
) -> None:
    """x = L^-1 x over the sparse columns; the tail of x is reduced in place."""
    for s in range(first.size - 1):
        w = first[s + 1] - first[s]
        below = rfirst[s + 1] - rfirst[s]
        for j in range(w):
            col = vfirst[s] + j * (w + below)
            v = x[first[s] + j] / vals[col + j]
            x[first[s] + j] = v
            for k in range(j + 1, w):
                x[first[s] + k] -= vals[col + k] * v
            for k in range(below):
                x[rows[rfirst[s] + k]] -= vals[col + w + k] * v


@njit(cache=True, nogil=True, error_model="numpy")
def backward(
    first: Indices, rfirst: Integers, rows: Indices, vfirst: Integers, vals: Floats, x: Floats
) -> None:
    """x = L^-T x over the sparse columns; the tail of x is solved already."""
    for s in range(first.size - 2, -1, -1):
        w = first[s + 1] - first[s]
        below = rfirst[s + 1] - rfirst[s]
        for j in range(w - 1, -1, -1):
            col = vfirst[s] + j * (w + below)
            v = x[first[s] + j]
            for k in range(below):
                v -= vals[col + w + k] * x[rows[rfirst[s] + k]]
            for k in range(j + 1, w):
                v -= vals[col + k] * x[first[s] + k]
            x[first[s] + j] = v / vals[col + j]


@njit(cache=True, nogil=True, error_model="numpy")
def diagonal(
    first: Indices, rfirst: Integers, rows: Indices, vfirst: Integers, vals: Floats
) -> Floats:
    """The panels' diagonal."""
    out = np.empty(first[first.size - 1])
    for s in range(first.size - 1):
        w = first[s + 1] - first[s]
        step = w + rfirst[s + 1] - rfirst[s] + 1
        for j in range(w):
            out[first[s] + j] = vals[vfirst[s] + j * step]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def split(first: Indices, rfirst: Integers, rows: Indices) -> Integers:
    """Where the rows of the tail begin among the rows of each supernode."""
    count = first.size - 1
    out = np.empty(count, np.int64)
    for s in range(count):
        q = rfirst[s + 1]
        while q > rfirst[s] and rows[q - 1] >= first[count]:
            q -= 1
        out[s] = q
    return out
