"""Shares of unknown-parent groups in the genes of animals."""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices


@njit(cache=True, nogil=True, error_model="numpy")
def group_shares(sire: Indices, dam: Indices, of_sire: float, of_dam: float, groups: int) -> Floats:
    """Share of each group in every level, animals first (parents before offspring)."""
    n = sire.size
    shares = np.zeros((n + groups, groups))
    for g in range(groups):
        shares[n + g, g] = 1.0
    for i in range(n):
        s = sire[i]
        d = dam[i]
        for g in range(groups):
            share = 0.0
            if s >= 0:
                share += of_sire * shares[s, g]
            if d >= 0:
                share += of_dam * shares[d, g]
            shares[i, g] = share
    return shares
