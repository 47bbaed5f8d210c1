"""Compiled loops of relationships: the block of A among chosen animals, several columns at a time.

A = T D T' in two sweeps (Colleau 2002), over the ancestors of the chosen animals only.
"""

from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers

LANES = 8
"""Columns handled in one pass: eight float64 fill one AVX-512 register."""

TILE = 64
"""Side of the squares in which a triangle is mirrored: two of them fit the fastest cache."""


@njit(cache=True, nogil=True, error_model="numpy")
def mark_with_ancestors(sire: Indices, dam: Indices, found: Flags) -> None:
    """Set found of every ancestor of the animals found already."""
    for i in range(sire.size - 1, -1, -1):
        if found[i]:
            if sire[i] >= 0:
                found[sire[i]] = True
            if dam[i] >= 0:
                found[dam[i]] = True


@njit(cache=True, nogil=True, error_model="numpy")
def _up(
    sire: Indices, dam: Indices, w: float, v: float, last: int, on: Flags, work: Floats
) -> None:
    """work = T' work: every animal that is on gives to its parents and turns them on."""
    for j in range(last, -1, -1):
        if not on[j]:
            continue
        on[j] = False
        s = sire[j]
        d = dam[j]
        if s >= 0:
            on[s] = True
            for q in range(LANES):
                work[s, q] += w * work[j, q]
        if d >= 0:
            on[d] = True
            for q in range(LANES):
                work[d, q] += v * work[j, q]


@njit(cache=True, nogil=True, error_model="numpy")
def block_rows(
    sire: Indices,
    dam: Indices,
    w: float,
    v: float,
    variance: Floats,
    gamma: Floats,
    chosen: Integers,
    low: int,
    high: int,
    work: Floats,
    on: Flags,
    out: Floats,
) -> None:
    """Rows low to high of the lower triangle of A among the chosen levels, which ascend.

    At most LANES rows. `work` and `on` are zero before and after; the last row of `work` stays
    zero and stands for unknown parents, which are -1.
    """
    animals = sire.size
    groups = gamma.shape[0]
    for k in range(low, high):
        work[chosen[k], k - low] = 1.0
        on[chosen[k]] = True
    last = min(chosen[high - 1], animals - 1)
    _up(sire, dam, w, v, last, on, work)
    given = work[animals : animals + groups].copy()
    for g in range(groups):
        on[animals + g] = False
        for q in range(LANES):
            total = 0.0
            for h in range(groups):
                total += gamma[g, h] * given[h, q]
            work[animals + g, q] = total
    unknown = work.shape[0] - 1
    for j in range(last + 1):
        s = sire[j] if sire[j] >= 0 else unknown
        d = dam[j] if dam[j] >= 0 else unknown
        for q in range(LANES):
            work[j, q] = variance[j] * work[j, q] + (w * work[s, q] + v * work[d, q])
    for r in range(high):
        for k in range(max(low, r), high):
            out[k, r] = work[chosen[r], k - low]
    work[: last + 1] = 0.0
    work[animals:] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def mirror(out: Floats) -> None:
    """Copy the lower triangle into the upper one."""
    n = out.shape[0]
    for a in range(0, n, TILE):
        for b in range(0, a + 1, TILE):
            for i in range(a, min(a + TILE, n)):
                for j in range(b, min(b + TILE, i)):
                    out[j, i] = out[i, j]
