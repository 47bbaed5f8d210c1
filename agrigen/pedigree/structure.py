"""The covariance among the levels of a random effect, as its sparse inverse is built from."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import pedigree_structure as kernels
from agrigen.types import Floats, Integers, Parents, Texts

NO_GROUPS: Floats = np.zeros((0, 0))


class Dense(Protocol):
    """What genotypes put into the inverse of K: a symmetric matrix D at some levels.

    Solvers by products use `times`, `diagonal` and `covariance_times` and never see D itself;
    only the direct solver asks for `matrix`, 8 bytes for each pair of its levels.
    """

    @property
    def places(self) -> Integers:
        """Levels of the rows of D."""

    @property
    def matrix(self) -> Floats:
        """D."""

    @property
    def diagonal(self) -> Floats:
        """Diagonal of D, or what comes close to it: it preconditions."""

    @property
    def logdet(self) -> float:
        """What it adds to the log-determinant of K."""

    def times(self, x: Floats) -> Floats:
        """D x for a vector or a matrix."""

    def scale(self, structure: "Structure") -> Floats:
        """Diagonal of the K of a structure that has it."""

    def covariance_times(self, pedigree: "Structure | None", x: Floats) -> Floats:
        """K x, where the rest of the inverse of K is that of a pedigree, or nothing."""

    def without_groups(self, levels: int) -> "Dense":
        """The same for the levels before `levels` alone."""


@dataclass(frozen=True, eq=False)
class Structure:
    """K of var(u) = K G, without forming it.

    The inverse of K is the sum over animals of precision * t t', where t is 1 at the animal and
    -weight at each known parent (Henderson 1976, Quaas 1988), plus `base` on the groups.

    Attributes
    ----------
    names
        Levels: animals with parents first, then unknown-parent groups or metafounders.
    sire, dam
        Level of each animal's parents, -1 unknown; a group is a level behind the animals. None
        for independent levels.
    weights
        What an animal inherits of sire and dam: 0.5 and 0.5; 0.5 and 0.25 of sire and maternal
        grandsire.
    precision
        1 / Mendelian sampling variance of each animal, in units of the genetic variance.
    base
        Inverse of the covariance among metafounders; zeros for fixed groups; None without groups.
    logdet
        Log-determinant of K; of the animals' part where groups are fixed.
    own
        Diagonal of K: 1 + inbreeding; nan for fixed groups. Where genotypes are in it, `scale` is.
    dense
        Added to the inverse: of genomic relationships, which have nothing else, or what genotypes
        add to a pedigree in a single-step model. `logdet` is then of the pedigree's part alone.
    """

    names: Texts
    logdet: float
    own: Floats
    sire: Parents | None = None
    dam: Parents | None = None
    weights: tuple[float, float] = (0.5, 0.5)
    precision: Floats | None = None
    base: Floats | None = None
    dense: Dense | None = None

    @classmethod
    def independent(cls, names: Texts) -> "Structure":
        """Levels without covariance."""
        return cls(names, 0.0, np.ones(len(names)))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def genetic(self) -> bool:
        """Whether the levels are related."""
        return self.sire is not None or self.dense is not None

    @property
    def fixed_groups(self) -> int:
        """Number of groups without a covariance: they are fixed effects."""
        return 0 if self.base is None or self.base.any() else int(self.base.shape[0])

    def inverse_lower(self) -> csr_array:
        """Lower triangle of the inverse of K: int32 indices, sorted, the diagonal last."""
        size = len(self)
        if self.dense is not None:
            return self._with_dense()
        if self.sire is None:
            index = np.arange(size + 1, dtype=np.int32)
            return csr_array((np.ones(size), index[:-1], index), shape=(size, size))
        base = NO_GROUPS if self.base is None else self.base
        start, columns, values = kernels.inverse_lower(*self.animals, base)
        return csr_array((values, columns, start), shape=(size, size))

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse of K times a vector (levels,) or a matrix (levels, k)."""
        x = self._values(x)
        if not self.genetic:
            return x
        y = np.zeros_like(x)
        if self.dense is not None:
            y[self.dense.places] = self.dense.times(x[self.dense.places])
        if self.sire is None:
            return y
        if self.base is not None:
            y[self.sire.size :] += self.base @ x[self.sire.size :]
        if x.ndim == 1:
            kernels.inverse_times(*self.animals, x, y)
        else:
            kernels.inverse_times_columns(*self.animals, x, y)
        return y

    def times(self, x: Floats) -> Floats:
        """K times a vector (levels,) or a matrix (levels, k), in two sweeps (Colleau 2002).

        Raises
        ------
        ValueError
            If groups are fixed: they have no covariance.
        """
        y = self._values(x)
        if self.dense is not None:
            pedigree = None if self.sire is None else replace(self, dense=None)
            return self.dense.covariance_times(pedigree, y)
        if self.sire is None:
            return y
        gather, spread = kernels.gather, kernels.spread
        if y.ndim == 2:
            gather, spread = kernels.gather_columns, kernels.spread_columns
        gather(*self.animals[:4], y)
        if self.base is not None:
            y[self.sire.size :] = self.gamma @ y[self.sire.size :]
        spread(*self.animals, y)
        return y

    @cached_property
    def scale(self) -> Floats:
        """Diagonal of K; nan for fixed groups."""
        return self.own if self.dense is None else self.dense.scale(self)

    @property
    def log_determinant(self) -> float:
        """Log-determinant of K, or of its animals' part where groups are fixed."""
        return self.logdet + (0.0 if self.dense is None else self.dense.logdet)

    def without_fixed_groups(self) -> "Structure":
        """The levels that have a covariance; a parent that is a fixed group is unknown."""
        if not self.fixed_groups or self.sire is None or self.dam is None:
            return self
        animals = self.sire.size
        sire, dam = (np.where(p < animals, p, np.int32(-1)) for p in (self.sire, self.dam))
        dense = None if self.dense is None else self.dense.without_groups(animals)
        own = self.own[:animals]
        names = self.names[:animals]
        return Structure(
            names, self.logdet, own, sire, dam, self.weights, self.precision, None, dense
        )

    def inherited(self, x: Floats) -> Floats:
        """What levels get of x without Mendelian sampling, (levels, k): genes of groups."""
        y = self._values(x)
        if self.sire is not None:
            kernels.spread_columns(*self.animals[:4], np.ones(self.sire.size), y)
        return y

    def _with_dense(self) -> csr_array:
        """The pedigree's part, if there is one, and the dense one."""
        if self.dense is None:
            raise ValueError("there is no dense part")
        size = len(self)
        places, matrix = self.dense.places, self.dense.matrix
        rows, columns = np.tril_indices(places.size)
        low, high = np.sort(places[np.stack([rows, columns])], axis=0)
        values = matrix[rows, columns]
        lower = csr_array((values, (high, low)), shape=(size, size))
        if self.sire is not None:
            lower = (replace(self, dense=None).inverse_lower() + lower).tocsr()
        lower.sort_indices()
        lower.indices = lower.indices.astype(np.int32)
        lower.indptr = lower.indptr.astype(np.int32)
        return lower

    @cached_property
    def gamma(self) -> Floats:
        """Relationships among metafounders, empty without.

        Raises
        ------
        ValueError
            If groups are fixed: they have no covariance.
        """
        if self.base is None:
            return NO_GROUPS
        if not self.base.any():
            raise ValueError("fixed groups have no covariance; only the inverse of K is defined")
        return np.ascontiguousarray(np.linalg.inv(self.base))

    @property
    def animals(self) -> tuple[Parents, Parents, float, float, Floats]:
        """Sires, dams, what is inherited of each, and precisions, as the kernels take them."""
        if self.sire is None or self.dam is None or self.precision is None:
            raise ValueError("independent levels have no parents")
        return self.sire, self.dam, *self.weights, self.precision

    def _values(self, x: Floats) -> Floats:
        values = np.array(x, dtype=np.float64, order="C")  # a copy, writable: the kernels' type
        if values.ndim not in (1, 2) or values.shape[0] != len(self):
            raise ValueError(f"x has shape {values.shape}; its first length must be {len(self)}")
        return values
