"""Products of packed genotypes with a vector, at the speed of memory.

Rows are read from one end to the other, several at a time. Vectors over samples are spread over
strips of 2,048: `spread[strip, f, w]` belongs to genotype f of word w, and is zero after the last
sample; words have the size of the numbers. A missing genotype adds nothing here; callers add what
stands for it through `missing_of_markers` and `missing_of_samples`. Sums have the type of the
vectors and are gathered in float64.
"""

import numpy as np
from numba import njit

from agrigen._kernels.vectors import ADD_ROWS, DOT_ROWS, STRIP_BYTES, add_dots, add_rows
from agrigen.types import Floats, Packed

FLUSH = 512
"""Markers after which the sums of a strip are added to those in float64."""


@njit(cache=True, nogil=True, error_model="numpy")
def by_marker(packed: Packed, spread: np.ndarray, out: Floats, first: int, last: int) -> None:
    """out[marker] = sum over samples of dosage times value, for markers first:last."""
    size = packed.shape[1]
    edge = np.zeros((DOT_ROWS, STRIP_BYTES), np.uint8)
    sums = np.zeros(DOT_ROWS)
    for marker in range(first, last, DOT_ROWS):
        rows = min(DOT_ROWS, last - marker)
        sums[:] = 0.0
        for strip in range(spread.shape[0]):
            low = STRIP_BYTES * strip
            high = min(low + STRIP_BYTES, size)
            if rows == DOT_ROWS and high - low == STRIP_BYTES:
                add_dots(packed[marker : marker + DOT_ROWS, low:high], spread[strip], sums)
            else:
                edge[:rows, : high - low] = packed[marker : marker + rows, low:high]
                add_dots(edge, spread[strip], sums)
        out[marker : marker + rows] = sums[:rows]


@njit(cache=True, nogil=True, error_model="numpy")
def by_sample(packed: Packed, effects: np.ndarray, out: Floats, first: int, last: int) -> None:
    """Add to out, spread like values, the sum over markers first:last of dosage times effect."""
    size = packed.shape[1]
    edge = np.zeros((ADD_ROWS, STRIP_BYTES), np.uint8)
    some = np.zeros(ADD_ROWS, effects.dtype)
    sums = np.zeros(out.shape, effects.dtype)
    for start in range(first, last, FLUSH):
        sums[:] = 0
        stop = min(start + FLUSH, last)
        for marker in range(start, stop, ADD_ROWS):
            rows = min(ADD_ROWS, stop - marker)
            some[:] = 0
            some[:rows] = effects[marker : marker + rows]
            for strip in range(out.shape[0]):
                low = STRIP_BYTES * strip
                high = min(low + STRIP_BYTES, size)
                if rows == ADD_ROWS and high - low == STRIP_BYTES:
                    add_rows(packed[marker : marker + ADD_ROWS, low:high], some, sums[strip])
                else:
                    edge[:rows, : high - low] = packed[marker : marker + rows, low:high]
                    add_rows(edge, some, sums[strip])
        out += sums


@njit(cache=True, nogil=True, error_model="numpy")
def missing_of_markers(
    start: np.ndarray, missing: np.ndarray, values: Floats, out: Floats, first: int, last: int
) -> None:
    """out[marker] = sum of the values of the samples that miss it."""
    for marker in range(first, last):
        total = 0.0
        for place in range(start[marker], start[marker + 1]):
            total += values[missing[place]]
        out[marker] = total


@njit(cache=True, nogil=True, error_model="numpy")
def missing_of_samples(
    start: np.ndarray, missing: np.ndarray, effects: Floats, out: Floats
) -> None:
    """Add to out[sample] the effects of the markers it misses."""
    for marker in range(effects.size):
        effect = effects[marker]
        for place in range(start[marker], start[marker + 1]):
            out[missing[place]] += effect
