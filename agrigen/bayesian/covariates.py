"""The covariates of the markers as the sampler keeps them, and all that follows from them once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from agrigen._kernels import bayes as kernels
from agrigen._kernels.vectors import ADD_ROWS, STRIP_BYTES
from agrigen.evaluation.threads import plain_blas
from agrigen.genotypes import Genotypes, packing
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.products import STRIP, missing_list
from agrigen.types import Floats, Integers

BLOCK = 64
"""Markers whose effects are drawn before the residuals take up their changes."""

Rows = Callable[[int, int], Floats]
"""Centered covariates of some markers, shape (markers, animals)."""


@dataclass(frozen=True, eq=False)
class Covariates:
    """What the chains of a run share.

    Attributes
    ----------
    animals
        Number of them: those with records.
    place
        Of each animal in the vectors of the kernels.
    weight
        Sum of the weights of each animal's records, spread as the vectors of the kernels.
    diagonal, gram
        x'Dx of every marker, and X'DX with the other markers of its block.
    kept
        What `sweep` takes as first argument.
    rows
        Covariates of some markers.
    """

    animals: int
    place: Integers
    weight: np.ndarray
    diagonal: Floats
    gram: np.ndarray
    kept: Any
    rows: Rows
    sweep: Any

    @property
    def markers(self) -> int:
        """Number of them."""
        return int(self.diagonal.size)

    def times(self, effects: Floats) -> Floats:
        """Values of the animals from effects of the markers."""
        out = np.zeros(self.animals)
        for first, last in blocks(self.markers):
            if effects[first:last].any():
                out += effects[first:last] @ self.rows(first, last)
        return out


def blocks(markers: int, size: int = BLOCK) -> Iterator[tuple[int, int]]:
    """First and last marker of every block."""
    for first in range(0, markers, size):
        yield first, min(first + size, markers)


def packed(genotypes: Genotypes, mean: Floats, weight: Floats, dtype: Any) -> Covariates:
    """Covariates of genotyped animals, two bits each; a missing genotype is the mean."""
    animals, markers = genotypes.shape
    strips = -(-animals // STRIP)
    rows_of_kernel = np.zeros((-(-markers // ADD_ROWS) * ADD_ROWS, strips * STRIP_BYTES), np.uint8)
    rows_of_kernel[:markers, : genotypes.packed.shape[1]] = genotypes.packed
    place = _places(animals, 4 * np.dtype(dtype).itemsize)
    start, missing = missing_list(genotypes)

    def rows(first: int, last: int) -> Floats:
        dosages = packing.unpack(genotypes.packed[first:last], animals, np.int8).T
        return np.where(dosages < 0, 0.0, dosages - mean[first:last, None])

    padded = np.zeros(strips * STRIP, dtype)
    padded[place] = weight
    products = gram(rows, weight, markers, dtype)
    kept = (rows_of_kernel, mean, start, place[missing].astype(np.int32))
    return Covariates(animals, place, padded, *products, kept, rows, kernels.sweep_packed)


def _places(animals: int, lanes: int) -> Integers:
    """Where each animal stands in a vector that is spread over strips."""
    strip, inside = np.divmod(np.arange(animals), STRIP)
    word, lane = np.divmod(inside, lanes)
    return np.asarray(strip * STRIP + lane * (STRIP // lanes) + word)


def dense(values: np.ndarray, weight: Floats, dtype: Any) -> Covariates:
    """Covariates as numbers, shape (markers, animals), centered."""
    markers, animals = values.shape

    def rows(first: int, last: int) -> Floats:
        return values[first:last].astype(np.float64)

    products = gram(rows, weight, markers, dtype)
    place = np.arange(animals)
    return Covariates(
        animals, place, weight.astype(dtype), *products, values, rows, kernels.sweep_dense
    )


def gram(rows: Rows, weight: Floats, markers: int, dtype: Any) -> tuple[Floats, np.ndarray]:
    """Diagonal of X'DX, and its blocks, one row a marker."""
    diagonal = np.empty(markers)
    out = np.zeros((markers, BLOCK), dtype)

    def work(first: int, last: int) -> None:
        for low, high in blocks(last - first):
            x = rows(first + low, first + high)
            product = (x * weight) @ x.T
            diagonal[first + low : first + high] = np.diagonal(product)
            out[first + low : first + high, : high - low] = product

    with plain_blas():
        in_parts(work, markers, 16 * BLOCK)
    return diagonal, out


def used_markers(counts: Integers) -> np.ndarray:
    """Markers that vary among the animals."""
    two, one, none, _ = counts.T
    seen = two + one + none
    copies = 2 * two + one
    return (copies > 0) & (copies < 2 * seen) & ~((one == seen) & (seen > 0))
