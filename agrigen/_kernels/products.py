"""Products of packed genotypes with a vector, at the speed of memory.

Genotypes are decoded by arithmetic in registers, sixteen to a word of 32 bits. Vectors over
samples are spread over strips of WORDS words: `spread[strip, f, w]` is the sample of the lane f of
that word, and zero after the last sample. A missing genotype
adds nothing here; callers add what stands for it through `missing_of_markers` and
`missing_of_samples`. Sums have the type of the vectors and are gathered in float64.
"""

import numpy as np
from numba import njit

from agrigen._kernels.bits import load32
from agrigen.types import Floats, Packed

LOW = np.uint32(0x55555555)
WORDS = 128
"""Words of one strip of samples: 2,048 of them, whose sums stay in the nearest cache."""

FLUSH = 512
"""Markers after which the sums of a strip are added to those in float64."""


@njit(inline="always")
def _dosages(word):  # type: ignore[no-untyped-def]
    """Sixteen dosages of two bits each; missing is 0."""
    shifted = word >> np.uint32(1)
    return ((~(word | shifted) & LOW) << np.uint32(1)) | (shifted & ~word & LOW)


@njit(inline="always")
def _lane(word, shift, kind):  # type: ignore[no-untyped-def]
    return kind(np.int32((word >> shift) & np.uint32(3)))


@njit(inline="always")
def _strip(row, strip, edge):  # type: ignore[no-untyped-def]
    """The bytes of a strip; those of the last one are copied, with zeros after them."""
    low = 4 * WORDS * strip
    if low + 4 * WORDS <= row.size:
        return row[low : low + 4 * WORDS]
    edge[: row.size - low] = row[low:]
    return edge


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def by_marker(packed: Packed, spread: np.ndarray, out: Floats, first: int, last: int) -> None:
    """out[marker] = sum over samples of dosage times value, for markers first:last."""
    strips = spread.shape[0]
    kind = spread.dtype.type
    edge = np.zeros(4 * WORDS, np.uint8)
    for marker in range(first, last):
        out[marker] = 0.0
    for strip in range(strips):
        values = spread[strip]
        for marker in range(first, last):
            row = _strip(packed[marker], strip, edge)
            total = kind(0)
            for w in range(np.uint64(WORDS)):
                d = _dosages(load32(row, w))
                a = kind(0)
                for f in range(np.uint64(16)):
                    a += values[f, w] * _lane(d, np.uint32(2) * np.uint32(f), kind)
                total += a
            out[marker] += total


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def by_sample(packed: Packed, effects: np.ndarray, out: Floats, strip: int) -> None:
    """out[strip, f, word] = sum over markers of dosage times effect, for one strip.

    Eight markers are decoded, then added together lane by lane: a loop over more arrays than
    these is not made into vector instructions, for the compiler cannot tell them apart.
    """
    markers = packed.shape[0]
    kind = effects.dtype.type
    sums = np.zeros((16, WORDS), effects.dtype)
    edge = np.zeros(4 * WORDS, np.uint8)
    words = np.zeros((8, WORDS), np.uint32)
    d0, d1, d2, d3 = words[0], words[1], words[2], words[3]
    d4, d5, d6, d7 = words[4], words[5], words[6], words[7]
    u = np.zeros(8, effects.dtype)
    for start in range(0, markers, FLUSH):
        sums[:] = 0
        stop = min(start + FLUSH, markers)
        for marker in range(start, stop, 8):
            for k in range(8):
                u[k] = 0
                if marker + k < stop:
                    u[k] = effects[marker + k]
                    row = _strip(packed[marker + k], strip, edge)
                    target = words[k]
                    for w in range(np.uint64(WORDS)):
                        target[w] = _dosages(load32(row, w))
            u0, u1, u2, u3, u4, u5, u6, u7 = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
            for f in range(16):
                s = np.uint32(2 * f)
                lane = sums[f]
                for w in range(np.uint64(WORDS)):
                    lane[w] += (
                        (u0 * _lane(d0[w], s, kind) + u1 * _lane(d1[w], s, kind))
                        + (u2 * _lane(d2[w], s, kind) + u3 * _lane(d3[w], s, kind))
                    ) + (
                        (u4 * _lane(d4[w], s, kind) + u5 * _lane(d5[w], s, kind))
                        + (u6 * _lane(d6[w], s, kind) + u7 * _lane(d7[w], s, kind))
                    )
        out[strip] += sums


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
