"""Single genes: PrP genotypes of sheep, carriers of recessive defects, and what progeny will be."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen._kernels.peeling import peel
from agrigen.errors import DataError, Problem, name_some
from agrigen.pedigree import Pedigree
from agrigen.types import Floats, Integers

HAPLOTYPES = ("ARR", "AHQ", "ARH", "ARQ", "VRQ")
"""PrP alleles by codons 136, 154 and 171, the most resistant to classical scrapie first."""
STATES = ("free", "carrier", "affected")
"""Genotypes of a recessive defect by the copies of its allele."""
ERROR = 1e-12
"""Chance that a stated genotype is wrong: small beside rare genotypes, and above 0, so that a slip
does not rule everything out."""

_SEPARATORS = str.maketrans(dict.fromkeys("/|-,; \t", None))
_DOSE = np.array([0.0, 0.5, 1.0])
_TRANSMISSION = np.array(
    [[[(1 - a) * (1 - b), a * (1 - b) + b * (1 - a), a * b] for b in _DOSE] for a in _DOSE]
)


def prnp_alleles(genotype: str) -> tuple[str, str]:
    """The two haplotypes of a PrP genotype as it is written: "ARR/ARQ", "arrarq", "ARQ-ARR".

    The more resistant one comes first.
    """
    text = genotype.strip().upper().translate(_SEPARATORS)
    found = text[:3], text[3:]
    if len(text) != 6 or not set(found) <= set(HAPLOTYPES):
        raise _refusal("prnp", f"{genotype!r} is no PrP genotype.",
                       f"Give two of {', '.join(HAPLOTYPES)}, such as ARR/ARQ.")  # fmt: skip
    first, second = sorted(found, key=HAPLOTYPES.index)
    return first, second


def prnp_type(genotype: str) -> int:
    """Type of a PrP genotype in the National Scrapie Plan of Great Britain, 1 to 5.

    1: ARR/ARR, most resistant. 2: ARR with another that is not VRQ. 3: neither ARR nor VRQ.
    4: ARR/VRQ. 5: VRQ without ARR, most susceptible.

    References
    ----------
    Warner, Morris and Dawson 2006, Vet. Rec. 159:473
    """
    alleles = prnp_alleles(genotype)
    if "VRQ" in alleles:
        return 4 if "ARR" in alleles else 5
    return 3 - alleles.count("ARR")


def prnp_cross(sire: str, dam: str) -> pd.DataFrame:
    """PrP genotypes of progeny, the likeliest first: genotype, type, probability."""
    found = cross("/".join(prnp_alleles(sire)), "/".join(prnp_alleles(dam)))
    summed: dict[str, float] = {}
    for genotype, probability in found.items():
        name = "/".join(prnp_alleles(genotype))
        summed[name] = summed.get(name, 0.0) + probability
    rows = [(name, prnp_type(name), probability) for name, probability in summed.items()]
    frame = pd.DataFrame(rows, columns=["genotype", "type", "probability"])
    order = ["probability", "type", "genotype"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True)


def cross(sire: str, dam: str) -> dict[str, float]:
    """Probability of each genotype of progeny of two genotypes such as "A/B" (Mendel).

    Alleles of a genotype are named in alphabetical order.
    """
    found: dict[str, float] = {}
    for pair in product(_alleles(sire), _alleles(dam)):
        name = "/".join(sorted(pair))
        found[name] = found.get(name, 0.0) + 0.25
    return found


def recessive_risk(sire: npt.ArrayLike, dam: npt.ArrayLike) -> Floats:
    """Probability that progeny is affected by a recessive defect.

    Parameters
    ----------
    sire, dam
        Probabilities of being free, carrier and affected, (..., 3), of each pair.

    Notes
    -----
    Takes the two parents' genotypes as independent. Where both descend from one ancestor that may
    be a carrier and neither is genotyped the risk is higher.
    """
    gametes = [np.asarray(one, np.float64) @ _DOSE for one in (sire, dam)]
    return np.asarray(gametes[0] * gametes[1])


def gene_probabilities(
    pedigree: Pedigree, known: Mapping[str, int | str], *, frequency: float = 0.01
) -> pd.DataFrame:
    """Probability of every animal to be free, carrier or affected, from the genotypes of some.

    Iterative peeling: what is known of an animal goes to its ancestors, descendants and mates.
    Exact in pedigrees without loops; with loops (inbreeding, exchanged mates) an approximation.

    Parameters
    ----------
    pedigree
        Where one parent of an animal is unknown, it is a founder of its own.
    known
        Animal -> copies of the defective allele (0, 1, 2), or free, carrier, affected.
    frequency
        Of the defective allele among founders.

    Returns
    -------
    pandas.DataFrame
        id, free, carrier, affected; in the order of `pedigree.ids`.

    References
    ----------
    Kerr and Kinghorn 1996, J. Anim. Breed. Genet. 113:457
    """
    if not 0 < frequency < 1:
        raise _refusal("frequency", f"The frequency is {frequency}.", "Give one between 0 and 1.")
    size = len(pedigree)
    sire, dam, total = _with_unknown_parents(pedigree)
    seen = np.zeros((total, 3))
    for place, copies in _states(pedigree, known).items():
        seen[place] = np.log([1 - ERROR if g == copies else ERROR / 2 for g in range(3)])
    q = frequency
    founders = np.log([(1 - q) ** 2, 2 * q * (1 - q), q**2])
    prior = np.where(np.arange(total)[:, None] < size, 0.0, founders)
    prior[:size][pedigree.sire + pedigree.dam == -2] = founders
    lists = _families(sire, dam)
    logs = peel(seen, prior, *lists, _TRANSMISSION, 50, 1e-9)[:size]
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    return pd.DataFrame({"id": pedigree.ids, **dict(zip(STATES, found.T, strict=True))})


def _with_unknown_parents(pedigree: Pedigree) -> tuple[Integers, Integers, int]:
    """Parents where one unknown parent beside a known one is a founder of its own."""
    sire, dam = (np.array(one, np.int64) for one in (pedigree.sire, pedigree.dam))
    total = len(pedigree)
    for mine, other in ((sire, dam), (dam, sire)):
        alone = np.flatnonzero((mine < 0) & (other >= 0))
        mine[alone] = total + np.arange(alone.size)
        total += alone.size
    return sire, dam, total


def _families(sire: Integers, dam: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Sire and dam of each family, where its children start, and the children."""
    child = np.flatnonzero(sire >= 0)
    animals = sire.size
    # Founders that were put in stand behind everybody but are as old as the other parent.
    later = np.maximum(*(np.where(one[child] < animals, one[child], -1) for one in (sire, dam)))
    order = np.lexsort((dam[child], sire[child], later))
    child = child[order]
    s, d = sire[child], dam[child]
    first = np.flatnonzero(np.append(True, (s[1:] != s[:-1]) | (d[1:] != d[:-1]))[: child.size])
    return s[first], d[first], np.append(first, child.size).astype(np.int64), child


def _states(pedigree: Pedigree, known: Mapping[str, int | str]) -> dict[int, int]:
    names = list(known)
    places = pedigree.index_many(names)
    absent = [str(name) for name, place in zip(names, places, strict=True) if place < 0]
    if absent:
        message = f"{name_some(absent)} is not in the pedigree."
        raise DataError([Problem("unknown_animal", tuple(absent), message, "Check the ids.")])
    return {int(place): _copies(known[name]) for name, place in zip(names, places, strict=True)}


def _copies(state: int | str) -> int:
    if state in STATES:
        return STATES.index(str(state))
    if state in (0, 1, 2):
        return int(state)
    raise _refusal("state", f"{state!r} is no genotype of a recessive defect.",
                   "Give 0, 1 or 2 copies, or free, carrier or affected.")  # fmt: skip


def _alleles(genotype: str) -> tuple[str, str]:
    parts = [part.strip() for part in genotype.split("/")]
    if len(parts) != 2 or not all(parts):
        raise _refusal("genotype", f"{genotype!r} is no genotype.", "Write two alleles as A/B.")
    return parts[0], parts[1]


def _refusal(kind: str, message: str, remedy: str) -> DataError:
    return DataError([Problem(kind, (), message, remedy)])
