"""Compiled pedigree loops: order, generations, ancestors and descendants.

Arrays in, arrays out, nothing is checked here. `sire` and `dam` are int32 indices with -1 for
unknown; every kernel but `parents_first` needs parents before offspring.
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Indices


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
