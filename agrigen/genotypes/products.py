"""Products of centred genotypes with vectors, without unpacking them."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from agrigen._kernels import products as kernels
from agrigen._kernels.relationship import list_missing
from agrigen._kernels.vectors import STRIP_BYTES
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.types import Floats, Integers

MARKERS = 1024
"""Markers of one part of a product."""

SUMMED = 4096
"""Markers whose sums over samples are one part."""

STRIP = 4 * STRIP_BYTES
"""Samples of one strip."""


class CenteredGenotypes:
    """Z, shape (samples, markers): dosages less twice the frequency; missing is the mean, 0.

    Parameters
    ----------
    genotypes
        What Z is made of; they stay packed.
    frequencies
        Of the counted alleles; those observed where they are not given.
    dtype
        float32 sums 2,048 samples or 512 markers in single precision (relative error
        about 1e-7), float64 all in double.
    """

    def __init__(
        self,
        genotypes: Genotypes,
        frequencies: Floats | None = None,
        *,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        self.genotypes = genotypes
        self.dtype = np.dtype(dtype)
        given = genotypes.frequencies() if frequencies is None else frequencies
        self.frequencies: Floats = np.nan_to_num(np.asarray(given, dtype=np.float64))
        if self.frequencies.shape != (len(genotypes.markers),):
            message = (
                f"There are {self.frequencies.size} frequencies for {genotypes.shape[1]} markers."
            )
            raise GenotypeError([Problem("shape", (), message, "Give one for each marker.")])

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and markers."""
        return self.genotypes.shape

    def times(self, effects: Floats) -> Floats:
        """Z u: a value for each sample from effects of the markers."""
        effects = np.asarray(effects, dtype=np.float64)
        self._check(effects, self.shape[1], "effects")
        means = 2 * self.frequencies * effects
        out = spread_sums(self.genotypes, effects.astype(self.dtype))
        start, missing = self.missing
        if missing.size:
            kernels.missing_of_samples(start, missing, means, out)
        return out - means.sum()

    def transposed_times(self, values: Floats) -> Floats:
        """Z' y: a value for each marker from values of the samples."""
        values = np.asarray(values, dtype=np.float64)
        self._check(values, self.shape[0], "values")
        out = np.empty(self.shape[1])
        lanes = spread(values.astype(self.dtype))
        packed = self.genotypes.packed
        in_parts(lambda a, b: kernels.by_marker(packed, lanes, out, a, b), out.size, MARKERS)
        start, missing = self.missing
        known = np.full(out.size, values.sum())
        if missing.size:
            absent = np.empty(out.size)
            in_parts(lambda a, b: kernels.missing_of_markers(start, missing, values, absent, a, b),
                     out.size, MARKERS)  # fmt: skip
            known -= absent
        return out - 2 * self.frequencies * known

    @cached_property
    def missing(self) -> tuple[Integers, np.ndarray]:
        """Where the missing genotypes of each marker start, and their samples."""
        return missing_list(self.genotypes)

    def _check(self, vector: np.ndarray, size: int, what: str) -> None:
        if vector.shape != (size,):
            message = f"There are {vector.size} {what} where {size} belong."
            raise GenotypeError([Problem("shape", (), message, "Give one for each.")])


def spread(values: np.ndarray) -> np.ndarray:
    """A vector over samples as strips of lanes: [strip, f, w] is sample f of word w."""
    lanes = 4 * values.itemsize
    strips = (values.size + STRIP - 1) // STRIP
    padded = np.zeros(STRIP * strips, values.dtype)
    padded[: values.size] = values
    return np.ascontiguousarray(padded.reshape(strips, -1, lanes).transpose(0, 2, 1))


def spread_sums(genotypes: Genotypes, effects: np.ndarray) -> Floats:
    """Sum over markers of dosage times effect for each sample; missing adds nothing."""
    samples, markers = genotypes.shape
    lanes = 4 * effects.itemsize
    strips = (samples + STRIP - 1) // STRIP

    def work(first: int, last: int) -> Floats:
        sums = np.zeros((strips, lanes, STRIP // lanes))
        kernels.by_sample(genotypes.packed, effects, sums, first, last)
        return sums

    total = np.zeros((strips, lanes, STRIP // lanes))
    for part in in_parts(work, markers, SUMMED):
        total += part
    return total.transpose(0, 2, 1).ravel()[:samples].copy()


def missing_list(genotypes: Genotypes) -> tuple[Integers, np.ndarray]:
    """Samples without a genotype, marker by marker: where each marker starts, and the samples."""
    start = np.zeros(len(genotypes.markers) + 1, np.int64)
    np.cumsum(genotypes.counts()[:, 3], out=start[1:])
    missing = np.empty(start[-1], np.int32)
    if missing.size:
        in_parts(lambda a, b: list_missing(genotypes.packed, len(genotypes), start, missing, a, b),
                 len(genotypes.markers), MARKERS)  # fmt: skip
    return start, missing
