"""A single step: values of animals without genotypes from those with (Fernando et al. 2014)."""

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from agrigen.evaluation.arrays import Block, Component
from agrigen.evaluation.factor import Factor, Hints
from agrigen.pedigree import Pedigree
from agrigen.pedigree.relationship import symmetric
from agrigen.pedigree.structure import Structure
from agrigen.types import Flags, Floats, Integers, Texts

NAME = "imputation"


class Imputation:
    """Regression of all animals of a pedigree on the genotyped ones.

    With 1 for animals without genotypes and 2 for those with, values v of the latter imply
    A12 inv(A22) v = -inv(A^11) A^12 v of the former, by one sparse factor.
    """

    def __init__(self, pedigree: Pedigree, genotyped: Texts, *, inbreeding: bool) -> None:
        self.structure: Structure = pedigree.structure(inbreeding=inbreeding)
        self.known = pedigree.index_many(genotyped) if len(genotyped) else np.empty(0, np.int64)
        self.is_known: Flags = np.zeros(len(self.structure), np.bool_)
        self.is_known[self.known] = True

    @cached_property
    def others(self) -> Integers:
        """Places of the animals without genotypes."""
        return np.flatnonzero(~self.is_known)

    def spread(self, values: Floats) -> Floats:
        """Values of every animal from those of the genotyped: vectors, or matrices by column."""
        out = np.zeros((len(self.structure), *values.shape[1:]))
        out[self.known] = values
        if self.others.size and self.known.size:
            factor, across = self._equations
            out[self.others] = -factor.solve(across @ values)
        return out

    @cached_property
    def _equations(self) -> tuple[Factor, csr_array]:
        whole = self.structure.inverse_lower()
        across = symmetric(whole)[self.others][:, self.known].tocsr()
        lower = whole[self.others][:, self.others].tocsr()
        lower.sort_indices()
        sires = self.structure.animals[0]
        late = np.zeros(len(self.structure), np.bool_)
        late[sires[sires >= 0]] = True
        hints = Hints(-self.others, late[self.others])
        return Factor(lower, hints).factorize(lower.data), across

    def block(self, trait: str, offset: int = 0) -> Block:
        """The imputation residuals as a random effect; those of genotyped animals are 0."""
        component = (Component(NAME, trait, None),)
        return Block(NAME, (NAME,), component, self.structure, offset)
