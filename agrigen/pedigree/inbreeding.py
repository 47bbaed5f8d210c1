"""Inbreeding coefficients from parents."""

import numpy as np

from agrigen._kernels import pedigree as kernels
from agrigen.types import Floats, Parents


def inbreeding(sire: Parents, dam: Parents) -> Floats:
    """Inbreeding coefficient of every animal, exact in float64.

    F of an animal is half the relationship of its parents; unknown parents are unrelated and not
    inbred. All matings of a sire are handled in one pass over its ancestors and its mates'.

    Parameters
    ----------
    sire, dam
        Indices of the parents, -1 unknown, parents before offspring.

    References
    ----------
    Sargolzaei, Iwaisaki and Colleau 2005, J. Anim. Breed. Genet. 122:325,
    doi:10.1111/j.1439-0388.2005.00538.x
    """
    result: Floats = kernels.inbreeding(sire, dam)
    return result


def grandsire_inbreeding(sire: Parents, grandsire: Parents) -> Floats:
    """Inbreeding where dams are known by their sire only: each dam is one unrelated daughter."""
    n = sire.size
    daughters = np.flatnonzero(grandsire >= 0).astype(np.int32)
    # A daughter stands just before her offspring, so that parents stay before offspring.
    before = np.cumsum(grandsire >= 0, dtype=np.int32)
    place = np.append(np.arange(n, dtype=np.int32) + before, np.int32(-1))
    dam_place = place[daughters] - 1
    total = n + daughters.size
    all_sires, all_dams = np.full(total, -1, np.int32), np.full(total, -1, np.int32)
    all_sires[place[:-1]] = place[sire]
    all_sires[dam_place] = place[grandsire[daughters]]
    all_dams[place[daughters]] = dam_place
    return inbreeding(all_sires, all_dams)[place[:-1]]


def mendelian_variance(sire: Parents, dam: Parents, f: Floats) -> Floats:
    """Variance of Mendelian sampling in units of the additive variance: D of A = T D T'."""
    result: Floats = kernels.mendelian_variance(sire, dam, f)
    return result
