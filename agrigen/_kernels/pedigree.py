"""Compiled pedigree loops: order, inbreeding, A-inverse and products with A.

Arrays in, arrays out, nothing is checked here. `sire` and `dam` are int32 indices with -1 for
unknown; every kernel but `parents_first` needs parents before offspring.
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

LANES = 8
"""Sires handled together by `inbreeding`: eight float64 fill one AVX-512 register."""

SORT_BELOW = 8
"""Sort a list of animals when the range it spans is this many times longer; sweep it otherwise."""


@njit(cache=True, nogil=True, error_model="numpy")
def parents_first(sire: Indices, dam: Indices) -> tuple[Indices, bool]:
    """Order with parents before offspring that changes a valid order in nothing.

    Returns the order and whether a loop was met (then the order is meaningless).
    """
    n = sire.size
    order = np.empty(n, np.int32)
    state = np.zeros(n, np.uint8)  # 0 new, 1 waiting for its parents, 2 placed
    stack = np.empty(2 * n + 1, np.int32)
    placed = 0
    looped = False
    for start in range(n):
        if state[start] != 0:
            continue
        stack[0] = start
        top = 1
        while top > 0:
            i = stack[top - 1]
            if state[i] == 0:
                state[i] = 1
                s = sire[i]
                d = dam[i]
                # The sire is pushed last, so it is placed first.
                for p in (d, s):
                    if p >= 0:
                        if state[p] == 0:
                            stack[top] = p
                            top += 1
                        elif state[p] == 1:
                            looped = True
            else:
                top -= 1
                if state[i] == 1:
                    state[i] = 2
                    order[placed] = i
                    placed += 1
    return order, looped


@njit(cache=True, nogil=True, error_model="numpy")
def generations(sire: Indices, dam: Indices) -> Indices:
    """Longest known path to a founder, per animal."""
    n = sire.size
    out = np.zeros(n, np.int32)
    for i in range(n):
        g = 0
        if sire[i] >= 0:
            g = out[sire[i]] + 1
        if dam[i] >= 0:
            g = max(g, out[dam[i]] + 1)
        out[i] = g
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _progeny_lists(parent: Indices, n: int) -> tuple[Integers, Indices]:
    """Progeny of each parent in CSR form (start, progeny)."""
    start = np.zeros(n + 1, np.int64)
    for i in range(parent.size):
        if parent[i] >= 0:
            start[parent[i] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    progeny = np.empty(start[n], np.int32)
    for i in range(parent.size):
        p = parent[i]
        if p >= 0:
            progeny[place[p]] = i
            place[p] += 1
    return start, progeny


@njit(cache=True, nogil=True, error_model="numpy")
def _with_ancestors(
    found: Indices, count: int, mark: Indices, stamp: int, sire: Indices, dam: Indices
) -> int:
    """Extend found[:count] (already stamped) by every ancestor; sorted ascending."""
    q = 0
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
def _joins(
    s: int,
    batch: Indices,
    count: int,
    in_batch: Flags,
    mark: Indices,
    stamp: int,
    stack: Indices,
    sire: Indices,
    dam: Indices,
) -> bool:
    """Whether sire `s` has no ancestor in the batch, so that every F it needs is known."""
    if count == 0:
        return True
    oldest = batch[0]
    stack[0] = s
    top = 1
    while top > 0:
        top -= 1
        j = stack[top]
        for p in (sire[j], dam[j]):
            if p >= oldest and mark[p] != stamp:
                if in_batch[p]:
                    return False
                mark[p] = stamp
                stack[top] = p
                top += 1
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _sire_batch(
    batch: Indices,
    count: int,
    start: Integers,
    mates: Indices,
    sire: Indices,
    dam: Indices,
    f: Floats,
    work: Floats,
    mark: Indices,
    stamp: int,
    found: Indices,
    related: Floats,
) -> None:
    """Relationship of the batch's sires with their mates, one for each of their progeny.

    Lane q of `work` holds A times unit vector q.
    """
    for q in range(count):
        mark[batch[q]] = stamp
        found[q] = batch[q]
        work[batch[q], q] = 1.0
    size = _with_ancestors(found, count, mark, stamp, sire, dam)
    # Up the pedigree: work = D T' e, from the youngest to the oldest ancestor.
    for r in range(size - 1, -1, -1):
        j = found[r]
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
    # Down again over the ancestors of all mates and of the sires: work = T D T' e.
    for q in range(count):
        for r in range(start[batch[q]], start[batch[q] + 1]):
            d = mates[r]
            if d >= 0 and mark[d] != stamp:
                mark[d] = stamp
                found[size] = d
                size += 1
    size = _with_ancestors(found, size, mark, stamp, sire, dam)
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
    for q in range(count):
        for r in range(start[batch[q]], start[batch[q] + 1]):
            related[r] = work[mates[r], q] if mates[r] >= 0 else 0.0
    for r in range(size):
        for q in range(LANES):
            work[found[r], q] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _parents_only(sire: Indices, dam: Indices) -> tuple[Indices, Indices]:
    """Number of each animal among the parents (-1: none), and the parents."""
    n = sire.size
    number = np.full(n, -1, np.int32)
    for i in range(n):
        if sire[i] >= 0:
            number[sire[i]] = 0
        if dam[i] >= 0:
            number[dam[i]] = 0
    parents = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        if number[i] == 0:
            number[i] = count
            parents[count] = i
            count += 1
    return number, parents[:count].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def inbreeding(sire: Indices, dam: Indices) -> Floats:
    """Inbreeding coefficients, all matings of a sire at once, LANES sires at a time.

    Grouping by sire: Sargolzaei, Iwaisaki and Colleau 2005. Sires share a pass while none of
    them is an ancestor of another: F of every parent of an ancestor is then already known,
    because that parent's own sire was handled in an earlier pass. Only parents are visited,
    renumbered so that they lie together in memory.
    """
    f = np.zeros(sire.size)
    number, parents = _parents_only(sire, dam)
    n = parents.size
    psire = np.full(n, -1, np.int32)
    pdam = np.full(n, -1, np.int32)
    for k in range(n):
        if sire[parents[k]] >= 0:
            psire[k] = number[sire[parents[k]]]
        if dam[parents[k]] >= 0:
            pdam[k] = number[dam[parents[k]]]
    group = np.full(sire.size, -1, np.int32)
    for i in range(sire.size):
        if sire[i] >= 0:
            group[i] = number[sire[i]]
    start, progeny = _progeny_lists(group, n)
    mates = np.full(progeny.size, -1, np.int32)
    for r in range(progeny.size):
        if dam[progeny[r]] >= 0:
            mates[r] = number[dam[progeny[r]]]
    related = np.zeros(progeny.size)
    pf = np.zeros(n)
    work = np.zeros((n, LANES))
    mark = np.zeros(n, np.int32)
    found = np.empty(n + LANES, np.int32)
    stack = np.empty(n + 2, np.int32)
    in_batch = np.zeros(n, np.bool_)
    batch = np.empty(LANES, np.int32)
    count = 0
    stamp = 0
    s = 0
    while s < n or count > 0:
        full = s >= n or count == LANES
        if not full:
            if start[s] == start[s + 1]:
                s += 1
                continue
            stamp += 1
            if _joins(s, batch, count, in_batch, mark, stamp, stack, psire, pdam):
                batch[count] = s
                in_batch[s] = True
                count += 1
                s += 1
            else:
                full = True
        if full:
            stamp += 1
            _sire_batch(
                batch, count, start, mates, psire, pdam, pf, work, mark, stamp, found, related
            )
            for q in range(count):
                in_batch[batch[q]] = False
                for r in range(start[batch[q]], start[batch[q] + 1]):
                    i = progeny[r]
                    f[i] = 0.5 * related[r]
                    if number[i] >= 0:
                        pf[number[i]] = f[i]
            count = 0
    return f


@njit(cache=True, nogil=True, error_model="numpy")
def mendelian_variance(sire: Indices, dam: Indices, f: Floats) -> Floats:
    """Diagonal of D in A = T D T': the variance of Mendelian sampling, in units of A."""
    n = sire.size
    out = np.ones(n)
    for i in range(n):
        if sire[i] >= 0:
            out[i] -= 0.25 * (1.0 + f[sire[i]])
        if dam[i] >= 0:
            out[i] -= 0.25 * (1.0 + f[dam[i]])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _sort_row(cols: Indices, vals: Floats) -> None:
    """Insertion sort of one short row by column."""
    for q in range(1, cols.size):
        c = cols[q]
        v = vals[q]
        r = q - 1
        while r >= 0 and cols[r] > c:
            cols[r + 1] = cols[r]
            vals[r + 1] = vals[r]
            r -= 1
        cols[r + 1] = c
        vals[r + 1] = v


@njit(cache=True, nogil=True, error_model="numpy")
def ainverse_lower(
    sire: Indices, dam: Indices, mendelian: Floats
) -> tuple[Integers, Indices, Floats]:
    """Lower triangle of A-inverse as CSR (start, columns, values), by Henderson's rules."""
    n = sire.size
    start = np.zeros(n + 1, np.int64)
    for i in range(n):
        s = sire[i]
        d = dam[i]
        start[i + 1] += 1 + (s >= 0) + (d >= 0)
        if s >= 0 and d >= 0 and s != d:
            start[max(s, d) + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    cols = np.empty(start[n], np.int32)
    vals = np.empty(start[n])
    diagonal = np.zeros(n)
    for i in range(n):
        s = sire[i]
        d = dam[i]
        b = 1.0 / mendelian[i]
        diagonal[i] += b
        for p in (s, d):
            if p >= 0:
                diagonal[p] += 0.25 * b
                cols[place[i]] = p
                vals[place[i]] = -0.5 * b
                place[i] += 1
        if s >= 0 and d >= 0:
            if s == d:
                diagonal[s] += 0.5 * b
            else:
                r = max(s, d)
                cols[place[r]] = min(s, d)
                vals[place[r]] = 0.25 * b
                place[r] += 1
    # Sort each row, merge equal columns, and close the gaps in place.
    out = 0
    first = np.zeros(n + 1, np.int64)
    for i in range(n):
        a = start[i]
        e = place[i]
        if e - a <= 32:
            _sort_row(cols[a:e], vals[a:e])
        else:
            by_column = np.argsort(cols[a:e], kind="mergesort")
            cols[a:e] = cols[a:e][by_column]
            vals[a:e] = vals[a:e][by_column]
        row = out
        for q in range(a, e):
            if out > row and cols[out - 1] == cols[q]:
                vals[out - 1] += vals[q]
            else:
                cols[out] = cols[q]
                vals[out] = vals[q]
                out += 1
        cols[out] = i
        vals[out] = diagonal[i]
        out += 1
        first[i + 1] = out
    return first, cols[:out].copy(), vals[:out].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def a_times(sire: Indices, dam: Indices, mendelian: Floats, x: Floats) -> Floats:
    """A x = T D T' x in two sweeps, without forming A (Colleau 2002)."""
    n = sire.size
    y = x.copy()
    for i in range(n - 1, -1, -1):
        half = 0.5 * y[i]
        if sire[i] >= 0:
            y[sire[i]] += half
        if dam[i] >= 0:
            y[dam[i]] += half
    for i in range(n):
        v = y[i] * mendelian[i]
        if sire[i] >= 0:
            v += 0.5 * y[sire[i]]
        if dam[i] >= 0:
            v += 0.5 * y[dam[i]]
        y[i] = v
    return y


@njit(cache=True, nogil=True, error_model="numpy")
def ainverse_times(sire: Indices, dam: Indices, mendelian: Floats, x: Floats) -> Floats:
    """A-inverse times x in one sweep, without forming A-inverse."""
    n = sire.size
    y = np.zeros(n)
    for i in range(n - 1, -1, -1):
        s = sire[i]
        d = dam[i]
        r = x[i]
        if s >= 0:
            r -= 0.5 * x[s]
        if d >= 0:
            r -= 0.5 * x[d]
        r /= mendelian[i]
        y[i] += r
        if s >= 0:
            y[s] -= 0.5 * r
        if d >= 0:
            y[d] -= 0.5 * r
    return y


@njit(cache=True, nogil=True, error_model="numpy")
def mark_ancestors(sire: Indices, dam: Indices, depth: Indices) -> Indices:
    """Set depth (generations back, -1 = not related) of ancestors; depth[start] = 0 given.

    The shortest path counts. Animals are visited from the youngest to the oldest.
    """
    for i in range(sire.size - 1, -1, -1):
        if depth[i] >= 0:
            for p in (sire[i], dam[i]):
                if p >= 0 and (depth[p] < 0 or depth[p] > depth[i] + 1):
                    depth[p] = depth[i] + 1
    return depth


@njit(cache=True, nogil=True, error_model="numpy")
def mark_descendants(sire: Indices, dam: Indices, found: Flags) -> Flags:
    """Set found of every animal with a parent in found; start animals given."""
    for i in range(sire.size):
        s = sire[i]
        d = dam[i]
        if (s >= 0 and found[s]) or (d >= 0 and found[d]):
            found[i] = True
    return found
