"""Inbreeding coefficients and relationships of pairs, from parents."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from agrigen._kernels import pedigree_inbreeding as kernels
from agrigen.types import Floats, Indices, Integers, Parents

THREADS_ABOVE = 50_000
"""Animals from which a second thread pays; below, starting one costs more than it saves."""

MOST_THREADS = 4
"""Each has work space of 64 bytes a parent; more than four wait for memory."""

NO_GROUPS: Floats = np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class _Work:
    """Work space of one thread."""

    lanes: Floats
    mark: Indices
    found: Indices

    @classmethod
    def of(cls, parents: int, groups: int) -> "_Work":
        space = parents + groups + kernels.LANES
        lanes = np.zeros((parents, kernels.LANES))
        return cls(lanes, np.zeros(parents, np.int32), np.empty(space, np.int32))


@dataclass(frozen=True, eq=False)
class _Passes:
    """What the passes over a pedigree share; every thread fills other places of `f`."""

    f: Floats
    parents: int
    groups: int
    of_generation: Integers
    lists: tuple[Any, ...]

    def handle(self, low: int, high: int, work: _Work) -> None:
        """The batches of sires from low to high."""
        kernel: Any = kernels.handle
        kernel(low, high, *self.lists, work.lanes, work.mark, work.found)

    def run(self) -> Floats:
        """All batches, generation by generation, on as many threads as pay."""
        threads = 1
        if self.f.size >= THREADS_ABOVE:
            threads = min(MOST_THREADS, os.cpu_count() or 1)
        space = [_Work.of(self.parents, self.groups) for _ in range(threads)]
        if threads == 1:
            self.handle(0, int(self.of_generation[-1]), space[0])
            return self.f
        with ThreadPoolExecutor(threads) as pool:
            for low, high in zip(self.of_generation[:-1], self.of_generation[1:], strict=True):
                cuts = np.linspace(low, high, threads + 1).astype(np.int64)
                list(pool.map(self.handle, cuts[:-1], cuts[1:], space))
        return self.f


def inbreeding(sire: Parents, dam: Parents, gamma: Floats | None = None) -> Floats:
    """Inbreeding coefficient of every animal, exact in float64.

    F of an animal is half the relationship of its parents; unknown parents are unrelated and not
    inbred. All matings of a sire are handled in one pass over its ancestors and its mates', eight
    sires at a time. The result does not depend on the number of threads.

    Parameters
    ----------
    sire, dam
        Indices of the parents, -1 unknown, parents before offspring. Metafounders are the levels
        behind the animals.
    gamma
        Relationships among metafounders (Legarra et al. 2015, doi:10.1534/genetics.115.177014).

    References
    ----------
    Sargolzaei, Iwaisaki and Colleau 2005, J. Anim. Breed. Genet. 122:325,
    doi:10.1111/j.1439-0388.2005.00538.x
    """
    gamma = NO_GROUPS if gamma is None else gamma
    return _passes(sire, dam, sire, np.zeros(sire.size), gamma).run()


def related(
    sire: Parents, dam: Parents, f: Floats, gamma: Floats | None, a: Integers, b: Integers
) -> Floats:
    """Relationship of each a with its b: twice the inbreeding an offspring of them would have.

    One pass serves all partners of eight animals, so nothing grows with the square of anything.
    """
    gamma = NO_GROUPS if gamma is None else gamma
    if np.unique(a).size > np.unique(b).size:
        a, b = b, a
    n, pairs = sire.size, a.size
    # The imagined offspring stand behind the animals, so the levels of groups move.
    sires = np.append(sire, a).astype(np.int32)
    dams = np.append(dam, b).astype(np.int32)
    sires[sires >= n] += pairs
    dams[dams >= n] += pairs
    offspring_of = sires.copy()
    offspring_of[:n] = -1
    known = np.append(f, np.zeros(pairs))
    return 2.0 * _passes(sires, dams, offspring_of, known, gamma).run()[n:]


def _passes(
    sire: Parents, dam: Parents, offspring_of: Parents, f: Floats, gamma: Floats
) -> _Passes:
    """Prepared passes that give F to the animals whose sire stands in `offspring_of`."""
    groups = gamma.shape[0]
    number, psire, pdam, begin = kernels.compact(sire, dam, groups)
    start, offspring, mates = kernels.matings(offspring_of, dam, number, psire.size)
    sires, first, of_generation = kernels.batches(start, begin)
    known = np.append(f, np.diag(gamma) - 1.0)
    parent_f = np.zeros(psire.size)
    is_parent = number >= 0
    parent_f[number[is_parent]] = known[is_parent]
    lists = (sires, first, start, offspring, mates, psire, pdam, number, gamma, parent_f, f)
    return _Passes(f, psire.size, groups, of_generation, lists)


def through_daughters(
    sire: Parents, grandsire: Parents, groups: int
) -> tuple[Parents, Parents, Integers]:
    """Sires and dams where dams are known by their sire only: each is one unrelated daughter.

    Returns the parents with the daughters in between and the new place of each level.
    """
    n = sire.size
    has_dam = grandsire >= 0
    daughters = np.flatnonzero(has_dam)
    total = n + daughters.size
    # A daughter stands just before her offspring, so that parents stay before offspring. The
    # levels of groups follow, and the last place is for -1, unknown.
    animals = np.arange(n) + np.cumsum(has_dam)
    place = np.concatenate([animals, total + np.arange(groups), [-1]])
    sires, dams = np.full(total, -1, np.int32), np.full(total, -1, np.int32)
    sires[animals] = place[sire]
    sires[animals[daughters] - 1] = place[grandsire[daughters]]
    dams[animals[daughters]] = animals[daughters] - 1
    return sires, dams, place[:-1]


def mendelian_variance(
    sire: Parents, dam: Parents, own: Floats, weights: tuple[float, float] = (0.5, 0.5)
) -> tuple[Floats, float]:
    """Variance of Mendelian sampling in units of A (D of A = T D T'), and sum of its logarithms.

    `own` holds the relationship of each level with itself: 1 + F; 0 of fixed groups, which are
    counted like unknown parents.
    """
    result: tuple[Floats, float] = kernels.mendelian_variance(sire, dam, *weights, own)
    return result
