"""Compiled loops of the iterative solver: products with the equations, which are never formed.

Every kernel works on a part, begin to end, of its records or levels and adds to its own y, so that
parts run on threads and still give the same bits. Products return x' C x of their part, which
conjugate gradients need anyway. Nothing is checked here.

Arguments that many kernels share: `records` = (start, trait, first, column, value, pattern,
weight), see agrigen.evaluation.arrays.Records; `animals` = (sire, dam, w, v, precision), where w
and v are what an animal inherits of its parents; `ginv`, the inverse covariance of a block.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def records_one(
    begin: int,
    end: int,
    records: Any,
    rinv: Floats,
    x: Floats,
    y: Floats,
) -> float:
    """y += W' R^-1 W x of single-trait records; rinv: one number a pattern."""
    _, _, first, column, value, pattern, weight = records
    energy = 0.0
    for r in range(begin, end):
        e = 0.0
        for k in range(first[r], first[r + 1]):
            e += value[k] * x[column[k]]
        v = weight[r] * rinv[pattern[r]] * e
        energy += v * e
        for k in range(first[r], first[r + 1]):
            y[column[k]] += value[k] * v
    return energy


@njit(cache=True, nogil=True, error_model="numpy")
def records_many(
    begin: int,
    end: int,
    records: Any,
    rinv: Floats,
    x: Floats,
    y: Floats,
) -> float:
    """The same for several traits; rinv: (patterns, traits, traits)."""
    start, trait, first, column, value, pattern, weight = records
    e = np.empty(rinv.shape[1])
    energy = 0.0
    for r in range(begin, end):
        for a in range(start[r], start[r + 1]):
            total = 0.0
            for k in range(first[a], first[a + 1]):
                total += value[k] * x[column[k]]
            e[a - start[r]] = total
        for a in range(start[r], start[r + 1]):
            v = 0.0
            for b in range(start[r], start[r + 1]):
                v += rinv[pattern[r], trait[a], trait[b]] * e[b - start[r]]
            v *= weight[r]
            energy += v * e[a - start[r]]
            for k in range(first[a], first[a + 1]):
                y[column[k]] += value[k] * v
    return energy


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    records: Any,
    rinv: Floats,
    data: Floats,
    y: Floats,
) -> None:
    """y += W' R^-1 data; data: one value an observation."""
    start, trait, first, column, value, pattern, weight = records
    for r in range(start.size - 1):
        for a in range(start[r], start[r + 1]):
            v = 0.0
            for b in range(start[r], start[r + 1]):
                v += rinv[pattern[r], trait[a], trait[b]] * data[b]
            v *= weight[r]
            for k in range(first[a], first[a + 1]):
                y[column[k]] += value[k] * v


@njit(cache=True, nogil=True, error_model="numpy")
def fitted(
    first: Integers, column: Indices, value: Floats, x: Floats, limit: int, out: Floats
) -> None:
    """out += W x, of the unknowns below limit."""
    for a in range(first.size - 1):
        for k in range(first[a], first[a + 1]):
            if column[k] < limit:
                out[a] += value[k] * x[column[k]]


@njit(cache=True, nogil=True, error_model="numpy")
def pedigree_one(
    begin: int,
    end: int,
    animals: Any,
    ginv: float,
    x: Floats,
    y: Floats,
) -> float:
    """y += sum over animals begin to end of precision t t' x ginv; x, y: levels of the block."""
    sire, dam, w, v, precision = animals
    energy = 0.0
    for i in range(begin, end):
        s = sire[i]
        d = dam[i]
        r = x[i]
        if s >= 0:
            r -= w * x[s]
        if d >= 0:
            r -= v * x[d]
        part = r * precision[i] * ginv
        energy += part * r
        y[i] += part
        if s >= 0:
            y[s] -= w * part
        if d >= 0:
            y[d] -= v * part
    return energy


@njit(cache=True, nogil=True, error_model="numpy")
def pedigree_many(
    begin: int,
    end: int,
    animals: Any,
    ginv: Floats,
    x: Floats,
    y: Floats,
) -> float:
    """The same for several components; x, y: (levels, width)."""
    sire, dam, w, v, precision = animals
    width = ginv.shape[0]
    r = np.empty(width)
    energy = 0.0
    for i in range(begin, end):
        s = sire[i]
        d = dam[i]
        for c in range(width):
            r[c] = x[i, c]
            if s >= 0:
                r[c] -= w * x[s, c]
            if d >= 0:
                r[c] -= v * x[d, c]
        for c in range(width):
            part = 0.0
            for k in range(width):
                part += ginv[c, k] * r[k]
            part *= precision[i]
            energy += part * r[c]
            y[i, c] += part
            if s >= 0:
                y[s, c] -= w * part
            if d >= 0:
                y[d, c] -= v * part
    return energy


@njit(cache=True, nogil=True, error_model="numpy")
def independent(begin: int, end: int, ginv: Floats, x: Floats, y: Floats) -> float:
    """y += ginv x, level by level; x, y: (levels, width)."""
    energy = 0.0
    for i in range(begin, end):
        for c in range(ginv.shape[0]):
            part = 0.0
            for k in range(ginv.shape[0]):
                part += ginv[c, k] * x[i, k]
            energy += part * x[i, c]
            y[i, c] += part
    return energy


@njit(cache=True, nogil=True, error_model="numpy")
def inverse_diagonal(animals: Any, out: Floats) -> None:
    """out += diagonal of the sum of precision t t'."""
    sire, dam, w, v, precision = animals
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        out[i] += precision[i]
        if s >= 0 and s == d:
            out[s] += (w + v) * (w + v) * precision[i]
            continue
        if s >= 0:
            out[s] += w * w * precision[i]
        if d >= 0:
            out[d] += v * v * precision[i]


@njit(cache=True, nogil=True, error_model="numpy")
def level_blocks(
    records: Any,
    rinv: Floats,
    offset: int,
    width: int,
    out: Floats,
) -> None:
    """out (levels, width, width) += what the records say about each level of one block."""
    start, trait, first, column, value, pattern, weight = records
    stop = offset + out.shape[0] * width
    for r in range(start.size - 1):
        for a in range(start[r], start[r + 1]):
            for k in range(first[a], first[a + 1]):
                if column[k] < offset or column[k] >= stop:
                    continue
                level = (column[k] - offset) // width
                c = (column[k] - offset) % width
                left = offset + level * width
                for b in range(start[r], start[r + 1]):
                    factor = weight[r] * rinv[pattern[r], trait[a], trait[b]] * value[k]
                    for m in range(first[b], first[b + 1]):
                        if left <= column[m] < left + width:
                            out[level, c, column[m] - left] += factor * value[m]


@njit(cache=True, nogil=True, error_model="numpy")
def add_prior(diagonal: Floats, ginv: Floats, pinned: Flags, out: Floats) -> None:
    """out += diagonal of K^-1 times G^-1; pinned components are cut off."""
    width = ginv.shape[0]
    for i in range(out.shape[0]):
        for c in range(width):
            for k in range(width):
                out[i, c, k] += diagonal[i] * ginv[c, k]
        for c in range(width):
            if pinned[i * width + c]:
                out[i, c, :] = 0.0
                out[i, :, c] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def invert_blocks(out: Floats) -> None:
    """Invert each symmetric block in place; rows without a positive pivot become zero.

    Gauss-Jordan sweeps (the blocks are tiny and positive definite).
    """
    width = out.shape[1]
    for i in range(out.shape[0]):
        block = out[i]
        for c in range(width):
            pivot = block[c, c]
            if pivot <= 0.0:
                block[c, :] = 0.0
                block[:, c] = 0.0
                continue
            for j in range(width):
                if j != c and block[c, j] != 0.0:
                    f = block[c, j] / pivot
                    for k in range(width):
                        if k != c:
                            block[j, k] -= f * block[c, k]
            for j in range(width):
                if j != c:
                    block[c, j] /= pivot
                    block[j, c] = block[c, j]
            block[c, c] = -1.0 / pivot
        for c in range(width):
            for k in range(width):
                block[c, k] = -block[c, k]


@njit(cache=True, nogil=True, error_model="numpy")
def advance_one(
    begin: int,
    end: int,
    step: float,
    inverse: Floats,
    p: Floats,
    x: Floats,
    r: Floats,
    q: Floats,
    other: Floats,
) -> tuple[float, float]:
    """x += step p; r -= step (q + other); q = inverse r. Returns r'r and r'q."""
    rr = 0.0
    rz = 0.0
    for i in range(begin, end):
        x[i] += step * p[i]
        e = r[i] - step * (q[i] + other[i])
        r[i] = e
        z = inverse[i] * e
        q[i] = z
        rr += e * e
        rz += e * z
    return rr, rz


@njit(cache=True, nogil=True, error_model="numpy")
def advance_many(
    begin: int,
    end: int,
    step: float,
    inverse: Floats,
    p: Floats,
    x: Floats,
    r: Floats,
    q: Floats,
    other: Floats,
) -> tuple[float, float]:
    """The same for blocks: inverse (levels, width, width), vectors (levels, width)."""
    width = inverse.shape[1]
    rr = 0.0
    rz = 0.0
    for i in range(begin, end):
        for c in range(width):
            x[i, c] += step * p[i, c]
            e = r[i, c] - step * (q[i, c] + other[i, c])
            r[i, c] = e
            rr += e * e
        for c in range(width):
            z = 0.0
            for k in range(width):
                z += inverse[i, c, k] * r[i, k]
            q[i, c] = z
            rz += r[i, c] * z
    return rr, rz


@njit(cache=True, nogil=True, error_model="numpy")
def turn(begin: int, end: int, beta: float, p: Floats, q: Floats, other: Floats) -> None:
    """p = q + beta p; q and other are cleared for the next product."""
    for i in range(begin, end):
        p[i] = q[i] + beta * p[i]
        q[i] = 0.0
        other[i] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _find(keys: Integers, key: int) -> int:
    """Where a key is, or the free place where it belongs."""
    mask = keys.size - 1
    place = ((key * 0x9E3779B97F4A7C1) >> 23) & mask
    while keys[place] != -1 and keys[place] != key:
        place = (place + 1) & mask
    return place


@njit(cache=True, nogil=True, error_model="numpy")
def fixed_products(
    records: Any,
    patterns: int,
    begin: int,
    pinned: Flags,
    most: int,
) -> tuple[Integers, Floats]:
    """Weighted cross products of the fixed columns, those of each pattern for itself.

    Keys are (i * size + j) * patterns + pattern for columns i >= j, counted from `begin`; both
    results are empty when there are more than `most`.
    """
    start, _, first, column, value, pattern, weight = records
    size = pinned.size - begin
    keys = np.full(1 << 12, -1, np.int64)
    sums = np.zeros(1 << 12)
    found = 0
    for r in range(start.size - 1):
        low = first[start[r]]
        high = first[start[r + 1]]
        for k in range(low, high):
            i = np.int64(column[k]) - begin
            if i < 0 or pinned[column[k]]:
                continue
            for m in range(low, high):
                j = np.int64(column[m]) - begin
                if j < 0 or j > i or pinned[column[m]]:
                    continue
                key = (i * size + j) * patterns + pattern[r]
                place = _find(keys, key)
                if keys[place] == -1:
                    keys[place] = key
                    found += 1
                    if found > most:
                        return np.empty(0, np.int64), np.empty(0)
                sums[place] += weight[r] * value[k] * value[m]
                if 2 * found > keys.size:
                    old_keys = keys
                    old_sums = sums
                    keys = np.full(2 * old_keys.size, -1, np.int64)
                    sums = np.zeros(2 * old_keys.size)
                    for q in range(old_keys.size):
                        if old_keys[q] != -1:
                            place = _find(keys, old_keys[q])
                            keys[place] = old_keys[q]
                            sums[place] = old_sums[q]
    there = np.flatnonzero(keys >= 0)
    return keys[there], sums[there]
