"""A22, the relationships among chosen animals of a pedigree, and its inverse without forming it."""

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from agrigen.errors import DataError, Problem, name_some
from agrigen.evaluation.factor import Factor, Hints
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Column, texts
from agrigen.pedigree.draw import draw
from agrigen.pedigree.relationship import ancestral, block, symmetric
from agrigen.types import Flags, Floats, Integers, Texts

COLUMNS = 64
"""Columns of the dense inverse solved at a time."""


class PartialRelationship:
    """A22: relationships among chosen animals, products with it and with its inverse.

    The inverse is a Schur complement of the sparse A-inverse of the animals and their ancestors:
    with 1 for the ancestors that are not chosen, inv(A22) = A^22 - A^21 inv(A^11) A^12. One sparse
    factor of A^11 serves every product, which takes milliseconds for 10,000 animals.

    Parameters
    ----------
    pedigree
        Where they come from; with metafounders, relationships are relative to them.
    ids
        The chosen animals, each once.
    inbreeding
        Whether inbreeding is counted.

    Attributes
    ----------
    ids
        As given.

    References
    ----------
    Stranden and Mantysaari 2014, J. Anim. Breed. Genet.; Masuda et al. 2017, J. Anim. Sci.
    """

    def __init__(self, pedigree: Pedigree, ids: Column, *, inbreeding: bool = True) -> None:
        self.ids: Texts = texts(ids)
        places = _distinct(pedigree, self.ids)
        whole = pedigree.random_structure()
        if not inbreeding:
            whole = pedigree.structure(inbreeding=False).without_fixed_groups()
        self._structure, self._chosen = ancestral(whole, places)

    def __len__(self) -> int:
        return int(self.ids.size)

    def __repr__(self) -> str:
        return f"Relationships among {len(self)} animals with {self._others.size} ancestors"

    @cached_property
    def block(self) -> Floats:
        """A22, dense."""
        return block(self._structure, self._chosen)

    def times(self, x: Floats) -> Floats:
        """A22 x for a vector or a matrix, in two sweeps over the ancestors."""
        x = np.asarray(x, dtype=np.float64)
        spread = np.zeros((len(self._structure), *x.shape[1:]))
        spread[self._chosen] = x
        return self._structure.times(spread)[self._chosen]

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse of A22 times a vector or a matrix."""
        x = np.asarray(x, dtype=np.float64)
        y = self._own @ x
        if self._factor is None:
            return y
        return y - self._across.T @ self._factor.solve(self._across @ x)

    def draw(self, columns: int, generator: np.random.Generator) -> Floats:
        """N(0, A22), (animals, columns)."""
        z = generator.standard_normal((len(self._structure), columns))
        return draw(self._structure, z)[self._chosen]

    @property
    def diagonal(self) -> Floats:
        """Relationship of each with itself."""
        return np.asarray(self._structure.scale[self._chosen])

    @cached_property
    def total(self) -> float:
        """Sum of all relationships."""
        return float(self.times(np.ones(len(self))).sum())

    def inverse_diagonal(self) -> Floats:
        """The diagonal of the inverse nearly, and not below it, without a solve for each animal."""
        own, pivots = self._own.diagonal(), self._lower.diagonal()[self._others]
        squares = self._across.multiply(self._across).tocsr()
        return np.asarray(own - squares.T @ (1.0 / pivots) if pivots.size else own)

    def inverse(self) -> Floats:
        """The dense inverse of A22."""
        out = np.empty((len(self), len(self)))
        for low in range(0, len(self), COLUMNS):
            unit = np.zeros((len(self), min(COLUMNS, len(self) - low)))
            unit[low + np.arange(unit.shape[1]), np.arange(unit.shape[1])] = 1.0
            out[:, low : low + unit.shape[1]] = self.inverse_times(unit)
        return (out + out.T) / 2

    @cached_property
    def logdet(self) -> float:
        """Log-determinant of A22: that of A plus that of A^11."""
        return self._structure.logdet + (0.0 if self._factor is None else self._factor.logdet)

    @cached_property
    def _others(self) -> Integers:
        other = np.ones(len(self._structure), np.bool_)
        other[self._chosen] = False
        return np.flatnonzero(other)

    @cached_property
    def _lower(self) -> csr_array:
        return self._structure.inverse_lower()

    @cached_property
    def _own(self) -> csr_array:
        return symmetric(self._lower)[self._chosen][:, self._chosen].tocsr()

    @cached_property
    def _across(self) -> csr_array:
        return symmetric(self._lower)[self._others][:, self._chosen].tocsr()

    @cached_property
    def _factor(self) -> Factor | None:
        others = self._others
        if not others.size:
            return None
        lower = self._lower[others][:, others].tocsr()
        lower.sort_indices()
        # Youngest first; sires and metafounders meet very many others.
        return Factor(lower, Hints(-others, self._late[others])).factorize(lower.data)

    @property
    def _late(self) -> Flags:
        sire = self._structure.animals[0]
        late = np.zeros(len(self._structure), np.bool_)
        late[sire[sire >= 0]] = True
        late[sire.size :] = True
        return late


def _distinct(pedigree: Pedigree, ids: Texts) -> Integers:
    """Places of the animals in the pedigree."""
    places = pedigree.index_many(ids)
    names, counts = np.unique(ids.astype(str), return_counts=True)
    problems = []
    if (places < 0).any():
        absent = [str(name) for name in ids[places < 0]]
        message = f"{name_some(absent)} is not in the pedigree."
        problems.append(Problem("unknown_animal", tuple(absent), message, "Check the ids."))
    if (counts > 1).any():
        twice = [str(name) for name in names[counts > 1]]
        message = f"{name_some(twice)} is named more than once."
        problems.append(Problem("duplicate", tuple(twice), message, "Name each animal once."))
    if problems:
        raise DataError(problems)
    return places
