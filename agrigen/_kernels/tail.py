"""Compiled products between the sparse columns of L and its dense tail.

Nearly all operations of an animal model are here: every animal meets a handful of sires and
herd-years, which are the tail. A loop over animals would jump through the tail's hundreds of
megabytes. So the loop goes over the tail's rows, one of which stays in the processor's nearest
cache, and inside over the columns that meet it, chunk by chunk to keep these near as well.
"""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices, Integers

CHUNK = 200_000
"""Values of the panels in one chunk: 3 MB with their rows."""


@njit(cache=True, nogil=True, error_model="numpy")
def _chunks(rfirst: Integers, vfirst: Integers) -> tuple[Integers, int, int]:
    """Bounds of the chunks of supernodes, and the most rows and values that one has."""
    count = vfirst.size - 1
    bounds = np.empty(count + 1, np.int64)
    bounds[0] = 0
    k = 0
    rows = 0
    values = 0
    for s in range(1, count + 1):
        b = bounds[k]
        if s == count or vfirst[s + 1] - vfirst[b] > CHUNK:
            rows = max(rows, rfirst[s] - rfirst[b])
            values = max(values, vfirst[s] - vfirst[b])
            k += 1
            bounds[k] = s
    return bounds[: k + 1].copy(), rows, values


@njit(cache=True, nogil=True, error_model="numpy")
def _load(
    first: Indices,
    rfirst: Integers,
    split: Integers,
    rows: Indices,
    vfirst: Integers,
    s: int,
    e: int,
    part: int,
    parts: int,
    near: np.ndarray,
    panels: Integers,
    start: Integers,
    who: Indices,
    where: Indices,
) -> None:
    """What is to know about the supernodes from s to e, close together in memory.

    near: their rows, counted from the tail's first. panels: place of the first value in the tail,
    counted from the chunk's first value, height, width, place of the first row in `near`.
    start, who, where: for each row of the tail, the supernodes that meet it and at which of their
    rows; only every parts-th row of the tail, from the part-th on.
    """
    m = first[first.size - 1]
    for q in range(rfirst[s], rfirst[e]):
        near[q - rfirst[s]] = np.uint32(rows[q] - m)
    start[:] = 0
    for d in range(s, e):
        w = first[d + 1] - first[d]
        panels[d - s, 0] = vfirst[d] - vfirst[s] + w + split[d] - rfirst[d]
        panels[d - s, 1] = w + rfirst[d + 1] - rfirst[d]
        panels[d - s, 2] = w
        panels[d - s, 3] = split[d] - rfirst[s]
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
                who[k] = d - s
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
    bounds, longest, _ = _chunks(rfirst, vfirst)
    near = np.empty(longest, np.uint32)
    panels = np.empty((first.size, 4), np.int64)
    start = np.empty(tail.shape[0] + 2, np.int64)
    who = np.empty(longest, np.int32)
    where = np.empty(longest, np.int32)
    buffer = np.empty(tail.shape[0])
    row = np.empty(tail.shape[0])
    for t in range(bounds.size - 1):
        s = bounds[t]
        e = bounds[t + 1]
        v0 = vfirst[s]
        _load(
            first, rfirst, split, rows, vfirst, s, e, part, parts, near, panels, start, who, where
        )
        for r in range(part, tail.shape[0], parts):
            if start[r] == start[r + 1]:
                continue
            # Reading the row in sequence is much faster than missing its places one by one.
            row[: r + 1] = tail[r, : r + 1]
            for z in range(start[r], start[r + 1]):
                d = who[z]
                size = np.uint64(where[z] + 1)
                i = np.uint64(panels[d, 3])
                _take(
                    vals, v0 + panels[d, 0], panels[d, 1], panels[d, 2], near, i, size, row, buffer
                )
            tail[r, : r + 1] = row[: r + 1]


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
    bounds, longest, largest = _chunks(rfirst, vfirst)
    near = np.empty(longest, np.uint32)
    panels = np.empty((first.size, 4), np.int64)
    start = np.empty(inverse.shape[0] + 2, np.int64)
    who = np.empty(longest, np.int32)
    where = np.empty(longest, np.int32)
    buffer = np.empty(inverse.shape[0])
    row = np.empty(inverse.shape[0])
    scaled = np.empty(largest)
    for t in range(part, bounds.size - 1, parts):
        s = bounds[t]
        e = bounds[t + 1]
        v0 = vfirst[s]
        _load(first, rfirst, split, rows, vfirst, s, e, 0, 1, near, panels, start, who, where)
        for z in range(v0, vfirst[e]):
            scaled[z - v0] = vals[z]
            out[z] = 0.0
        for d in range(s, e):
            divide(scaled, vfirst[d] - v0, panels[d - s, 1], panels[d - s, 2])
        for r in range(inverse.shape[0]):
            if start[r] == start[r + 1]:
                continue
            row[: r + 1] = inverse[r, : r + 1]
            for z in range(start[r], start[r + 1]):
                d = who[z]
                size = np.uint64(where[z] + 1)
                i = np.uint64(panels[d, 3])
                a = panels[d, 0]
                _add(scaled, a, panels[d, 1], panels[d, 2], near, i, size, row, buffer, out, v0 + a)


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
