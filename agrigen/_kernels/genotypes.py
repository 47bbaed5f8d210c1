"""Compiled loops over packed genotypes: the layout of a variant-major PLINK .bed file.

`packed[m]` holds marker m, four samples to a byte, the first in the lowest bits: 00 two copies of
the counted allele, 01 missing, 10 one copy, 11 none. Bits after the last sample are never read.
Words are loaded without regard to alignment, so that the rows of a mapped file serve as they are.
"""

import numpy as np
from numba import njit

from agrigen._kernels.bits import load, ones
from agrigen.types import Integers, Packed

LOW = np.uint64(0x5555555555555555)
"""The lower bit of each of 32 genotypes."""

STRETCH = 256
"""Markers that are decoded at a time."""

BYTES = np.uint64(0x0303030303030303)


@njit(cache=True, nogil=True, error_model="numpy")
def count_markers(packed: Packed, samples: int, out: Integers, first: int, last: int) -> None:
    """Samples with two, one and no copies and missing, of markers first:last, in one pass."""
    whole = np.uint64(samples // 32)
    for marker in range(first, last):
        row = packed[marker]
        low = np.uint64(0)
        high = np.uint64(0)
        both = np.uint64(0)
        for word in range(whole):
            x = load(row, word)
            a = x & LOW
            b = (x >> np.uint64(1)) & LOW
            low += ones(a)
            high += ones(b)
            both += ones(a & b)
        for sample in range(np.int64(whole) * 32, samples):
            code = (row[sample >> 2] >> (2 * (sample & 3))) & 3
            low += np.uint64(code & 1)
            high += np.uint64(code >> 1)
            both += np.uint64(code == 3)
        out[marker, 1] = high - both
        out[marker, 2] = both
        out[marker, 3] = low - both
        out[marker, 0] = samples - np.int64(low + high - both)


@njit(cache=True, nogil=True, error_model="numpy")
def count_samples(packed: Packed, samples: int, out: Integers, first: int, last: int) -> None:
    """Markers with two, one and no copies and missing, of the samples of bytes first:last.

    Genotypes are added up in place, 2 bits, then a byte each, before they reach `out`.
    """
    markers = packed.shape[0]
    words = np.uint64((last - first + 7) // 8)
    edge = np.zeros((3, 8), np.uint8)
    narrow = np.zeros((3, words), np.uint64)
    wide = np.zeros((3, 4, words), np.uint64)
    whole = np.uint64((last - first) // 8)
    for start in range(0, markers, 255):
        wide[:] = 0
        for low in range(start, min(start + 255, markers), 3):
            rows = min(3, start + 255 - low, markers - low)
            narrow[:] = 0
            for marker in range(low, low + rows):
                row = packed[marker, first:last]
                n0 = narrow[0]
                n1 = narrow[1]
                n2 = narrow[2]
                for word in range(whole):
                    x = load(row, word)
                    a = x & LOW
                    b = (x >> np.uint64(1)) & LOW
                    n0[word] += b & ~a
                    n1[word] += a & b
                    n2[word] += a & ~b
                if whole < words:
                    edge[:] = 0
                    for byte in range(np.int64(whole) * 8, last - first):
                        a8 = row[byte] & 0x55
                        b8 = (row[byte] >> 1) & 0x55
                        edge[0, byte & 7] = b8 & ~a8
                        edge[1, byte & 7] = a8 & b8
                        edge[2, byte & 7] = a8 & ~b8
                    for kind in range(3):
                        narrow[kind, whole] += load(edge[kind], np.uint64(0))
            for kind in range(3):
                source = narrow[kind]
                for lane in range(4):
                    target = wide[kind, lane]
                    shift = np.uint64(2 * lane)
                    for word in range(words):
                        target[word] += (source[word] >> shift) & BYTES
        for sample in range(4 * first, min(4 * last, samples)):
            place = sample - 4 * first
            shift = np.uint64(8 * ((place >> 2) & 7))
            for kind in range(3):
                sums = wide[kind, place & 3, place >> 5]
                out[sample, kind + 1] += np.int64((sums >> shift) & np.uint64(255))
    for sample in range(4 * first, min(4 * last, samples)):
        out[sample, 0] = markers - out[sample, 1] - out[sample, 2] - out[sample, 3]


@njit(inline="always")
def _dosage(byte, shift):  # type: ignore[no-untyped-def]
    """-1, 0, 1 or 2 of one code: 2 less half of code + 1, and less two where it is missing."""
    code = (byte >> shift) & np.uint8(3)
    missing = code & ~(code >> np.uint8(1)) & np.uint8(1)
    return np.int8(np.uint8(2) - ((code + np.uint8(1)) >> np.uint8(1)) - (missing + missing))


@njit(cache=True, nogil=True, error_model="numpy")
def decode(packed: Packed, out: np.ndarray, first: int, last: int) -> None:
    """Dosages of the samples of bytes first:last as `out[sample, marker]`, -1 where missing.

    Bytes of many markers are gathered, so that four rows of `out` are written at a stretch.
    """
    samples, markers = out.shape
    kind = out.dtype.type
    column = np.empty(STRETCH, np.uint8)
    for start in range(0, markers, STRETCH):
        size = min(STRETCH, markers - start)
        for byte in range(first, last):
            for m in range(size):
                column[m] = packed[start + m, byte]
            for lane in range(min(4, samples - 4 * byte)):
                values = out[4 * byte + lane, start : start + size]
                shift = np.uint8(2 * lane)
                for m in range(np.uint64(size)):
                    values[m] = kind(_dosage(column[m], shift))


@njit(cache=True, nogil=True, error_model="numpy")
def decode_floats(packed: Packed, out: np.ndarray, first: int, last: int) -> None:
    """As `decode`, with nan where missing."""
    samples, markers = out.shape
    kind = out.dtype.type
    absent = kind(np.nan)
    column = np.empty(STRETCH, np.uint8)
    for start in range(0, markers, STRETCH):
        size = min(STRETCH, markers - start)
        for byte in range(first, last):
            for m in range(size):
                column[m] = packed[start + m, byte]
            for lane in range(min(4, samples - 4 * byte)):
                values = out[4 * byte + lane, start : start + size]
                shift = np.uint8(2 * lane)
                for m in range(np.uint64(size)):
                    dosage = _dosage(column[m], shift)
                    values[m] = absent if dosage < 0 else kind(dosage)


@njit(cache=True, nogil=True, error_model="numpy")
def encode(dosages: np.ndarray, packed: Packed, first: int, last: int) -> int:
    """Pack samples x markers of -1, 0, 1 and 2; the samples of bytes first:last.

    Returns sample * markers + marker of the first value that is none of these, or -1.
    """
    samples, markers = dosages.shape
    wrong = -1
    for start in range(0, markers, 64):
        stop = min(start + 64, markers)
        for byte in range(first, last):
            for lane in range(min(4, samples - 4 * byte)):
                values = dosages[4 * byte + lane]
                for marker in range(start, stop):
                    dosage = values[marker]
                    if dosage < -1 or dosage > 2:
                        wrong = (4 * byte + lane) * markers + marker
                        continue
                    code = 1 if dosage < 0 else (0 if dosage == 2 else 3 - dosage)
                    packed[marker, byte] |= np.uint8(code << (2 * lane))
    return wrong


@njit(cache=True, nogil=True, error_model="numpy")
def take_samples(packed: Packed, chosen: Integers, out: Packed, first: int, last: int) -> None:
    """Genotypes of the chosen samples, of markers first:last, packed anew."""
    for marker in range(first, last):
        row = packed[marker]
        target = out[marker]
        for byte in range(target.size):
            value = np.uint8(0)
            for lane in range(min(4, chosen.size - 4 * byte)):
                sample = chosen[4 * byte + lane]
                value |= ((row[sample >> 2] >> (2 * (sample & 3))) & 3) << (2 * lane)
            target[byte] = value
