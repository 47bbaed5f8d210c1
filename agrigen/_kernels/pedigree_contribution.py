"""Compiled loops of pedigree statistics: how much is known, and from whom the genes come."""

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def equivalent_generations(sire: Indices, dam: Indices) -> Floats:
    """Sum over known ancestors of 1/2 to the power of the generations between."""
    out = np.zeros(sire.size)
    for i in range(sire.size):
        for p in (sire[i], dam[i]):
            if p >= 0:
                out[i] += 0.5 * (1.0 + out[p])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def full_generations(sire: Indices, dam: Indices) -> Indices:
    """Generations back in which every ancestor is known."""
    out = np.zeros(sire.size, np.int32)
    for i in range(sire.size):
        if sire[i] >= 0 and dam[i] >= 0:
            out[i] = 1 + min(out[sire[i]], out[dam[i]])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def completeness(sire: Indices, dam: Indices, depth: int) -> Floats:
    """Share of ancestors known, 1 to `depth` generations back, one column each."""
    out = np.zeros((sire.size, depth))
    for i in range(sire.size):
        for p in (sire[i], dam[i]):
            if p >= 0:
                out[i, 0] += 0.5
                for g in range(1, depth):
                    out[i, g] += 0.5 * out[p, g - 1]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def marginal_contributions(
    sire: Indices, dam: Indices, share: Floats, most: int, enough: float
) -> tuple[Integers, Floats, Floats]:
    """Ancestors by what each adds to those before it (Boichard et al. 1997).

    `share` is the weight of each animal of the reference. Returns the ancestors, their marginal
    and their total contributions. A chosen ancestor counts as a founder from then on; what it
    gave to another candidate is not counted again.
    """
    n = sire.size
    total = share.copy()
    for i in range(n - 1, -1, -1):
        for p in (sire[i], dam[i]):
            if p >= 0:
                total[p] += 0.5 * total[i]
    chosen = np.zeros(n, np.bool_)
    ancestors = np.empty(min(most, n), np.int64)
    marginal = np.empty(min(most, n))
    explained = 0.0
    count = 0
    while count < ancestors.size and explained < enough:
        best, value = _best_ancestor(sire, dam, share, chosen)
        if value <= 0.0:
            break
        chosen[best] = True
        ancestors[count] = best
        marginal[count] = value
        explained += value
        count += 1
    ancestors = ancestors[:count].copy()
    return ancestors, marginal[:count].copy(), total[ancestors]


@njit(cache=True, nogil=True, error_model="numpy")
def _best_ancestor(sire: Indices, dam: Indices, share: Floats, chosen: Flags) -> tuple[int, float]:
    """The animal that gives most of what the chosen ones do not explain, the oldest of equals."""
    n = sire.size
    given = share.copy()
    for i in range(n - 1, -1, -1):
        if not chosen[i]:
            for p in (sire[i], dam[i]):
                if p >= 0:
                    given[p] += 0.5 * given[i]
    explained = np.zeros(n)
    best = 0
    value = -1.0
    for i in range(n):
        if chosen[i]:
            explained[i] = 1.0
            continue
        for p in (sire[i], dam[i]):
            if p >= 0:
                explained[i] += 0.5 * explained[p]
        own = given[i] * (1.0 - explained[i])
        if own > value * (1.0 + 1e-12):
            best = i
            value = own
    return best, value
