"""Compiled loops of quality control: the exact test of Hardy-Weinberg proportions."""

from numba import njit

from agrigen.types import Floats, Integers

TIE = 1 + 2.0**-40
"""Probabilities this close are equal; PLINK allows about as much."""

HUGE = 1e280


@njit(cache=True, nogil=True, error_model="numpy")
def exact_p(first: int, heterozygous: int, second: int, weight: float) -> float:
    """Exact test of Wigginton and others 2005, by walking from the observed heterozygotes.

    Probabilities are relative to the observed one. The walk goes outward until they no longer
    count, and inward over the mode to the other side. Where the mode outgrows the range of a
    float, the p-value is 0 to that range. `weight` is what the observed probability counts: 1, or a
    half for the mid p-value.
    """
    rare = min(first, second)
    common = max(first, second)
    if rare + common + heterozygous == 0:
        return 1.0
    tail = weight
    total = 1.0
    for direction in (1, -1):
        het = float(heterozygous)
        low = float(rare)
        high = float(common)
        probability = 1.0
        before = 1.0
        while True:
            if direction > 0:  # one heterozygote pair more
                if low < 1:
                    break
                probability *= 4 * low * high / ((het + 1) * (het + 2))
                het += 2
                low -= 1
                high -= 1
            else:
                if het < 2:
                    break
                probability *= het * (het - 1) / (4 * (low + 1) * (high + 1))
                het -= 2
                low += 1
                high += 1
            total += probability
            if probability < TIE:
                equal = probability * TIE > 1.0
                tail += probability * (weight if equal else 1.0)
                if probability < before and probability < 1e-18 * tail:
                    break
            elif probability > HUGE:
                return 0.0
            before = probability
    return min(1.0, tail / total)


@njit(cache=True, nogil=True, error_model="numpy")
def hardy_weinberg(counts: Integers, out: Floats, weight: float, first: int, last: int) -> None:
    """P-values of markers first:last; counts are two, one, none and missing."""
    for marker in range(first, last):
        out[marker] = exact_p(counts[marker, 0], counts[marker, 1], counts[marker, 2], weight)
