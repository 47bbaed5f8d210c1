"""Compiled loops of approximate reliabilities. Plain arrays; nothing is checked here.

`records`, `animals` and `meets` are as in agrigen._kernels.gibbs. `keep` is, for every
observation, the root of the share of its information that fixed effects leave.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def leverage(
    records: Any,
    variance: Floats,
    begin: int,
    place: Integers,
    start: Indices,
    columns: Indices,
    inverse: Floats,
    out: Floats,
) -> None:
    """out = variance of each fitted value of the fixed effects over the residual variance.

    `inverse` holds entries of (X' R^-1 X)^-1 at (start, columns), its lower triangle; `place` the
    row of every fixed column, -1 pinned; `variance` (patterns, traits).
    """
    rstart, trait, first, column, value, pattern, weight = records
    for r in range(rstart.size - 1):
        for a in range(rstart[r], rstart[r + 1]):
            total = 0.0
            for k in range(first[a], first[a + 1]):
                if column[k] < begin or place[column[k] - begin] < 0:
                    continue
                i = place[column[k] - begin]
                for m in range(first[a], first[a + 1]):
                    if column[m] < begin or place[column[m] - begin] < 0:
                        continue
                    j = place[column[m] - begin]
                    row = max(i, j)
                    low = start[row]
                    q = low + np.searchsorted(columns[low : start[row + 1]], min(i, j))
                    total += value[k] * value[m] * inverse[q]
            out[a] = total * weight[r] / variance[pattern[r], trait[a]]


@njit(cache=True, nogil=True, error_model="numpy")
def level_information(
    records: Any, rinv: Floats, keep: Floats, offset: int, width: int, out: Floats
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
                    s = weight[r] * rinv[pattern[r], trait[a], trait[b]]
                    s *= keep[a] * keep[b] * value[k]
                    for m in range(first[b], first[b + 1]):
                        if left <= column[m] < left + width:
                            out[level, c, column[m] - left] += s * value[m]


@njit(cache=True, nogil=True, error_model="numpy")
def _room(shares: Floats, needed: int) -> Floats:
    """The same array, larger where needed."""
    if needed <= shares.shape[0]:
        return shares
    larger = np.zeros((2 * needed, shares.shape[1], shares.shape[2]))
    larger[: shares.shape[0]] = shares
    return larger


@njit(cache=True, nogil=True, error_model="numpy")
def absorb(
    records: Any,
    rinv: Floats,
    keep: Floats,
    meets: Any,
    block: int,
    offsets: Integers,
    widths: Integers,
    inverses: Floats,
    places: Integers,
    out: Floats,
) -> None:
    """Take from each level's information what other random levels explain as well.

    Blocks of the model follow each other: offsets (one more than blocks) and widths; the inverse
    of the information of level m of block c is the square at places[c] + m * width * width of
    `inverses`. Blocks are absorbed one after the other, each what the ones before have left.
    """
    rstart, trait, first, column, value, pattern, weight = records
    start, record = meets
    blocks = widths.size
    width = widths[block]
    most = widths.max()
    shares = np.zeros((16, width, most))
    level_of = np.empty(16, np.int64)
    block_of = np.empty(16, np.int64)
    slot_of = np.full(offsets[blocks], -1, np.int64)  # by the first equation of a level
    for level in range(out.shape[0]):
        if start[level] == start[level + 1]:
            continue
        left = offsets[block] + level * width
        slots = 0
        for q in range(start[level], start[level + 1]):
            r = record[q]
            for a in range(rstart[r], rstart[r + 1]):
                for k in range(first[a], first[a + 1]):
                    c = column[k] - left
                    if c < 0 or c >= width:
                        continue
                    for b in range(rstart[r], rstart[r + 1]):
                        s = weight[r] * rinv[pattern[r], trait[a], trait[b]]
                        s *= keep[a] * keep[b] * value[k]
                        for m in range(first[b], first[b + 1]):
                            j = column[m]
                            if j >= offsets[blocks] or left <= j < left + width:
                                continue
                            other = 0
                            while j >= offsets[other + 1]:
                                other += 1
                            inside = (j - offsets[other]) // widths[other]
                            base = offsets[other] + inside * widths[other]
                            if slot_of[base] < 0:
                                slot_of[base] = slots
                                shares = _room(shares, slots + 1)
                                if slots == level_of.size:
                                    level_of = np.append(level_of, np.zeros_like(level_of))
                                    block_of = np.append(block_of, np.zeros_like(block_of))
                                level_of[slots] = inside
                                block_of[slots] = other
                                shares[slots] = 0.0
                                slots += 1
                            shares[slot_of[base], c, j - base] += s * value[m]
        whole = 0.0
        for c in range(width):
            whole += out[level, c, c]
        for other in range(blocks):
            left_over = 0.0
            for c in range(width):
                left_over += out[level, c, c]
            f = (left_over / whole) ** 2 if whole > 0.0 else 0.0
            for slot in range(slots):
                if block_of[slot] != other:
                    continue
                w = widths[other]
                place = places[other] + level_of[slot] * w * w
                for c in range(width):
                    for d in range(width):
                        total = 0.0
                        for i in range(w):
                            for j in range(w):
                                total += (
                                    shares[slot, c, i]
                                    * inverses[place + i * w + j]
                                    * shares[slot, d, j]
                                )
                        out[level, c, d] -= f * total
        for slot in range(slots):
            other = block_of[slot]
            slot_of[offsets[other] + level_of[slot] * widths[other]] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def _invert(a: Floats, out: Floats) -> None:
    """out = inverse of a positive definite matrix, by sweeps; 0 for rows without information."""
    q = a.shape[0]
    out[:, :] = a
    for c in range(q):
        pivot = out[c, c]
        if pivot <= 0.0:
            out[c, :] = 0.0
            out[:, c] = 0.0
            continue
        for j in range(q):
            if j != c:
                f = out[c, j] / pivot
                for k in range(q):
                    if k != c:
                        out[j, k] -= f * out[c, k]
        for j in range(q):
            if j != c:
                out[c, j] /= pivot
                out[j, c] = out[c, j]
        out[c, c] = -1.0 / pivot
    for c in range(q):
        for k in range(q):
            out[c, k] = -out[c, k]


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_up(
    animals: Any, g: Floats, total: Floats, down: Floats, to_sire: Floats, to_dam: Floats
) -> None:
    """Offspring tell their parents, the youngest first.

    down, to_sire, to_dam (animals, q, q): what an animal's link to its parents says about it and
    about each of them; total (levels, q, q): all that is known about a level.
    """
    sire, dam, w, v, precision = animals
    q = g.shape[0]
    work = np.zeros((2, q, q))
    own = np.zeros((q, q))
    rest = np.zeros((q, q))
    n = sire.size
    for i in range(n - 1, -1, -1):
        for side in range(2):
            parent = sire[i] if side == 0 else dam[i]
            if parent < 0 or parent >= n:
                continue
            other = dam[i] if side == 0 else sire[i]
            share = w if side == 0 else v
            mine = to_sire if side == 0 else to_dam
            theirs = to_dam if side == 0 else to_sire
            # The link seen from the parent: Mendelian sampling and the other parent ...
            for c in range(q):
                for k in range(q):
                    rest[c, k] = g[c, k] / precision[i]
                    own[c, k] = total[i, c, k] - down[i, c, k]
            if 0 <= other < n and other != parent:
                for c in range(q):
                    for k in range(q):
                        work[0, c, k] = total[other, c, k] - theirs[i, c, k]
                _invert(work[0], work[1])
                other_share = v if side == 0 else w
                for c in range(q):
                    for k in range(q):
                        rest[c, k] += other_share * other_share * work[1, c, k]
            # ... between it and what is known of the offspring J: J - J (J + rest^-1)^-1 J.
            _invert(rest, work[0])
            for c in range(q):
                for k in range(q):
                    work[0, c, k] += own[c, k]
            _invert(work[0], work[1])
            for c in range(q):
                for k in range(q):
                    value = own[c, k]
                    for a in range(q):
                        for b in range(q):
                            value -= own[c, a] * work[1, a, b] * own[b, k]
                    value *= share * share
                    total[parent, c, k] += value - mine[i, c, k]
                    mine[i, c, k] = value


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_down(
    animals: Any, g: Floats, total: Floats, down: Floats, to_sire: Floats, to_dam: Floats
) -> float:
    """Parents tell their offspring, the oldest first; largest relative change."""
    sire, dam, w, v, precision = animals
    q = g.shape[0]
    n = sire.size
    work = np.zeros((2, q, q))
    rest = np.zeros((q, q))
    change = 0.0
    for i in range(n):
        for c in range(q):
            for k in range(q):
                rest[c, k] = g[c, k] / precision[i]
        for side in range(2):
            parent = sire[i] if side == 0 else dam[i]
            if parent < 0 or parent >= n:
                continue
            share = w if side == 0 else v
            mine = to_sire if side == 0 else to_dam
            for c in range(q):
                for k in range(q):
                    work[0, c, k] = total[parent, c, k] - mine[i, c, k]
            _invert(work[0], work[1])
            for c in range(q):
                for k in range(q):
                    rest[c, k] += share * share * work[1, c, k]
        _invert(rest, work[0])
        for c in range(q):
            for k in range(q):
                step = work[0, c, k] - down[i, c, k]
                if c == k and total[i, c, c] > 0.0:
                    change = max(change, abs(step) / total[i, c, c])
                total[i, c, k] += step
                down[i, c, k] = work[0, c, k]
    return change


@njit(cache=True, nogil=True, error_model="numpy")
def without_negative(pinned: Flags, out: Floats) -> None:
    """Information below zero, left by absorbing too much, is none."""
    for level in range(out.shape[0]):
        for c in range(out.shape[1]):
            if out[level, c, c] <= 0.0 or pinned[level, c]:
                out[level, c, :] = 0.0
                out[level, :, c] = 0.0
