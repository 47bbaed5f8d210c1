"""Packed genotypes as planes of bits, 64 genotypes to a word, for samples or for markers.

Of each genotype three bits are kept: whether it is known, whether it is homozygous, and whether it
has none of the counted allele (`high`: one or no copies, as in a .bed file). A missing genotype
has no bit set, so that comparisons by and, exclusive or and counting need no branch.
"""

import numpy as np
from numba import njit

from agrigen._kernels.bits import load
from agrigen.types import Packed

LOW = np.uint64(0x5555555555555555)
ONE = np.uint64(1)


@njit(cache=True, nogil=True, error_model="numpy")
def transpose(a: np.ndarray) -> None:
    """Transpose 64 words of 64 bits in place: bit c of word r becomes bit r of word c."""
    width = 32
    mask = np.uint64(0xFFFFFFFF)
    while width:
        shift = np.uint64(width)
        k = 0
        while k < 64:
            t = ((a[k] >> shift) ^ a[k + width]) & mask
            a[k] ^= t << shift
            a[k + width] ^= t
            k = (k + width + 1) & ~width
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(cache=True, nogil=True, error_model="numpy")
def sample_planes(
    packed: Packed,
    known: np.ndarray,
    homozygous: np.ndarray,
    high: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Planes of samples 32 * first to 32 * last, shape (samples, words of 64 markers)."""
    markers, size = packed.shape
    samples = known.shape[0]
    a = np.empty(64, np.uint64)
    edge = np.zeros(8, np.uint8)
    for word in range(known.shape[1]):
        rows = min(64, markers - 64 * word)
        for group in range(first, last):
            whole = 8 * group + 8 <= size
            for r in range(64):
                if r >= rows:
                    a[r] = LOW  # a marker that is missing in all
                elif whole:
                    a[r] = load(packed[64 * word + r], np.uint64(group))
                else:
                    for byte in range(8 * group, size):
                        edge[byte - 8 * group] = packed[64 * word + r, byte]
                    a[r] = load(edge, np.uint64(0))
            transpose(a)
            for lane in range(min(32, samples - 32 * group)):
                lower = a[2 * lane]
                upper = a[2 * lane + 1]
                sample = 32 * group + lane
                known[sample, word] = upper | ~lower
                homozygous[sample, word] = ~(lower ^ upper)
                high[sample, word] = upper


@njit(cache=True, nogil=True, error_model="numpy")
def even_bits(x: np.uint64) -> np.uint64:
    """The 32 even bits of a word, side by side."""
    x &= LOW
    x = (x | (x >> ONE)) & np.uint64(0x3333333333333333)
    x = (x | (x >> np.uint64(2))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = (x | (x >> np.uint64(4))) & np.uint64(0x00FF00FF00FF00FF)
    x = (x | (x >> np.uint64(8))) & np.uint64(0x0000FFFF0000FFFF)
    return (x | (x >> np.uint64(16))) & np.uint64(0x00000000FFFFFFFF)


@njit(cache=True, nogil=True, error_model="numpy")
def marker_planes(
    packed: Packed,
    samples: int,
    known: np.ndarray,
    homozygous: np.ndarray,
    high: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Planes of markers first:last, shape (markers, words of 64 samples)."""
    size = packed.shape[1]
    edge = np.empty(16, np.uint8)
    for marker in range(first, last):
        row = packed[marker]
        for word in range(known.shape[1]):
            for byte in range(16):
                place = 16 * word + byte
                edge[byte] = row[place] if place < size else np.uint8(0x55)
            x = load(edge, np.uint64(0))
            y = load(edge, np.uint64(1))
            lower = even_bits(x) | (even_bits(y) << np.uint64(32))
            upper = even_bits(x >> ONE) | (even_bits(y >> ONE) << np.uint64(32))
            inside = ~np.uint64(0)
            if samples - 64 * word < 64:
                inside = (ONE << np.uint64(samples - 64 * word)) - ONE
            known[marker, word] = (upper | ~lower) & inside
            homozygous[marker, word] = ~(lower ^ upper) & inside
            high[marker, word] = upper & (upper | ~lower) & inside
