"""Nuclear families of genotyped animals and their ancestors, oldest first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.recorded import recorded
from agrigen.types import Flags, Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree


@dataclass(frozen=True, eq=False)
class Families:
    """Parents with all their common offspring.

    Animals are numbered parents first; an unknown parent beside a known one is an animal too.

    Attributes
    ----------
    sample
        Place of each animal among the samples, -1 without genotypes.
    founder
        Whether both parents are unknown.
    parents, start, children
        Sire and dam of each family; where its offspring begin; offspring family by family.
    order
        Families so that parents were offspring of earlier ones.
    """

    sample: Integers
    founder: Flags
    parents: Integers
    start: Integers
    children: Integers
    order: Integers

    def of_samples(self, size: int) -> Integers:
        """The animal of each sample."""
        place = np.full(size, -1, np.int64)
        known = self.sample >= 0
        place[self.sample[known]] = np.flatnonzero(known)
        return place


def families(genotypes: Genotypes, pedigree: "Pedigree | None") -> Families:
    """Families of a pedigree, or of the parents that the samples name (a .fam file).

    Raises
    ------
    GenotypeError
        If no sample has a known parent or offspring.
    """
    from agrigen.pedigree import Pedigree

    if pedigree is None:
        said = recorded(genotypes, None)
        pedigree = Pedigree(list(genotypes.ids), list(said.names[:, 0]), list(said.names[:, 1]))
    kept = _with_ancestors(genotypes, pedigree)
    number = np.full(len(pedigree) + 1, -1, np.int64)  # the last place is that of unknown: -1
    number[np.flatnonzero(kept)] = np.arange(kept.sum())
    both = np.column_stack([number[pedigree.sire[kept]], number[pedigree.dam[kept]]])
    founder = np.asarray((both < 0).all(axis=1))
    sample = pd.Index(genotypes.ids).get_indexer(pedigree.ids[kept]).astype(np.int64)
    if founder.all():
        text = "No sample has a parent or offspring in the pedigree."
        remedy = "Give the pedigree of these samples, or use method='population'."
        raise GenotypeError([Problem("no_families", (), text, remedy)])
    return _grouped(both, founder, sample)


def _with_ancestors(genotypes: Genotypes, pedigree: "Pedigree") -> Flags:
    """Samples and all ancestors of them; parents stand before their offspring."""
    kept: Flags = np.isin(pedigree.ids, genotypes.ids)
    for animal in range(len(pedigree) - 1, -1, -1):
        if kept[animal]:
            for parent in (pedigree.sire[animal], pedigree.dam[animal]):
                if parent >= 0:
                    kept[parent] = True
    return kept


def _grouped(both: Integers, founder: Flags, sample: Integers) -> Families:
    """Offspring by family; parents that are unknown beside a known one become animals."""
    child = np.flatnonzero(~founder)
    pairs = both[child].copy()
    unknown = pairs < 0
    extra = int(unknown.sum())
    pairs[unknown] = founder.size + np.arange(extra)
    parents, family = np.unique(pairs, axis=0, return_inverse=True)
    family = family.ravel()
    by_family = np.argsort(family, kind="stable")
    start = np.zeros(len(parents) + 1, np.int64)
    np.cumsum(np.bincount(family, minlength=len(parents)), out=start[1:])
    depth = _depth(both)
    deep = np.maximum.reduceat(depth[child[by_family]], start[:-1])
    return Families(
        np.append(sample, np.full(extra, -1)), np.append(founder, np.ones(extra, bool)),
        np.ascontiguousarray(parents), start, child[by_family], np.argsort(deep, kind="stable"),
    )  # fmt: skip


def _depth(both: Integers) -> Integers:
    """Generations since the founders."""
    depth = np.zeros(len(both) + 1, np.int64)
    depth[-1] = -1
    for animal, (sire, dam) in enumerate(both):
        depth[animal] = 1 + max(depth[sire], depth[dam])
    return depth[:-1]
