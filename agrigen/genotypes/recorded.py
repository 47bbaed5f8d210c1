"""What a pedigree, or the file of the samples, records about genotyped animals."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.samples import Sexes
from agrigen.types import Floats, Integers, Texts

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

UNKNOWN = ("", "0", "-9")
CODES = {"M": 1, "F": 2}


@dataclass(frozen=True, eq=False)
class Recorded:
    """Parents, sex and birth of the samples; parents are names and places among the samples.

    Attributes
    ----------
    names
        Of sires and dams, shape (samples, 2), "" where unknown.
    places
        Where they stand among the samples, -1 where they are unknown or not genotyped.
    sex, birth
        0 unknown, 1 male, 2 female; nan unknown.
    absent
        Samples that are not in the pedigree.
    """

    ids: Texts
    names: Texts
    places: Integers
    sex: Sexes
    birth: Floats
    absent: list[str]
    pedigree: "Pedigree | None" = None

    @cached_property
    def relatives(self) -> list[list[tuple[int, int, int]]]:
        """Of every sample the recorded pairs it is in: offspring, parent, and 0 sire or 1 dam."""
        found: list[list[tuple[int, int, int]]] = [[] for _ in self.ids]
        for role in (0, 1):
            for child in np.flatnonzero(self.places[:, role] >= 0):
                pair = (int(child), int(self.places[child, role]), role)
                found[pair[0]].append(pair)
                found[pair[1]].append(pair)
        return found

    def may_be_parent(self, candidate: int, child: int) -> bool:
        """Whether dates and the pedigree allow it: a descendant or a younger animal is none."""
        if self.birth[candidate] >= self.birth[child]:
            return False
        if self.pedigree is None or str(self.ids[candidate]) not in self.pedigree:
            return int(child) not in self.places[candidate]
        return str(self.ids[child]) not in self.pedigree.ancestors(str(self.ids[candidate]))

    def undated(self, candidate: int, child: int) -> bool:
        """Whether the child could as well be the parent: no dates, and a place is free for it."""
        if not np.isnan(self.birth[candidate] - self.birth[child]):
            return False
        free = self.names[candidate] == ""
        sex = int(self.sex[child])
        return bool(free.any() if sex == 0 else free[sex - 1])


def recorded(genotypes: Genotypes, pedigree: "Pedigree | None") -> Recorded:
    """The pedigree's word; without a pedigree that of the samples (a .fam file)."""
    samples = genotypes.samples
    if pedigree is None:
        names = np.column_stack([_clean(samples.sire), _clean(samples.dam)])
        sex, birth = samples.sex, np.full(len(samples), np.nan)
        absent: list[str] = []
    else:
        names, sex, birth, absent = _from_pedigree(genotypes, pedigree)
    places = pd.Index(samples.ids).get_indexer(names.ravel()).reshape(names.shape)
    return Recorded(samples.ids, names, places.astype(np.int64), sex, birth, absent, pedigree)


def _from_pedigree(
    genotypes: Genotypes, pedigree: "Pedigree"
) -> tuple[Texts, Sexes, Floats, list[str]]:
    place = pd.Index(pedigree.ids).get_indexer(genotypes.ids)
    inside = place >= 0
    names = np.full((place.size, 2), "", dtype=object)
    for role, parents in enumerate((pedigree.sire, pedigree.dam)):
        parent = np.where(inside, parents[place], -1)
        names[parent >= 0, role] = pedigree.ids[parent[parent >= 0]]
    said = np.array([CODES.get(str(code), 0) for code in pedigree.sex], np.int8)
    said[pedigree.sire[pedigree.sire >= 0]] = 1
    said[pedigree.dam[pedigree.dam >= 0]] = 2
    sex = np.where(inside & (said[place] > 0), said[place], genotypes.samples.sex)
    birth = np.where(inside, pedigree.birth[place], np.nan)
    absent = [str(name) for name in genotypes.ids[~inside]]
    return names, sex.astype(np.int8), birth, absent


def _clean(names: Texts) -> Texts:
    return np.where(np.isin(names, UNKNOWN), "", names).astype(object)
