"""Compiled products between the sparse columns of L and its dense tail.

Nearly all operations of an animal model are here: every animal meets a handful of sires and
herd-years, which are the tail. A loop over animals would jump through the tail's hundreds of
megabytes. So the loop goes over the tail's rows, one of which stays in the processor's nearest
cache, and inside over the columns that meet it, chunk by chunk to keep these near as well.
"""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices, Integers

CHUNK = 400_000
"""Values of the panels in one chunk: 5 MB with their rows."""


@njit(cache=True, nogil=True, error_model="numpy")
def _chunk(vfirst: Integers, s: int) -> int:
    """End of the chunk of supernodes that starts at s."""
    e = s + 1
    while e < vfirst.size - 1 and vfirst[e + 1] - vfirst[s] < CHUNK:
        e += 1
    return e


@njit(cache=True, nogil=True, error_model="numpy")
def _meetings(
    rfirst: Integers,
    split: Integers,
    rows: Indices,
    s: int,
    e: int,
    part: int,
    parts: int,
    m: int,
    start: Integers,
    who: Indices,
    where: Indices,
) -> None:
    """For each row of the tail, the supernodes from s to e that meet it, and at which place.

    Only every parts-th row, from the part-th on. `start` has one place more than rows, twice.
    """
    start[:] = 0
    for d in range(s, e):
        for q in range(split[d], rfirst[d + 1]):
            r = rows[q] - m
            if r % parts == part:
                start[r + 2] += 1
    for r in range(2, start.size):
        start[r] += start[r - 1]
    for d in range(s, e):
        for q in range(split[d], rfirst[d + 1]):
            r = rows[q] - m
            if r % parts == part:
                k = start[r + 1]
                who[k] = d
                where[k] = q - split[d]
                start[r + 1] = k + 1


@njit(cache=True, nogil=True, error_model="numpy")
def tail_update(
    first: Indices,
    rfirst: Integers,
    split: Integers,
    rows: Indices,
    vfirst: Integers,
    vals: Floats,
    tail: Floats,
    part: int,
    parts: int,
) -> None:
    """Take L_T L_T' off the lower triangle of the tail, L_T being the tail's rows of all panels.

    Does every parts-th row of the tail; split[s] is where these begin among the rows of s.
    """
    count = first.size - 1
    m = first[count]
    start = np.empty(tail.shape[0] + 2, np.int64)
    longest = 0
    s = 0
    while s < count:
        e = _chunk(vfirst, s)
        longest = max(longest, rfirst[e] - rfirst[s])
        s = e
    who = np.empty(longest, np.int32)
    where = np.empty(longest, np.int32)
    near = np.empty(longest, np.uint32)
    buffer = np.empty(tail.shape[0])
    s = 0
    while s < count:
        e = _chunk(vfirst, s)
        r0 = rfirst[s]
        for q in range(r0, rfirst[e]):
            near[q - r0] = np.uint32(rows[q] - m)
        _meetings(rfirst, split, rows, s, e, part, parts, m, start, who, where)
        for r in range(part, tail.shape[0], parts):
            row = tail[r]
            for z in range(start[r], start[r + 1]):
                d = who[z]
                w = first[d + 1] - first[d]
                height = w + rfirst[d + 1] - rfirst[d]
                size = np.uint64(where[z] + 1)
                i = np.uint64(split[d] - r0)
                b = vfirst[d] + w + split[d] - rfirst[d]
                _take(vals, b, height, w, near, i, size, row, buffer)
        s = e


@njit(cache=True, nogil=True, error_model="numpy")
def _take(
    vals: Floats,
    b: int,
    height: int,
    w: int,
    near: np.ndarray,
    i: np.uint64,
    size: np.uint64,
    row: Floats,
    buffer: Floats,
) -> None:
    """Take the last of `size` rows of a panel times all of them off a row of the tail."""
    last = size - np.uint64(1)
    b0 = np.uint64(b)
    step = np.uint64(height)
    f0 = vals[b0 + last]
    if w == 1:
        for c in range(size):
            row[near[i + c]] -= vals[b0 + c] * f0
        return
    # Products first, where the processor's vectors help; then the scattering.
    b1 = b0 + step
    f1 = vals[b1 + last]
    for c in range(size):
        buffer[c] = vals[b0 + c] * f0 + vals[b1 + c] * f1
    q = 2
    while q + 2 <= w:
        b0 = b1 + step
        b1 = b0 + step
        f0 = vals[b0 + last]
        f1 = vals[b1 + last]
        for c in range(size):
            buffer[c] += vals[b0 + c] * f0 + vals[b1 + c] * f1
        q += 2
    if q < w:
        b0 = b1 + step
        f0 = vals[b0 + last]
        for c in range(size):
            buffer[c] += vals[b0 + c] * f0
    for c in range(size):
        row[near[i + c]] -= buffer[c]


@njit(cache=True, nogil=True, error_model="numpy")
def tail_product(
    first: Indices,
    rfirst: Integers,
    split: Integers,
    rows: Indices,
    vfirst: Integers,
    vals: Floats,
    inverse: Floats,
    out: Floats,
    part: int,
    parts: int,
) -> None:
    """Z_TT V for the tail's rows of every panel, into the places of these rows in `out`.

    V = L_T L_JJ^-1; `inverse` is the lower triangle of Z_TT. Does every parts-th chunk.
    """
    count = first.size - 1
    m = first[count]
    start = np.empty(inverse.shape[0] + 2, np.int64)
    longest = 0
    largest = 0
    s = 0
    while s < count:
        e = _chunk(vfirst, s)
        longest = max(longest, rfirst[e] - rfirst[s])
        largest = max(largest, vfirst[e] - vfirst[s])
        s = e
    who = np.empty(longest, np.int32)
    where = np.empty(longest, np.int32)
    near = np.empty(longest, np.uint32)
    buffer = np.empty(inverse.shape[0])
    scaled = np.empty(largest)
    s = 0
    turn = 0
    while s < count:
        e = _chunk(vfirst, s)
        if turn % parts == part:
            r0 = rfirst[s]
            v0 = vfirst[s]
            for q in range(r0, rfirst[e]):
                near[q - r0] = np.uint32(rows[q] - m)
            for z in range(v0, vfirst[e]):
                scaled[z - v0] = vals[z]
                out[z] = 0.0
            for d in range(s, e):
                w = first[d + 1] - first[d]
                divide(scaled, vfirst[d] - v0, w + rfirst[d + 1] - rfirst[d], w)
            _meetings(rfirst, split, rows, s, e, 0, 1, m, start, who, where)
            for r in range(inverse.shape[0]):
                row = inverse[r]
                for z in range(start[r], start[r + 1]):
                    d = who[z]
                    w = first[d + 1] - first[d]
                    height = w + rfirst[d + 1] - rfirst[d]
                    size = np.uint64(where[z] + 1)
                    i = np.uint64(split[d] - r0)
                    b = vfirst[d] + w + split[d] - rfirst[d]
                    _add(scaled, b - v0, height, w, near, i, size, row, buffer, out, b)
        turn += 1
        s = e


@njit(cache=True, nogil=True, error_model="numpy")
def divide(panel: Floats, base: int, height: int, w: int) -> None:
    """Rows below a panel's triangle times the inverse of the triangle, in place."""
    for j in range(w - 1, -1, -1):
        col = np.uint64(base + j * height)
        for k in range(j + 1, w):
            f = panel[base + j * height + k]
            by = np.uint64(base + k * height)
            for z in range(np.uint64(w), np.uint64(height)):
                panel[col + z] -= f * panel[by + z]
        inverse = 1.0 / panel[base + j * height + j]
        for z in range(np.uint64(w), np.uint64(height)):
            panel[col + z] *= inverse


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _add(
    panel: Floats,
    a: int,
    height: int,
    w: int,
    near: np.ndarray,
    i: np.uint64,
    size: np.uint64,
    row: Floats,
    buffer: Floats,
    out: Floats,
    b: int,
) -> None:
    """Row and column of a symmetric matrix, up to the diagonal, times a panel's rows."""
    last = size - np.uint64(1)
    diagonal = row[near[i + last]]
    for c in range(last):
        buffer[c] = row[near[i + c]]
    for q in range(w):
        by = np.uint64(a + q * height)
        to = np.uint64(b + q * height)
        f = panel[by + last]
        v = diagonal * f
        for c in range(last):
            v += buffer[c] * panel[by + c]
            out[to + c] += buffer[c] * f
        out[to + last] += v
