"""Sums over markers of products of two animals' genotypes."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import blas

from agrigen._kernels import products
from agrigen._kernels import relationship as kernels
from agrigen.genotypes import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.products import missing_list, spread_sums
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.workers import Workers

PANEL = 26_624
"""Most markers whose bits are held at a time: the rows of a tile stay in the second cache."""

TILES = 64
"""Tiles of one part of the dot products."""

PIECES_A_WORKER = 4
"""Pieces of the matrix for each worker, so that none waits long for the last."""

STRIP = 8192
"""Markers whose genotypes of one tile of samples are held as bytes: half of the second cache."""

MISSING_UP_TO = 0.04
"""Share of missing genotypes up to which correcting costs less than multiplying by BLAS."""

BLOCK = 2048
"""Markers of one block of BLAS."""


def centered_products(
    genotypes: Genotypes,
    frequencies: Floats,
    scale: float,
    dtype: np.dtype,
    workers: "Workers | None" = None,
) -> Floats:
    """Z Z' / scale with Z the dosages less 2p, and 0 where missing.

    Workers count the bits in the place of this process; the matrix is the same bit by bit.
    """
    start, missing = missing_list(genotypes)
    if missing.size > MISSING_UP_TO * genotypes.shape[0] * genotypes.shape[1]:
        codes = np.array([2.0, 1.0, 0.0]) - 2 * frequencies[:, None]
        out = coded_products(genotypes, codes, dtype)
        out /= scale
        return out
    samples = len(genotypes)
    mean = 2 * frequencies - 1
    out = np.zeros((samples, samples), dtype)
    sums = out.view(np.int32 if dtype == np.float32 else np.int64)
    if workers is None:
        for rows in _panels(genotypes.packed):
            _add_dots(rows, samples, sums)
    else:
        _add_dots_of(workers, genotypes.packed, sums)
    means = _mean_products(genotypes, mean, start, missing)
    constant = float((mean * mean).sum())
    in_parts(lambda a, b: kernels.center(sums, means, constant, out, a, b), samples, 256)
    unit = 1.0 / scale
    factor = 1.0 if missing.size else unit
    in_parts(lambda a, b: kernels.mirror(out, factor, a, b), samples, 4 * kernels.TILE)
    if missing.size:
        _add_missing(genotypes, start, missing, mean, out)
        out *= unit
    return out


def coded_products(genotypes: Genotypes, codes: Floats, dtype: np.dtype) -> Floats:
    """C C' with C the values of two, one and no copies at each marker; missing is 0.

    Blocks of markers are multiplied in `dtype`, and float64 keeps the sum of blocks.
    """
    samples, markers = genotypes.shape
    values = _by_code(codes).astype(dtype)
    syrk = blas.ssyrk if dtype == np.float32 else blas.dsyrk
    out = np.zeros((samples, samples), dtype, order="F")
    block = np.empty((min(BLOCK, markers), samples), dtype)
    for first in range(0, markers, BLOCK):
        packed = genotypes.packed[first : first + BLOCK]
        part = block[: len(packed)]
        table = values[first : first + BLOCK]
        _decode(packed, table, part)
        out = syrk(1.0, part.T, beta=1.0, c=out, trans=0, lower=0, overwrite_c=1)
    matrix = out.T  # the upper triangle of F order is the lower one of C order
    in_parts(lambda a, b: kernels.mirror(matrix, 1.0, a, b), samples, 4 * kernels.TILE)
    return matrix


def sums_by_sample(genotypes: Genotypes, codes: Floats) -> Floats:
    """Sum over markers of the values of two, one and no copies, for each sample; missing is 0.

    A value is a + b dosage + c [both copies], so blocks are decoded and added.
    """
    values = _by_code(codes)
    total = np.zeros(len(genotypes))
    for first in range(0, genotypes.shape[1], BLOCK):
        packed = genotypes.packed[first : first + BLOCK]
        part = np.empty((len(packed), len(genotypes)))
        _decode(packed, values[first : first + BLOCK], part)
        total += part.sum(axis=0)
    return total


def _by_code(codes: Floats) -> Floats:
    """Values of the codes 00, 01, 10 and 11."""
    two, one, none = codes.T
    return np.stack([two, np.zeros_like(two), one, none], axis=1)


def _decode(packed: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
    in_parts(lambda a, b: kernels.decode_values(packed, values, out, a, b), len(out), 256)


def _panels(packed: np.ndarray) -> list[np.ndarray]:
    return np.array_split(packed, -(-len(packed) // PANEL))


def _add_dots(packed: np.ndarray, samples: int, sums: np.ndarray) -> None:
    words = (len(packed) + 63) // 64
    rows = _tile_rows(samples)
    known, minus = (np.empty((rows * kernels.TILE, words), np.uint64) for _ in range(2))
    in_parts(lambda a, b: kernels.bit_planes(packed, samples, known, minus, a, b), words, 8)
    in_parts(lambda a, b: kernels.add_dots(known, minus, sums, 0, a, b), _tiles(rows), TILES)


def _tile_rows(samples: int) -> int:
    return (samples + kernels.TILE - 1) // kernels.TILE


def _tiles(rows: int) -> int:
    """Tiles in the lower triangle of so many rows of tiles."""
    return rows * (rows + 1) // 2


def _add_dots_of(workers: "Workers", packed: np.ndarray, sums: np.ndarray) -> None:
    """The same from workers, each of which gets all genotypes and gives back rows of tiles."""
    samples = len(sums)
    rows = _tile_rows(samples)
    count = min(rows, PIECES_A_WORKER * len(workers))
    # Pieces of equal area of the triangle.
    ends = np.unique(np.ceil(rows * np.sqrt(np.arange(count + 1) / count)).astype(int)).tolist()
    pieces = list(pairwise(ends))
    shared = workers.send(packed)
    for (first, last), part in workers.run(dots_of_rows, pieces, shared, samples, sums.dtype):
        top = first * kernels.TILE
        stop = min(last * kernels.TILE, samples)
        sums[top:stop, :stop] += part


def dots_of_rows(
    first: int, last: int, packed: np.ndarray, samples: int, dtype: np.dtype
) -> np.ndarray:
    """What a worker does: dot products of the samples of rows of tiles with all before them."""
    stop = min(last * kernels.TILE, samples)
    begin = first * kernels.TILE
    sums = np.zeros((stop - begin, stop), dtype)
    for rows in _panels(packed[:, : (stop + 3) // 4]):
        words = (len(rows) + 63) // 64
        known, minus = (np.empty((last * kernels.TILE, words), np.uint64) for _ in range(2))
        kernels.bit_planes(rows, stop, known, minus, 0, words)
        kernels.add_dots(known, minus, sums, begin, _tiles(first), _tiles(last))
    return sums


def _mean_products(
    genotypes: Genotypes, mean: Floats, start: Integers, missing: np.ndarray
) -> Floats:
    """Sum over markers of x times its mean, for each sample; x is 0 where missing."""
    out = spread_sums(genotypes, mean) - mean.sum()
    if missing.size:
        products.missing_of_samples(start, missing, mean, out)
    return out


def _add_missing(
    genotypes: Genotypes, start: Integers, missing: np.ndarray, mean: Floats, out: Floats
) -> None:
    """Put missing genotypes at the mean: until here they stand at x = 0."""
    samples, markers = genotypes.shape
    first = np.zeros(samples + 1, np.int64)
    np.cumsum(np.bincount(missing, minlength=samples), out=first[1:])
    missed = np.empty(missing.size, np.int32)
    kernels.missing_by_sample(start, missing, first, missed)
    weights: Floats = np.repeat(mean * mean, np.diff(start))
    squares = np.bincount(missing, weights, samples).astype(np.float64)
    c = mean.astype(out.dtype)

    def work(low: int, _: int) -> None:
        part = np.zeros((samples, kernels.TILE), out.dtype)
        tile = np.empty((min(STRIP, markers), kernels.TILE), np.int8)
        at = first[:-1].copy()
        for offset in range(0, markers, STRIP):
            packed = genotypes.packed[offset : offset + STRIP]
            kernels.decode_tile(packed, samples, low, tile)
            stop = offset + len(packed)
            kernels.add_missing(tile, first, at, missed, c, stop, offset, part)
        kernels.add_both_missing(start, missing, c, low, part)
        kernels.fold(out, part, squares, low)

    in_parts(work, samples, kernels.TILE)
    in_parts(lambda a, b: kernels.average(out, a, b), samples, 4 * kernels.TILE)
