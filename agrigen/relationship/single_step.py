"""What genotypes put into the inverse of a covariance: G-inverse, less A22-inverse."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from agrigen.evaluation.factor import Factor
from agrigen.pedigree.structure import Structure
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Floats, Integers

EXACT_DIAGONAL = 5_000
"""Genotyped animals up to which the diagonal of H is found exactly."""


class Relationship(Protocol):
    """Genomic relationships of which products are known, and those of the inverse."""

    @property
    def diagonal(self) -> Floats:
        """Diagonal of G."""

    @property
    def inverse(self) -> Floats:
        """The inverse, dense."""

    @property
    def inverse_diagonal(self) -> Floats:
        """Diagonal of the inverse."""

    @property
    def logdet(self) -> float:
        """Log-determinant of G."""

    def times(self, x: Floats, related: Floats | None = None) -> Floats:
        """G x; `related` is A22 x, where that is known already."""

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse times a vector or a matrix."""

    def marker_effects(self, dual: Floats) -> Floats:
        """Effects of the markers from G^-1 u."""


@dataclass(frozen=True, eq=False)
class GenomicPart:
    """D = G^-1 - A22^-1 at the genotyped animals; G^-1 alone without a pedigree.

    With fixed groups of unknown parents, u = Q g + a, the QP transformation (Quaas 1988) of the
    whole inverse of H adds D to the animals, -D Q to animals and groups, and Q' D Q to the groups
    (Misztal et al. 2013); Q is of the genotyped animals, (animals, groups).

    Attributes
    ----------
    places
        Levels of the genotyped animals, then of the fixed groups.
    """

    places: Integers
    g: Relationship
    related: PartialRelationship | None = None
    groups: Floats | None = None

    @property
    def animals(self) -> Integers:
        """Levels of the genotyped animals."""
        groups = 0 if self.groups is None else self.groups.shape[1]
        return self.places[: self.places.size - groups]

    @cached_property
    def matrix(self) -> Floats:
        """D with its groups: 8 n^2 bytes, and three times as much while it is made."""
        own = self.g.inverse
        if self.related is not None:
            own = own - self.related.inverse()
        if self.groups is None:
            return own
        across = own @ self.groups
        return np.block([[own, -across], [-across.T, self.groups.T @ across]])

    @property
    def logdet(self) -> float:
        """Log-determinant of G less that of A22."""
        return self.g.logdet - (0.0 if self.related is None else self.related.logdet)

    @cached_property
    def diagonal(self) -> Floats:
        """Diagonal of D, nearly."""
        own = self.g.inverse_diagonal
        if self.related is not None:
            own = own - self.related.inverse_diagonal()
        if self.groups is None:
            return own
        of_groups = np.einsum("ig,ig->g", self.groups, self._own_times(self.groups))
        return np.append(own, of_groups)

    def times(self, x: Floats) -> Floats:
        """D x."""
        if self.groups is None:
            return self._own_times(x)
        animals = self.groups.shape[0]
        y = self._own_times(x[:animals] - self.groups @ x[animals:])
        return np.concatenate([y, -self.groups.T @ y])

    def scale(self, structure: Structure) -> Floats:
        """Diagonal of K: of genotyped animals that of G, of others that of H.

        The latter takes a sparse factor of the inverse of H; above 5,000 genotyped animals that
        of A stands in its place.
        """
        out = structure.own.copy()
        whole = structure.without_fixed_groups()
        if self.related is not None and self.animals.size <= EXACT_DIAGONAL:
            lower = whole.inverse_lower()
            out[: len(whole)] = Factor(lower).factorize(lower.data).inverse_diagonal()
        out[self.animals] = self.g.diagonal
        return out

    def covariance_times(self, pedigree: Structure | None, x: Floats) -> Floats:
        """K x: G x, or H x = A x + B (G - A22) B' x with B' = [A22^-1 A21, I].

        As A22 B' x are rows of A x, and B y those of A A22^-1 y, it takes two products with A,
        two with the inverse of A22 and one with G.
        """
        if pedigree is None:
            return self.g.times(x)
        if self.related is None:
            raise ValueError("a single step needs relationships of the genotyped animals")
        y = pedigree.times(x)
        there = y[self.animals]
        change = self.g.times(self.related.inverse_times(there), there) - there
        spread = np.zeros_like(y)
        spread[self.animals] = self.related.inverse_times(change)
        y += pedigree.times(spread)
        return y

    def dual(self, pedigree: Structure | None, x: Floats) -> Floats:
        """G^-1 u of the genotyped animals for u = K x, without the inverse of G."""
        if pedigree is None or self.related is None:
            return x
        return self.related.inverse_times(pedigree.times(x)[self.animals])

    def without_groups(self, levels: int) -> "GenomicPart":
        """Without fixed groups, which stand behind `levels` others."""
        return replace(self, places=self.places[self.places < levels], groups=None)

    def _own_times(self, x: Floats) -> Floats:
        y = self.g.inverse_times(x)
        return y if self.related is None else y - self.related.inverse_times(x)
