"""Animals and groups as levels: parents, what is inherited of them, inbreeding, covariance."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from agrigen.errors import DataError, Problem
from agrigen.pedigree import groups as unknown_parents
from agrigen.pedigree.inbreeding import inbreeding, mendelian_variance, related, through_daughters
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats, Integers, Parents, Texts

WEIGHTS = {"pedigree": (0.5, 0.5), "sire_mgs": (0.5, 0.25)}
"""What an animal inherits of its sire, and of its dam or maternal grandsire."""


@dataclass(frozen=True, eq=False)
class Parentage:
    """Parents of every animal as levels: animals first, then groups; -1 unknown.

    Attributes
    ----------
    levels
        Number of animals and groups.
    relationship
        "pedigree": sires and dams. "sire_mgs": `dam` holds maternal grandsires.
    gamma
        Relationships among metafounders; None where groups are fixed.
    """

    levels: int
    sire: Parents
    dam: Parents
    relationship: str = "pedigree"
    gamma: Floats | None = None

    def __len__(self) -> int:
        return int(self.sire.size)

    @property
    def groups(self) -> int:
        """Number of groups."""
        return self.levels - len(self)

    @cached_property
    def random(self) -> "Parentage":
        """Without fixed groups: their animals' parents are unknown."""
        if self.gamma is not None or not self.groups:
            return self
        sire, dam = (np.where(p < len(self), p, -1).astype(np.int32) for p in (self.sire, self.dam))
        return replace(self, levels=len(self), sire=sire, dam=dam)

    @cached_property
    def _daughters(self) -> tuple[Parents, Parents, Integers]:
        """Parents and places once the dams behind maternal grandsires are put in."""
        if self.relationship == "sire_mgs":
            return through_daughters(self.sire, self.dam, self.groups)
        return self.sire, self.dam, np.arange(self.levels)

    @cached_property
    def _all_inbreeding(self) -> Floats:
        sire, dam, _ = self._daughters
        return inbreeding(sire, dam, self.gamma)

    @cached_property
    def inbreeding(self) -> Floats:
        """Inbreeding of every animal; with metafounders relative to their base."""
        if self.random is not self:
            return self.random.inbreeding
        if self.relationship == "pedigree":
            return self._all_inbreeding
        return self._all_inbreeding[self._daughters[2][: len(self)]]

    def related(self, a: Integers, b: Integers) -> Floats:
        """Relationship of each level of `a` with that of `b`; fixed groups have none."""
        if self.random is not self:
            return self.random.related(a, b)
        sire, dam, place = self._daughters
        return related(sire, dam, self._all_inbreeding, self.gamma, place[a], place[b])

    def mendelian(self, counted: bool = True) -> tuple[Floats, float]:
        """Variance of Mendelian sampling and the sum of its logarithms."""
        weights = WEIGHTS[self.relationship]
        return mendelian_variance(self.sire, self.dam, self._own(counted), weights)

    def _own(self, counted: bool) -> Floats:
        """Relationship of each level with itself; 0 of fixed groups."""
        if self.gamma is not None and not counted:
            raise DataError([_NOT_COUNTED])
        of_groups = np.zeros(self.groups) if self.gamma is None else np.diag(self.gamma)
        return np.append(1.0 + self.inbreeding if counted else np.ones(len(self)), of_groups)

    def structure(self, names: Texts, counted: bool = True) -> Structure:
        """Covariance among the levels of these names, with or without inbreeding counted."""
        variance, logdet = self.mendelian(counted)
        scale, base = self._own(counted), None
        if self.gamma is not None:
            base = unknown_parents.inverse(self.gamma)
            logdet += float(np.linalg.slogdet(self.gamma)[1])
        elif self.groups:
            base = np.zeros((self.groups, self.groups))
            scale[len(self) :] = np.nan
        parents = (self.sire, self.dam, WEIGHTS[self.relationship])
        return Structure(names, logdet, scale, *parents, 1.0 / variance, base)


_NOT_COUNTED = Problem(
    "inbreeding",
    (),
    "Metafounders are inbred and related by their definition, so inbreeding cannot be left out.",
    "Count inbreeding, or leave gamma out.",
)
