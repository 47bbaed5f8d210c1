"""The covariance among the levels of a random effect, as its sparse inverse is built from."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import pedigree_structure as kernels
from agrigen.types import Floats, Integers, Parents, Texts

NO_GROUPS: Floats = np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class Dense:
    """A dense symmetric matrix that the inverse of K has in addition at some levels."""

    places: Integers
    matrix: Floats


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
    scale
        Diagonal of K: 1 + inbreeding; nan for fixed groups.
    dense
        Added to the inverse: of genomic relationships, which have nothing else, or what genotypes
        add to a pedigree in a single-step model.
    """

    names: Texts
    logdet: float
    scale: Floats
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
            y[self.dense.places] = self.dense.matrix @ x[self.dense.places]
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
            If groups are fixed: they have no covariance; or if genotypes are in it.
        """
        y = self._values(x)
        if self.dense is not None:
            raise ValueError("products with genomic covariances are those of their own matrices")
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

    def _with_dense(self) -> csr_array:
        """The pedigree's part, if there is one, and the dense one."""
        if self.dense is None:
            raise ValueError("there is no dense part")
        size = len(self)
        rows, columns = np.tril_indices(self.dense.places.size)
        low, high = np.sort(self.dense.places[np.stack([rows, columns])], axis=0)
        values = self.dense.matrix[rows, columns]
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
