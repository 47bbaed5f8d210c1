"""Genomic relationships as a model uses them, blended and tuned, of which no matrix is formed."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from agrigen.genotypes import Genotypes
from agrigen.genotypes.products import CenteredGenotypes, spread_sums
from agrigen.pedigree import Pedigree
from agrigen.relationship.genomic import (
    GenomicRelationship,
    Means,
    frequencies_of,
    grm,
    tuning_of,
    used_markers,
)
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Floats, Integers

RIDGE = 1e-8
"""Added to the diagonal of G, in units of its mean, where centring made it singular: the effects
of the animals then add up to nearly zero, as those of centred markers do exactly."""


@dataclass(frozen=True, eq=False)
class ImplicitRelationship:
    """G = constant + slope ((1 - blend) Z Z' / scale + blend B) + ridge I, by its products.

    B is A22, or I without a pedigree. Products read the packed genotypes, two bits each, and take
    a few vectors of memory; only `relationship`, `inverse` and `logdet` form G, in 8 n^2 bytes.

    Attributes
    ----------
    scale
        2 sum p q (VanRaden 2008, method 1).
    single
        Whether products sum in single precision, to seven digits and in less time.
    """

    genotypes: Genotypes
    frequencies: Floats
    scale: float
    blend: float = 0.0
    related: PartialRelationship | None = None
    constant: float = 0.0
    slope: float = 1.0
    ridge: float = 0.0
    steps: tuple[str, ...] = ()
    single: bool = False

    def __len__(self) -> int:
        return len(self.genotypes)

    @property
    def share(self) -> float:
        """What a unit of Z Z' / scale is in it."""
        return self.slope * (1.0 - self.blend)

    @cached_property
    def centered(self) -> CenteredGenotypes:
        """Z."""
        kind = np.float32 if self.single else np.float64
        return CenteredGenotypes(self.genotypes, self.frequencies, dtype=kind)

    def times(self, x: Floats, related: Floats | None = None) -> Floats:
        """G x for a vector or a matrix; `related` is A22 x, where that is known already."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 2:
            given = [None] * x.shape[1] if related is None else list(related.T)
            parts = [self.times(c, r) for c, r in zip(x.T, given, strict=True)]
            return np.stack(parts, axis=1)
        y = self.centered.times(self.centered.transposed_times(x))
        y *= self.share / self.scale
        y += self.constant * x.sum() + self.ridge * x
        if self.blend:
            y += self.slope * self.blend * self._other_times(x, related)
        return y

    def marker_effects(self, dual: Floats) -> Floats:
        """Effects of the markers from G^-1 u: share / scale Z' G^-1 u.

        That maximizes their likelihood (VanRaden 2008; Wang et al. 2012); with G neither blended
        nor tuned, Z a = u exactly.
        """
        return self.share / self.scale * self.centered.transposed_times(dual)

    @cached_property
    def diagonal(self) -> Floats:
        """Diagonal of G."""
        p = self.frequencies
        counts = self.genotypes.sample_counts()
        squares: Floats = counts[:, 1] + 4.0 * counts[:, 0] + 4.0 * (p @ p)
        squares -= 4.0 * spread_sums(self.genotypes, p)
        if counts[:, 3].any():
            start, missing = self.centered.missing
            weights: Floats = np.repeat(4.0 * p * p, np.diff(start))
            squares -= np.bincount(missing, weights, len(self))
        out = self.share / self.scale * squares + self.constant + self.ridge
        return out + self.slope * self.blend * self._other_diagonal

    @property
    def means(self) -> Means:
        """Means of the diagonal, off it, and of all elements."""
        total = float(self.times(np.ones(len(self))).sum())
        return _means(len(self), float(self.diagonal.sum()), total)

    def blended(self, weight: float, related: PartialRelationship | None) -> "ImplicitRelationship":
        """(1 - weight) G + weight A22, or plus weight I where there is no pedigree."""
        if not weight:
            return replace(self, related=related)
        what = "I" if related is None else "A22"
        step = f"blended: {1 - weight:g} G + {weight:g} {what}"
        return replace(self, blend=weight, related=related, steps=(*self.steps, step))

    def tuned(self, related: PartialRelationship | None, method: str) -> "ImplicitRelationship":
        """a + b G on the scale of A22, as `GenomicRelationship.tune`, from sums of products."""
        theirs: Means = (1.0, 0.0, 0.0)
        if related is not None and method != "unit":
            theirs = _means(len(related), float(related.diagonal.sum()), related.total)
        a, b = tuning_of(method, self.means, theirs)
        step = f"tuned ({method}): {a:.6g} + {b:.6g} G"
        return replace(self, constant=a, slope=b, steps=(*self.steps, step))

    def ridged(self) -> "ImplicitRelationship":
        """With a hundred-millionth more on the diagonal."""
        ridge = RIDGE * float(self.diagonal.mean())
        return replace(self, ridge=ridge, steps=(*self.steps, f"{ridge:.3g} on the diagonal"))

    @cached_property
    def relationship(self) -> GenomicRelationship:
        """G, dense: 8 n^2 bytes."""
        g = grm(self.genotypes, frequencies=self.frequencies)
        matrix = g.matrix
        if self.blend:
            matrix *= 1.0 - self.blend
            if self.related is None:
                matrix[np.diag_indices_from(matrix)] += self.blend
            else:
                matrix += self.blend * self.related.block
        matrix *= self.slope
        matrix += self.constant
        matrix[np.diag_indices_from(matrix)] += self.ridge
        return replace(g, steps=self.steps)

    @cached_property
    def inverse(self) -> Floats:
        """Inverse of G, dense: 8 n^2 bytes."""
        return self.relationship.inverse()

    @property
    def inverse_diagonal(self) -> Floats:
        """Diagonal of the inverse."""
        return np.diagonal(self.inverse)

    @cached_property
    def logdet(self) -> float:
        """Log-determinant of G."""
        return self.relationship.logdet()

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse times a vector or a matrix."""
        return np.asarray(self.inverse @ x)

    def related_columns(self, places: Integers) -> Floats:
        """What A22, or I, adds to the columns of some animals, (animals, places)."""
        unit = np.zeros((len(self), places.size))
        unit[places, np.arange(places.size)] = 1.0
        return (
            self.slope * self.blend * (unit if self.related is None else self.related.times(unit))
        )

    def _other_times(self, x: Floats, related: Floats | None) -> Floats:
        if self.related is None:
            return x
        return self.related.times(x) if related is None else related

    @property
    def _other_diagonal(self) -> Floats | float:
        return 1.0 if self.related is None else self.related.diagonal


def implicit(
    genotypes: Genotypes, frequencies: str = "observed", pedigree: Pedigree | None = None
) -> ImplicitRelationship:
    """VanRaden's first G of all samples; frequencies as `grm` takes them."""
    p = frequencies_of(genotypes, frequencies, pedigree)
    used_markers(genotypes, p, 0.0, "vanraden1")
    return ImplicitRelationship(genotypes, p, float(2 * (p * (1 - p)).sum()))


def _means(size: int, diagonal: float, total: float) -> Means:
    off = (total - diagonal) / (size * (size - 1)) if size > 1 else 0.0
    return diagonal / size, off, total / size**2
