"""Inbreeding coefficients from parents."""

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


def mendelian_variance(sire: Parents, dam: Parents, f: Floats) -> Floats:
    """Variance of Mendelian sampling in units of the additive variance: D of A = T D T'."""
    result: Floats = kernels.mendelian_variance(sire, dam, f)
    return result
