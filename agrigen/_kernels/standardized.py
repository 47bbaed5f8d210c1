"""Compiled loop that decodes packed genotypes to standardized dosages."""

import numpy as np
from numba import njit

from agrigen.types import Floats, Integers, Packed


@njit(cache=True, nogil=True, error_model="numpy")
def standardize(
    packed: Packed,
    places: Integers,
    mean: Floats,
    scale: Floats,
    out: Floats,
    first: int,
    last: int,
) -> None:
    """(dosage - mean) * scale of the markers at places first:last, 0 where missing; by marker."""
    samples = out.shape[1]
    values = np.zeros(4)
    for row in range(first, last):
        marker = places[row]
        source = packed[marker]
        target = out[row]
        values[0] = (2 - mean[marker]) * scale[marker]
        values[2] = (1 - mean[marker]) * scale[marker]
        values[3] = -mean[marker] * scale[marker]
        for byte in range(samples >> 2):
            code = source[byte]
            target[4 * byte] = values[code & 3]
            target[4 * byte + 1] = values[(code >> 2) & 3]
            target[4 * byte + 2] = values[(code >> 4) & 3]
            target[4 * byte + 3] = values[code >> 6]
        for sample in range(samples & ~3, samples):
            target[sample] = values[(source[sample >> 2] >> (2 * (sample & 3))) & 3]
