"""Probabilities of genotypes of one gene in a pedigree, by passing messages among families."""

import numpy as np
from numba import njit

from agrigen.types import Floats, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def peel(
    seen: Floats,
    prior: Floats,
    sire: Integers,
    dam: Integers,
    family: Integers,
    children: Integers,
    transmission: Floats,
    sweeps: int,
    tolerance: float,
) -> Floats:
    """Posterior probabilities, (animals, 3): exact where no loop is in the pedigree.

    `seen` and `prior` are logarithms; `family` has the start of each family's `children`, families
    of older parents first, and `sire` and `dam` are those of each family. Each sweep goes up and
    down once, until no message changes by more than the tolerance.
    """
    animals, families = seen.shape[0], sire.size
    down = prior.copy()
    up = np.zeros((animals, 3))  # sum of what an animal's families say
    said = np.zeros((families, 2, 3))
    fresh = np.empty(3)
    each = np.empty((children.size, 3, 3))
    for _ in range(sweeps):
        change = 0.0
        for step in range(2 * families):
            rising = step < families
            f = families - 1 - step if rising else step - families
            s, d = sire[f], dam[f]
            both = _of_children(f, family, children, seen, up, transmission, each)
            if rising:
                for parent in range(2):
                    mine, other = (s, d) if parent == 0 else (d, s)
                    for g in range(3):
                        total = 0.0
                        for h in range(3):
                            gs, gd = (g, h) if parent == 0 else (h, g)
                            rest = up[other, h] - said[f, 1 - parent, h]
                            total += np.exp(both[gs, gd] + seen[other, h] + down[other, h] + rest)
                        fresh[g] = np.log(total + 1e-300)
                    top = fresh.max()
                    for g in range(3):
                        new = max(fresh[g] - top, -60.0)
                        change = max(change, abs(np.exp(new) - np.exp(said[f, parent, g])))
                        up[mine, g] += new - said[f, parent, g]
                        said[f, parent, g] = new
            else:
                for k in range(family[f], family[f + 1]):
                    fresh[:] = 0.0
                    for gs in range(3):
                        for gd in range(3):
                            of_s = seen[s, gs] + down[s, gs] + up[s, gs] - said[f, 0, gs]
                            of_d = seen[d, gd] + down[d, gd] + up[d, gd] - said[f, 1, gd]
                            weight = np.exp(both[gs, gd] - each[k, gs, gd] + of_s + of_d)
                            for g in range(3):
                                fresh[g] += weight * transmission[gs, gd, g]
                    total = fresh.sum()
                    for g in range(3):
                        down[children[k], g] = max(np.log(fresh[g] / total + 1e-300), -60.0)
        if change < tolerance:
            break
    return seen + down + up


@njit(cache=True, nogil=True, error_model="numpy")
def _of_children(
    f: int,
    family: Integers,
    children: Integers,
    seen: Floats,
    up: Floats,
    transmission: Floats,
    each: Floats,
) -> Floats:
    """Logarithm of what a family's children say of both parents, and of each child alone."""
    both = np.zeros((3, 3))
    for k in range(family[f], family[f + 1]):
        c = children[k]
        top = (seen[c] + up[c]).max()
        for gs in range(3):
            for gd in range(3):
                total = 0.0
                for g in range(3):
                    total += transmission[gs, gd, g] * np.exp(seen[c, g] + up[c, g] - top)
                each[k, gs, gd] = np.log(total + 1e-300)
                both[gs, gd] += each[k, gs, gd]
    return both
