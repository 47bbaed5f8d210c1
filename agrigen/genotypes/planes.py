"""Planes of bits of samples or markers: what comparisons of all with all run on."""

import numpy as np
import numpy.typing as npt

from agrigen._kernels import planes as kernels
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts

Planes = npt.NDArray[np.uint64]
"""Known, homozygous and high (one or no copies), shape (3, rows, words of 64)."""


def sample_planes(genotypes: Genotypes) -> Planes:
    """One row a sample, markers along it: 3 bits a genotype."""
    samples, markers = genotypes.shape
    planes = np.zeros((3, samples, (markers + 63) // 64), np.uint64)
    known, homozygous, high = planes
    packed = genotypes.packed
    in_parts(lambda a, b: kernels.sample_planes(packed, known, homozygous, high, a, b),
             (samples + 31) // 32, 16)  # fmt: skip
    return planes


def marker_planes(genotypes: Genotypes) -> Planes:
    """One row a marker, samples along it: 3 bits a genotype."""
    samples, markers = genotypes.shape
    planes = np.zeros((3, markers, (samples + 63) // 64), np.uint64)
    known, homozygous, high = planes
    packed = genotypes.packed
    in_parts(lambda a, b: kernels.marker_planes(packed, samples, known, homozygous, high, a, b),
             markers, 1024)  # fmt: skip
    return planes
