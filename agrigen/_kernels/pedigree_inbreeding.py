"""Compiled loops of inbreeding: relationships of sires with their mates, several sires at a time.

Grouping by sire: Sargolzaei, Iwaisaki and Colleau 2005. Only parents are visited, renumbered by
generation so that they lie together in memory; metafounders come first. Sires of one generation
need no inbreeding that another of them gives: F of every parent of an ancestor belongs to an
earlier generation's matings. So they share passes, and threads.
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

LANES = 8
"""Sires handled in one pass: eight float64 fill one AVX-512 register."""

SORT_BELOW = 8
"""Sort a list of animals when the range it spans is this many times longer; sweep it otherwise."""


@njit(cache=True, nogil=True, error_model="numpy")
def _parents(sire: Indices, dam: Indices, groups: int) -> tuple[Flags, Indices]:
    """Which levels (animals, then groups) are parents, and the generation of each animal."""
    n = sire.size
    is_parent = np.zeros(n + groups, np.bool_)
    generation = np.zeros(n, np.int32)
    for i in range(n):
        g = 0
        for p in (sire[i], dam[i]):
            if p >= 0:
                is_parent[p] = True
                if p < n:
                    g = max(g, generation[p] + 1)
        generation[i] = g
    return is_parent, generation


@njit(cache=True, nogil=True, error_model="numpy")
def compact(sire: Indices, dam: Indices, groups: int) -> tuple[Indices, Indices, Indices, Integers]:
    """Parents only, groups first, then by generation.

    Returns the new number of each level (-1: no parent of anybody), sires and dams in the new
    numbers, and where each generation starts (the groups are the first).
    """
    n = sire.size
    is_parent, generation = _parents(sire, dam, groups)
    deepest = 0
    for i in range(n):
        if is_parent[i]:
            deepest = max(deepest, generation[i])
    begin = np.zeros(deepest + 3, np.int64)
    begin[1] = groups
    for i in range(n):
        if is_parent[i]:
            begin[generation[i] + 2] += 1
    for g in range(deepest + 2):
        begin[g + 1] += begin[g]
    place = begin[1:].copy()
    number = np.full(n + groups, -1, np.int32)
    for g in range(groups):
        number[n + g] = g
    parents = begin[deepest + 2]
    psire = np.full(parents, -1, np.int32)
    pdam = np.full(parents, -1, np.int32)
    for i in range(n):
        if is_parent[i]:
            k = place[generation[i]]
            place[generation[i]] += 1
            number[i] = k
            if sire[i] >= 0:
                psire[k] = number[sire[i]]
            if dam[i] >= 0:
                pdam[k] = number[dam[i]]
    return number, psire, pdam, begin


@njit(cache=True, nogil=True, error_model="numpy")
def matings(
    sire: Indices, dam: Indices, number: Indices, parents: int
) -> tuple[Integers, Indices, Indices]:
    """Offspring of each sire with two known parents, in CSR form: start, offspring, their dams."""
    start = np.zeros(parents + 1, np.int64)
    for i in range(sire.size):
        if sire[i] >= 0 and dam[i] >= 0:
            start[number[sire[i]] + 1] += 1
    for k in range(parents):
        start[k + 1] += start[k]
    place = start[:-1].copy()
    offspring = np.empty(start[parents], np.int32)
    mates = np.empty(start[parents], np.int32)
    for i in range(sire.size):
        if sire[i] >= 0 and dam[i] >= 0:
            k = number[sire[i]]
            offspring[place[k]] = i
            mates[place[k]] = number[dam[i]]
            place[k] += 1
    return start, offspring, mates


@njit(cache=True, nogil=True, error_model="numpy")
def batches(start: Integers, begin: Integers) -> tuple[Indices, Integers, Integers]:
    """Sires with offspring; where each batch of them starts; at which batch a generation starts."""
    parents = start.size - 1
    sires = np.empty(parents, np.int32)
    first = np.empty(parents + 1, np.int64)
    of_generation = np.zeros(begin.size, np.int64)
    count = 0
    made = 0
    for g in range(begin.size - 1):
        size = LANES  # a new generation opens a new batch
        for k in range(begin[g], begin[g + 1]):
            if start[k] == start[k + 1]:
                continue
            if size == LANES:
                first[made] = count
                made += 1
                size = 0
            sires[count] = k
            count += 1
            size += 1
        of_generation[g + 1] = made
    first[made] = count
    return sires[:count].copy(), first[: made + 1].copy(), of_generation


@njit(cache=True, nogil=True, error_model="numpy")
def _with_ancestors(
    found: Indices, count: int, mark: Indices, stamp: int, sire: Indices, dam: Indices
) -> int:
    """Extend found[:count] (already stamped) by every ancestor; sorted ascending."""
    top = 0
    low = found[0]
    for q in range(count):
        top = max(top, found[q])
    q = 0
    while q < count:
        j = found[q]
        low = min(low, j)
        q += 1
        for p in (sire[j], dam[j]):
            if p >= 0 and mark[p] != stamp:
                mark[p] = stamp
                found[count] = p
                count += 1
    if count * SORT_BELOW < top - low:
        found[:count] = np.sort(found[:count])
    else:
        q = 0
        for j in range(low, top + 1):
            if mark[j] == stamp:
                found[q] = j
                q += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _up(
    found: Indices, size: int, sire: Indices, dam: Indices, f: Floats, gamma: Floats, work: Floats
) -> None:
    """work = D T' e over the ancestors found, from the youngest to the oldest."""
    groups = gamma.shape[0]
    for r in range(size - 1, -1, -1):
        j = found[r]
        if j < groups:
            break
        s = sire[j]
        d = dam[j]
        mendelian = 1.0
        if s >= 0:
            mendelian -= 0.25 * (1.0 + f[s])
            for q in range(LANES):
                work[s, q] += 0.5 * work[j, q]
        if d >= 0:
            mendelian -= 0.25 * (1.0 + f[d])
            for q in range(LANES):
                work[d, q] += 0.5 * work[j, q]
        for q in range(LANES):
            work[j, q] *= mendelian
    for q in range(LANES if groups else 0):
        given = work[:groups, q].copy()
        for g in range(groups):
            total = 0.0
            for h in range(groups):
                total += gamma[g, h] * given[h]
            work[g, q] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _down(found: Indices, size: int, sire: Indices, dam: Indices, work: Floats) -> None:
    """work = T work over the animals found, from the oldest to the youngest."""
    for r in range(size):
        j = found[r]
        s = sire[j]
        d = dam[j]
        if s >= 0:
            for q in range(LANES):
                work[j, q] += 0.5 * work[s, q]
        if d >= 0:
            for q in range(LANES):
                work[j, q] += 0.5 * work[d, q]


@njit(cache=True, nogil=True, error_model="numpy")
def handle(
    from_batch: int,
    to_batch: int,
    sires: Indices,
    first: Integers,
    start: Integers,
    offspring: Indices,
    mates: Indices,
    sire: Indices,
    dam: Indices,
    number: Indices,
    gamma: Floats,
    pf: Floats,
    f: Floats,
    work: Floats,
    mark: Indices,
    found: Indices,
) -> None:
    """F of the offspring of some batches of sires, half the relationship of their parents.

    Lane q of `work` holds A times the unit vector of the batch's sire q.
    """
    groups = gamma.shape[0]
    for b in range(from_batch, to_batch):
        stamp = b + 1  # batches of one thread ascend, so old marks never match
        lanes = first[b + 1] - first[b]
        size = 0
        for q in range(lanes):
            k = sires[first[b] + q]
            mark[k] = stamp
            found[size] = k
            size += 1
            work[k, q] = 1.0
        for g in range(groups):
            if mark[g] != stamp:
                mark[g] = stamp
                found[size] = g
                size += 1
        size = _with_ancestors(found, size, mark, stamp, sire, dam)
        _up(found, size, sire, dam, pf, gamma, work)
        # Down over the ancestors of the sires and of all their mates.
        for q in range(lanes):
            k = sires[first[b] + q]
            for r in range(start[k], start[k + 1]):
                d = mates[r]
                if mark[d] != stamp:
                    mark[d] = stamp
                    found[size] = d
                    size += 1
        size = _with_ancestors(found, size, mark, stamp, sire, dam)
        _down(found, size, sire, dam, work)
        for q in range(lanes):
            k = sires[first[b] + q]
            for r in range(start[k], start[k + 1]):
                i = offspring[r]
                f[i] = 0.5 * work[mates[r], q]
                if number[i] >= 0:
                    pf[number[i]] = f[i]
        for r in range(size):
            for q in range(LANES):
                work[found[r], q] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def mendelian_variance(
    sire: Indices, dam: Indices, w: float, v: float, own: Floats
) -> tuple[Floats, float]:
    """Variance an animal does not inherit, in units of A, and the sum of its logarithms.

    `own` is the relationship of each level with itself, 1 + F.
    """
    n = sire.size
    out = np.ones(n)
    logs = 0.0
    for i in range(n):
        if sire[i] >= 0:
            out[i] -= w * w * own[sire[i]]
        if dam[i] >= 0:
            out[i] -= v * v * own[dam[i]]
        logs += np.log(out[i])
    return out, logs
