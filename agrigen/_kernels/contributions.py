"""Compiled loops of the mixed-model equations with the place of every contribution remembered.

Faster than agrigen._kernels.equations by an order, for a place (int32) a pair of entries of W
that one record has. Pairs are numbered as the double loop over the entries of each record meets
them. Arguments as in agrigen._kernels.equations.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def count_pairs(records: Any) -> int:
    """Pairs of entries that one record has in the lower triangle."""
    _, rstart, _, _, _, first, column, _ = records
    count = 0
    for r in range(rstart.size - 1):
        begin, end = first[rstart[r]], first[rstart[r + 1]]
        for e in range(begin, end):
            for f in range(begin, end):
                count += column[f] <= column[e]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def pairs_by_column(records: Any, size: int, pairs: int) -> tuple[Integers, Indices, Indices]:
    """Pairs sorted by their column: start, row, number."""
    _, rstart, _, _, _, first, column, _ = records
    start = np.zeros(size + 1, np.int64)
    for r in range(rstart.size - 1):
        begin, end = first[rstart[r]], first[rstart[r + 1]]
        for e in range(begin, end):
            for f in range(begin, end):
                if column[f] <= column[e]:
                    start[column[f] + 1] += 1
    for j in range(size):
        start[j + 1] += start[j]
    place = start[:-1].copy()
    rows = np.empty(pairs, np.int32)
    number = np.empty(pairs, np.int32)
    k = 0
    for r in range(rstart.size - 1):
        begin, end = first[rstart[r]], first[rstart[r + 1]]
        for e in range(begin, end):
            for f in range(begin, end):
                if column[f] <= column[e]:
                    p = place[column[f]]
                    rows[p] = column[e]
                    number[p] = k
                    place[column[f]] += 1
                    k += 1
    return start, rows, number


@njit(cache=True, nogil=True, error_model="numpy")
def transposed(start: Indices, columns: Indices) -> tuple[Indices, Indices]:
    """Pattern by column of a pattern by row."""
    n = start.size - 1
    tstart = np.zeros(n + 1, np.int32)
    for p in range(columns.size):
        tstart[columns[p] + 1] += 1
    for j in range(n):
        tstart[j + 1] += tstart[j]
    place = tstart[:-1].copy()
    rows = np.empty(columns.size, np.int32)
    for i in range(n):
        for p in range(start[i], start[i + 1]):
            rows[place[columns[p]]] = i
            place[columns[p]] += 1
    return tstart, rows


@njit(cache=True, nogil=True, error_model="numpy")
def merge(
    begin: int,
    end: int,
    pinned: Flags,
    block: Any,
    pairs: Any,
    mark: Indices,
    place: Integers,
    columns: Indices,
    places: Indices,
) -> None:
    """Column by column, the rows that meet it; `block` by column, place = next of each row.

    With an empty `columns` rows are only counted, in `place`. Otherwise columns are written,
    which sorts them within rows, and `places` of the pairs.
    """
    offset, width, kstart, krows = block
    pstart, prows, number = pairs
    write = columns.size > 0
    for j in range(begin, end):
        mark[j] = j
        if write:
            columns[place[j]] = j
        place[j] += 1
        if width > 0 and not pinned[j]:
            level = (j - offset) // width
            for p in range(kstart[level], kstart[level + 1]):
                top = offset + krows[p] * width
                for i in range(max(top, j + 1), top + width):
                    if not pinned[i]:
                        mark[i] = j
                        if write:
                            columns[place[i]] = j
                        place[i] += 1
        for p in range(pstart[j], pstart[j + 1]):
            i = prows[p]
            if mark[i] != j:
                mark[i] = j
                if write:
                    columns[place[i]] = j
                place[i] += 1
            if write:
                places[number[p]] = place[i] - 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_records(records: Any, rinv: Floats, places: Indices, out: Floats) -> None:
    """out += W' R^-1 W."""
    _, rstart, trait, group, weight, first, column, value = records
    k = 0
    for r in range(rstart.size - 1):
        a, b = rstart[r], rstart[r + 1]
        for o in range(a, b):
            for e in range(first[o], first[o + 1]):
                scale = weight[r] * value[e]
                for q in range(a, b):
                    factor = scale * rinv[group[r], trait[o], trait[q]]
                    for f in range(first[q], first[q + 1]):
                        if column[f] <= column[e]:
                            out[places[k]] += factor * value[f]
                            k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def trace_records(records: Any, z: Floats, places: Indices, out: Floats) -> None:
    """Adjoint of `fill_records`: out (patterns, traits, traits) += weight * W_t z W_t'."""
    _, rstart, trait, group, weight, first, column, value = records
    k = 0
    for r in range(rstart.size - 1):
        a, b = rstart[r], rstart[r + 1]
        for o in range(a, b):
            for e in range(first[o], first[o + 1]):
                scale = weight[r] * value[e]
                for q in range(a, b):
                    below = 0.0
                    here = 0.0
                    for f in range(first[q], first[q + 1]):
                        if column[f] < column[e]:
                            below += value[f] * z[places[k]]
                            k += 1
                        elif column[f] == column[e]:
                            here += value[f] * z[places[k]]
                            k += 1
                    out[group[r], trait[o], trait[q]] += scale * (below + here)
                    out[group[r], trait[q], trait[o]] += scale * below


@njit(cache=True, nogil=True, error_model="numpy")
def fill_block(
    begin: int, end: int, pattern: Any, pinned: Flags, block: Any, precision: Floats, out: Floats
) -> None:
    """out += K^-1 (x) G^-1 in rows begin to end; 1 on the diagonal of pinned rows."""
    start, columns = pattern
    offset, width, kstart, kcolumns, kvalues = block
    for i in range(begin, end):
        if pinned[i]:
            out[start[i + 1] - 1] = 1.0
        elif width > 0:
            level = (i - offset) // width
            c = (i - offset) % width
            q = start[i]
            for p in range(kstart[level], kstart[level + 1]):
                left = offset + kcolumns[p] * width
                for d in range(min(width, i - left + 1)):
                    if not pinned[left + d]:
                        while columns[q] != left + d:
                            q += 1
                        out[q] += kvalues[p] * precision[c, d]


@njit(cache=True, nogil=True, error_model="numpy")
def trace_block(
    begin: int, end: int, pattern: Any, pinned: Flags, block: Any, z: Floats, out: Floats
) -> None:
    """Adjoint of `fill_block`: out (width, width) += inverse covariance times z."""
    start, columns = pattern
    offset, width, kstart, kcolumns, kvalues = block
    for i in range(begin, end):
        if pinned[i]:
            continue
        level = (i - offset) // width
        c = (i - offset) % width
        q = start[i]
        for p in range(kstart[level], kstart[level + 1]):
            left = offset + kcolumns[p] * width
            for d in range(min(width, i - left + 1)):
                j = left + d
                if not pinned[j]:
                    while columns[q] != j:
                        q += 1
                    part = kvalues[p] * z[q]
                    out[c, d] += part
                    if j < i:
                        out[d, c] += part
