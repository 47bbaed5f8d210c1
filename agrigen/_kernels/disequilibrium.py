"""Compiled loops of linkage disequilibrium on planes of markers (_kernels.planes)."""

import numpy as np
from numba import njit

from agrigen._kernels.bits import ones
from agrigen.types import Flags, Floats, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def correlation(planes: np.ndarray, a: int, b: int) -> float:
    """Correlation of the dosages of two markers over the samples known in both; nan if constant.

    Dosages count from -1 to 1: a homozygote adds one bit to the sum of squares, and its sign is
    in the plane `high`.
    """
    known_a, hom_a, high_a = planes[0, a], planes[1, a], planes[2, a]
    known_b, hom_b, high_b = planes[0, b], planes[1, b], planes[2, b]
    n = np.uint64(0)
    squares_a = np.uint64(0)
    squares_b = np.uint64(0)
    minus_a = np.uint64(0)
    minus_b = np.uint64(0)
    both = np.uint64(0)
    unlike = np.uint64(0)
    for word in range(np.uint64(known_a.size)):
        ka, ha, xa = known_a[word], hom_a[word], high_a[word]
        kb, hb, xb = known_b[word], hom_b[word], high_b[word]
        n += ones(ka & kb)
        squares_a += ones(ha & kb)
        squares_b += ones(hb & ka)
        minus_a += ones(ha & xa & kb)
        minus_b += ones(hb & xb & ka)
        both += ones(ha & hb)
        unlike += ones(ha & hb & (xa ^ xb))
    count = float(n)
    sum_a = float(squares_a) - 2 * float(minus_a)
    sum_b = float(squares_b) - 2 * float(minus_b)
    cross = count * (float(both) - 2 * float(unlike)) - sum_a * sum_b
    spread = (count * float(squares_a) - sum_a**2) * (count * float(squares_b) - sum_b**2)
    return cross / np.sqrt(spread) if spread > 0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def pairs(planes: np.ndarray, a: Integers, b: Integers, out: Floats, first: int, last: int) -> None:
    """Correlations of the pairs first:last."""
    for pair in range(first, last):
        out[pair] = correlation(planes, a[pair], b[pair])


@njit(cache=True, nogil=True, error_model="numpy")
def decay(
    planes: np.ndarray,
    positions: Floats,
    edges: Floats,
    sums: Floats,
    first: int,
    last: int,
) -> None:
    """Number, sum of r2, of its square and of the distance in bins of distance.

    Pairs are those of the markers first:last of one chromosome, in order of position, with the
    markers after them.
    """
    markers = positions.size
    for i in range(first, last):
        bin = 0
        for j in range(i + 1, markers):
            distance = positions[j] - positions[i]
            if distance >= edges[-1]:
                break
            if distance < edges[0]:
                continue
            while distance >= edges[bin + 1]:
                bin += 1
            r = correlation(planes, i, j)
            if r == r:
                sums[bin, 0] += 1
                sums[bin, 1] += r * r
                sums[bin, 2] += r**4
                sums[bin, 3] += distance


@njit(cache=True, nogil=True, error_model="numpy")
def prune(
    planes: np.ndarray, common: Floats, last: Integers, step: int, limit: float, keep: Flags
) -> None:
    """Drop markers until no two within a window have r2 above the limit.

    Windows begin at each `step`-th marker that is kept; `last[i]` is the end of the window that
    begins at marker i. Of a pair the marker with the more frequent common allele goes, the later
    one where they are equal. `common` is the frequency of the common allele. A pair is looked at
    once.
    """
    markers = keep.size
    unchecked = np.arange(1, markers + 1)
    start = 0
    while start < markers:
        stop = last[start]
        changed = True
        while changed:
            changed = False
            for i in range(start, stop):
                if not keep[i]:
                    continue
                j = max(unchecked[i], i + 1)
                while j < stop:
                    if keep[j]:
                        r = correlation(planes, i, j)
                        if r * r > limit:
                            changed = True
                            if common[i] > common[j] * (1 + 2.0**-44):
                                keep[i] = False
                            else:
                                keep[j] = False
                                j += 1
                            break
                    j += 1
                unchecked[i] = j
        start += step
