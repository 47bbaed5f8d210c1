"""Compiled loops of the mixed-model equations: pattern, values and their adjoint.

Row i of the lower triangle collects what the records that meet unknown i say about unknowns
j <= i, and one row of the inverse covariance of its block. `symbolic`, `fill` and `trace` walk
through the same contributions. Nothing is checked here.

Arguments that many kernels share: `block` = (offset, width, start, columns, values) with the
lower triangle of the inverse covariance among the levels (width 0: fixed unknowns); `meets` =
(start, observation, value), the entries of W by column; `records` = (record of observation,
start, trait, pattern, weight, first, column, value), see agrigen.evaluation.arrays.Records.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def without_pinned(
    first: Integers, column: Indices, value: Floats, pinned: Flags
) -> tuple[Integers, Indices, Floats]:
    """Rows of W without the entries of pinned unknowns."""
    start = np.zeros_like(first)
    columns = np.empty_like(column)
    values = np.empty_like(value)
    free = 0
    for o in range(first.size - 1):
        for e in range(first[o], first[o + 1]):
            if not pinned[column[e]]:
                columns[free] = column[e]
                values[free] = value[e]
                free += 1
        start[o + 1] = free
    return start, columns[:free].copy(), values[:free].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def by_column(
    first: Integers, column: Indices, value: Floats, size: int
) -> tuple[Integers, Indices, Floats]:
    """Entries of W by column: start, observation, value."""
    start = np.zeros(size + 1, np.int64)
    for e in range(column.size):
        start[column[e] + 1] += 1
    for j in range(size):
        start[j + 1] += start[j]
    place = start[:-1].copy()
    observation = np.empty(column.size, np.int32)
    values = np.empty(column.size)
    for o in range(first.size - 1):
        for e in range(first[o], first[o + 1]):
            p = place[column[e]]
            observation[p] = o
            values[p] = value[e]
            place[column[e]] += 1
    return start, observation, values


@njit(cache=True, nogil=True, error_model="numpy")
def record_of(start: Integers) -> Indices:
    """The record of each observation."""
    out = np.empty(start[-1], np.int32)
    for r in range(start.size - 1):
        out[start[r] : start[r + 1]] = r
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def symbolic(
    begin: int,
    end: int,
    pinned: Flags,
    block: Any,
    meets: Any,
    records: Any,
    mark: Indices,
    counts: Integers,
    start: Integers,
    columns: Indices,
) -> None:
    """Columns of rows begin to end: counted when `columns` is empty, else written (unsorted)."""
    offset, width, kstart, kcolumns, _ = block
    cstart, observation, _ = meets
    record, rstart, _, _, _, first, column, _ = records
    write = columns.size > 0
    for i in range(begin, end):
        found = 0
        base = start[i] if write else 0
        mark[i] = i
        if width > 0 and not pinned[i]:
            level = (i - offset) // width
            for p in range(kstart[level], kstart[level + 1]):
                left = offset + kcolumns[p] * width
                for j in range(left, min(left + width, i)):
                    if not pinned[j]:
                        mark[j] = i
                        if write:
                            columns[base + found] = j
                        found += 1
        for p in range(cstart[i], cstart[i + 1]):
            r = record[observation[p]]
            for e in range(first[rstart[r]], first[rstart[r + 1]]):
                j = column[e]
                if j < i and mark[j] != i:
                    mark[j] = i
                    if write:
                        columns[base + found] = j
                    found += 1
        if write:
            columns[base + found] = i
        counts[i] = found + 1


@njit(cache=True, nogil=True, error_model="numpy")
def sort_rows(start: Integers, columns: Indices) -> None:
    """Sort the columns of every row, by transposing twice: linear time."""
    n = start.size - 1
    tstart = np.zeros(n + 1, np.int64)
    for p in range(columns.size):
        tstart[columns[p] + 1] += 1
    for j in range(n):
        tstart[j + 1] += tstart[j]
    place = tstart[:-1].copy()
    rows = np.empty(columns.size, np.int32)
    for i in range(n):
        for p in range(start[i], start[i + 1]):
            j = columns[p]
            rows[place[j]] = i
            place[j] += 1
    place[:] = start[:-1]
    for j in range(n):
        for p in range(tstart[j], tstart[j + 1]):
            i = rows[p]
            columns[place[i]] = j
            place[i] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill(
    begin: int,
    end: int,
    pattern: Any,
    pinned: Flags,
    block: Any,
    precision: Floats,
    meets: Any,
    records: Any,
    rinv: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Values of rows begin to end; `precision` is G^-1 of the block, `work` zeros (size)."""
    start, columns = pattern
    offset, width, kstart, kcolumns, kvalues = block
    cstart, observation, wvalue = meets
    record, rstart, trait, group, weight, first, column, value = records
    for i in range(begin, end):
        if pinned[i]:
            work[i] = 1.0
        elif width > 0:
            level = (i - offset) // width
            c = (i - offset) % width
            for p in range(kstart[level], kstart[level + 1]):
                left = offset + kcolumns[p] * width
                for d in range(min(width, i - left + 1)):
                    work[left + d] += kvalues[p] * precision[c, d]
        for p in range(cstart[i], cstart[i + 1]):
            o = observation[p]
            r = record[o]
            t = trait[o]
            scale = wvalue[p] * weight[r]
            for b in range(rstart[r], rstart[r + 1]):
                factor = scale * rinv[group[r], t, trait[b]]
                for e in range(first[b], first[b + 1]):
                    if column[e] <= i:
                        work[column[e]] += factor * value[e]
        for p in range(start[i], start[i + 1]):
            out[p] = work[columns[p]]
            work[columns[p]] = 0.0
        if width > 0:  # entries in pinned columns are not in the pattern
            level = (i - offset) // width
            for p in range(kstart[level], kstart[level + 1]):
                left = offset + kcolumns[p] * width
                work[left : left + width] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def trace(
    begin: int,
    end: int,
    pattern: Any,
    pinned: Flags,
    block: Any,
    meets: Any,
    records: Any,
    z: Floats,
    work: Floats,
    of_block: Floats,
    of_patterns: Floats,
) -> None:
    """Adjoint of `fill`: add what rows begin to end of a symmetric matrix z give.

    of_block (width, width) += inverse covariance times z; of_patterns (patterns, traits, traits)
    += weight times w z w' of every pair of observations of a record.
    """
    start, columns = pattern
    offset, width, kstart, kcolumns, kvalues = block
    cstart, observation, wvalue = meets
    record, rstart, trait, group, weight, first, column, value = records
    for i in range(begin, end):
        if pinned[i]:
            continue
        for p in range(start[i], start[i + 1]):
            work[columns[p]] = z[p]
        if width > 0:
            level = (i - offset) // width
            c = (i - offset) % width
            for p in range(kstart[level], kstart[level + 1]):
                left = offset + kcolumns[p] * width
                for d in range(min(width, i - left + 1)):
                    j = left + d
                    if pinned[j]:
                        continue
                    part = kvalues[p] * work[j]
                    of_block[c, d] += part
                    if j < i:
                        of_block[d, c] += part
        for p in range(cstart[i], cstart[i + 1]):
            o = observation[p]
            r = record[o]
            t = trait[o]
            scale = wvalue[p] * weight[r]
            for b in range(rstart[r], rstart[r + 1]):
                below = 0.0
                here = 0.0
                for e in range(first[b], first[b + 1]):
                    j = column[e]
                    if j < i:
                        below += value[e] * work[j]
                    elif j == i:
                        here += value[e] * work[j]
                of_patterns[group[r], t, trait[b]] += scale * (below + here)
                of_patterns[group[r], trait[b], t] += scale * below


@njit(cache=True, nogil=True, error_model="numpy")
def fitted(first: Integers, column: Indices, value: Floats, x: Floats, out: Floats) -> None:
    """out = W x for x (unknowns, k), out (observations, k)."""
    for o in range(first.size - 1):
        for k in range(x.shape[1]):
            out[o, k] = 0.0
        for e in range(first[o], first[o + 1]):
            for k in range(x.shape[1]):
                out[o, k] += value[e] * x[column[e], k]


@njit(cache=True, nogil=True, error_model="numpy")
def adjoint(first: Integers, column: Indices, value: Floats, v: Floats, out: Floats) -> None:
    """out += W' v for v (observations, k), out (unknowns, k)."""
    for o in range(first.size - 1):
        for e in range(first[o], first[o + 1]):
            for k in range(v.shape[1]):
                out[column[e], k] += value[e] * v[o, k]


@njit(cache=True, nogil=True, error_model="numpy")
def weighted(records: Any, matrices: Floats, v: Floats, out: Floats, power: int) -> None:
    """out = M v record by record, M = weight ** power times the matrix of its pattern."""
    _, rstart, trait, group, weight, _, _, _ = records
    for r in range(rstart.size - 1):
        scale = weight[r] if power == 1 else 1.0
        for a in range(rstart[r], rstart[r + 1]):
            for k in range(v.shape[1]):
                out[a, k] = 0.0
            for b in range(rstart[r], rstart[r + 1]):
                m = scale * matrices[group[r], trait[a], trait[b]]
                for k in range(v.shape[1]):
                    out[a, k] += m * v[b, k]


@njit(cache=True, nogil=True, error_model="numpy")
def squares(records: Any, e: Floats, out: Floats) -> None:
    """out (patterns, traits, traits) += weight times e e' of every record."""
    _, rstart, trait, group, weight, _, _, _ = records
    for r in range(rstart.size - 1):
        for a in range(rstart[r], rstart[r + 1]):
            for b in range(rstart[r], rstart[r + 1]):
                out[group[r], trait[a], trait[b]] += weight[r] * e[a] * e[b]
