"""Standardized dosages by blocks of markers, and products with them; missing is the mean."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import dsyrk

from agrigen._kernels import standardized as kernels
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.types import Flags, Floats, Integers

BYTES = 2**26
"""Of a block of standardized dosages."""


@dataclass(frozen=True, eq=False)
class Standard:
    """How dosages are standardized: mean, scale, and the markers that vary enough to be used.

    Attributes
    ----------
    mean, scale
        (dosage - mean) * scale has mean 0, and variance 1: observed, or of 2p(1 - p).
    used
        Markers whose minor allele is common enough; without a bound those that do not vary too.
    varies
        Those among them that vary.
    """

    mean: Floats
    scale: Floats
    used: Flags
    varies: Flags

    @classmethod
    def of(
        cls, genotypes: Genotypes, *, minor_frequency: float = 0.0, observed: bool = True
    ) -> "Standard":
        """Of these genotypes; `observed` takes the variance that is observed, not 2p(1 - p)."""
        two, one, none, _ = genotypes.counts().T.astype(np.float64)
        seen = np.maximum(two + one + none, 1)
        mean = (2 * two + one) / seen
        variance = (4 * two + one) / seen - mean**2 if observed else mean * (1 - mean / 2)
        common = np.minimum(mean, 2 - mean) / 2
        used = common >= minor_frequency
        varies = used & (variance > 1e-12) & (common > 0)
        scale = np.divide(1, np.sqrt(variance), out=np.zeros_like(mean), where=varies)
        return cls(mean, scale, used, varies)

    @property
    def markers(self) -> Integers:
        """Places of the markers that vary."""
        return np.flatnonzero(self.varies)

    def blocks(
        self, genotypes: Genotypes, markers: Integers | None = None
    ) -> Iterator[tuple[Integers, Floats]]:
        """Places of the markers and their standardized dosages, shape (samples, markers)."""
        use = self.markers if markers is None else markers
        size = max(64, BYTES // (8 * max(len(genotypes), 1)))
        for first in range(0, use.size, size):
            places = use[first : first + size]
            by_marker = np.empty((places.size, len(genotypes)))

            def work(a: int, b: int, places: Integers = places, out: Floats = by_marker) -> None:
                kernels.standardize(genotypes.packed, places, self.mean, self.scale, out, a, b)

            in_parts(work, places.size, 256)
            yield places, by_marker.T

    def gram(self, genotypes: Genotypes, markers: Integers | None = None) -> Floats:
        """Z Z' of the standardized dosages Z, shape (samples, samples)."""
        size = len(genotypes)
        total = np.zeros((size, size), order="F")
        for _, block in self.blocks(genotypes, markers):
            # One triangle only: half the work of a product.
            total = dsyrk(1.0, block, beta=1.0, c=total, trans=0, lower=1, overwrite_c=1)
        return np.tril(total) + np.tril(total, -1).T

    def gram_times(self, genotypes: Genotypes, x: Floats) -> Floats:
        """Z (Z' x), without forming Z Z'."""
        total = np.zeros_like(x)
        for _, block in self.blocks(genotypes):
            total += block @ (block.T @ x)
        return total
