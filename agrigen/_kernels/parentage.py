"""Compiled loops that compare samples bit by bit; the planes are those of _kernels.planes."""

import numpy as np
from numba import njit

from agrigen._kernels.bits import ones
from agrigen.types import Integers

CHUNK = 16
"""Words (1,024 markers) between two looks at the limit."""


@njit(cache=True, nogil=True, error_model="numpy")
def opposing(
    hom_a: np.ndarray, high_a: np.ndarray, hom_b: np.ndarray, high_b: np.ndarray
) -> np.int64:
    """Markers at which two samples are homozygous for different alleles."""
    count = np.uint64(0)
    for word in range(np.uint64(hom_a.size)):
        count += ones(hom_a[word] & hom_b[word] & (high_a[word] ^ high_b[word]))
    return np.int64(count)


@njit(cache=True, nogil=True, error_model="numpy")
def shared(a: np.ndarray, b: np.ndarray) -> np.int64:
    """Bits set in both rows."""
    count = np.uint64(0)
    for word in range(np.uint64(a.size)):
        count += ones(a[word] & b[word])
    return np.int64(count)


@njit(cache=True, nogil=True, error_model="numpy")
def differing(
    known_a: np.ndarray, hom_a: np.ndarray, high_a: np.ndarray,
    known_b: np.ndarray, hom_b: np.ndarray, high_b: np.ndarray,
) -> np.int64:  # fmt: skip
    """Markers known in both samples at which their genotypes differ."""
    count = np.uint64(0)
    for word in range(np.uint64(hom_a.size)):
        unlike = (hom_a[word] ^ hom_b[word]) | (high_a[word] ^ high_b[word])
        count += ones(known_a[word] & known_b[word] & unlike)
    return np.int64(count)


@njit(cache=True, nogil=True, error_model="numpy")
def pair_conflicts(
    planes: np.ndarray, a: Integers, b: Integers, out: Integers, first: int, last: int
) -> None:
    """Opposing homozygotes and compared markers of the pairs first:last, shape (pairs, 2)."""
    known, hom, high = planes[0], planes[1], planes[2]
    for pair in range(first, last):
        i, j = a[pair], b[pair]
        out[pair, 0] = opposing(hom[i], high[i], hom[j], high[j])
        out[pair, 1] = shared(known[i], known[j])


@njit(cache=True, nogil=True, error_model="numpy")
def search_conflicts(
    planes: np.ndarray, offspring: Integers, candidates: Integers, limit: Integers,
    out: np.ndarray, first: int, last: int,
) -> None:  # fmt: skip
    """Opposing homozygotes of each offspring and candidate; a count above the limit may be early.

    `limit[offspring]` is the most that still counts as a parent; the comparison stops where it is
    passed, after a few thousand of 50,000 markers for animals that are not related.
    """
    hom, high = planes[1], planes[2]
    words = hom.shape[1]
    for row in range(first, last):
        i = offspring[row]
        for column in range(candidates.size):
            j = candidates[column]
            count = np.int64(0)
            start = 0
            while start < words and count <= limit[row]:
                stop = min(start + CHUNK, words)
                count += opposing(hom[i, start:stop], high[i, start:stop],
                                  hom[j, start:stop], high[j, start:stop])  # fmt: skip
                start = stop
            out[row, column] = count


@njit(cache=True, nogil=True, error_model="numpy")
def search_identical(
    planes: np.ndarray, limit: Integers, out: np.ndarray, base: int, first: int, last: int
) -> None:
    """Differences of each sample first:last and each later one; above the limit may be early.

    A later sample is compared with all of ours while its bits are near.
    """
    known, hom, high = planes[0], planes[1], planes[2]
    samples, words = hom.shape
    for j in range(first + 1, samples):
        for i in range(first, min(last, j)):
            count = np.int64(0)
            start = 0
            while start < words and count <= limit[i]:
                stop = min(start + CHUNK, words)
                count += differing(
                    known[i, start:stop], hom[i, start:stop], high[i, start:stop],
                    known[j, start:stop], hom[j, start:stop], high[j, start:stop],
                )  # fmt: skip
                start = stop
            out[i - base, j] = count


@njit(cache=True, nogil=True, error_model="numpy")
def identity_by_state(planes: np.ndarray, out: np.ndarray, first: int, last: int) -> None:
    """Opposing, equal and compared markers of samples first:last with 0 to their own."""
    known, hom, high = planes[0], planes[1], planes[2]
    for i in range(first, last):
        for j in range(i + 1):
            compared = shared(known[i], known[j])
            unlike = differing(known[i], hom[i], high[i], known[j], hom[j], high[j])
            out[0, i, j] = out[0, j, i] = opposing(hom[i], high[i], hom[j], high[j])
            out[1, i, j] = out[1, j, i] = compared - unlike
            out[2, i, j] = out[2, j, i] = compared


@njit(cache=True, nogil=True, error_model="numpy")
def families(
    planes: np.ndarray, trios: Integers, out: Integers, by_marker: Integers, first: int, last: int
) -> None:
    """Mendelian conflicts of the families first:last: offspring, sire and dam, -1 is unknown.

    out: markers that conflict at all; with the sire; with the dam; at which an offspring is
    heterozygous between parents homozygous for one allele; and markers compared with a parent.
    `by_marker` counts the families in conflict at each marker.
    """
    known, hom, high = planes[0], planes[1], planes[2]
    zero = np.uint64(0)
    for family in range(first, last):
        child, sire, dam = trios[family, 0], trios[family, 1], trios[family, 2]
        counts = np.zeros(5, np.int64)
        for word in range(known.shape[1]):
            k, h, x = known[child, word], hom[child, word], high[child, word]
            ks = hs = xs = kd = hd = xd = zero
            if sire >= 0:
                ks, hs, xs = known[sire, word], hom[sire, word], high[sire, word]
            if dam >= 0:
                kd, hd, xd = known[dam, word], hom[dam, word], high[dam, word]
            with_sire = h & hs & (x ^ xs)
            with_dam = h & hd & (x ^ xd)
            between = k & ~h & hs & hd & ~(xs ^ xd)
            conflict = with_sire | with_dam | between
            counts[0] += np.int64(ones(conflict))
            counts[1] += np.int64(ones(with_sire))
            counts[2] += np.int64(ones(with_dam))
            counts[3] += np.int64(ones(between))
            counts[4] += np.int64(ones(k & (ks | kd)))
            while conflict != zero:
                lowest = conflict & (~conflict + np.uint64(1))
                by_marker[64 * word + np.int64(ones(lowest - np.uint64(1)))] += 1
                conflict ^= lowest
        out[family, :] = counts
