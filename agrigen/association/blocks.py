"""Blocks of markers as rows of centered dosages, multiplied by a matrix, on all threads."""

from collections.abc import Callable
from functools import partial

import numpy as np

from agrigen._kernels.relationship import decode_values
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.threads import plain_blas
from agrigen.genotypes import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.types import Floats, Integers

BLOCK = 256
"""Markers of one block: rows stay in the cache of a core between decoding and the tests."""

STRETCH = 8192
"""Markers between two questions whether to go on."""


def each_block(
    genotypes: Genotypes,
    places: Integers,
    means: Floats,
    basis: np.ndarray | None,
    work: Callable[[np.ndarray, int, int], object],
    stage: Stages,
) -> None:
    """Call work(rows, first, last) for blocks of the chosen markers.

    Rows are dosages less their mean (missing is 0) in the precision of `basis`, times `basis`
    where there is one. Blocks are the same on any machine, and so are the numbers.
    """
    kind = np.dtype(np.float64) if basis is None else basis.dtype

    def block(first: int, last: int) -> None:
        rows = decoded(genotypes, places[first:last], means[first:last], kind)
        work(rows if basis is None else rows @ basis, first, last)

    with plain_blas():
        for low in range(0, places.size, STRETCH):
            high = min(low + STRETCH, places.size)
            stage(low / places.size, f"testing marker {low + 1:,} of {places.size:,}")
            in_parts(partial(_shifted, block, low), high - low, BLOCK)


def _shifted(work: Callable[[int, int], None], by: int, first: int, last: int) -> None:
    work(by + first, by + last)


def decoded(genotypes: Genotypes, places: Integers, means: Floats, kind: np.dtype) -> np.ndarray:
    """Dosages less their mean, a row a marker; missing is 0."""
    values = np.zeros((places.size, 4), kind)
    values[:, 0] = 2.0 - means
    values[:, 2] = 1.0 - means
    values[:, 3] = -means
    out = np.empty((places.size, len(genotypes)), kind)
    decode_values(genotypes.packed[places], values, out, 0, places.size)
    return out
