"""The relationship matrix by the tabular method (Emik and Terrill 1949), as in textbooks."""

import numpy as np


def tabular_a(sire, dam):
    """A, parents before offspring, -1 unknown."""
    n = len(sire)
    a = np.zeros((n, n))
    for i in range(n):
        s, d = sire[i], dam[i]
        for j in range(i):
            from_sire = a[j, s] if s >= 0 else 0.0
            from_dam = a[j, d] if d >= 0 else 0.0
            a[i, j] = a[j, i] = 0.5 * (from_sire + from_dam)
        both = s >= 0 and d >= 0
        a[i, i] = 1.0 + (0.5 * a[s, d] if both else 0.0)
    return a
