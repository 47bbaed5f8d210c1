"""Compiled loops that find runs of homozygosity in the planes of one sample's markers."""

import numpy as np
from numba import njit

from agrigen.types import Floats, Integers

HOMOZYGOUS, HETEROZYGOUS, MISSING = 0, 1, 2


@njit(cache=True, nogil=True, error_model="numpy")
def states(known: np.ndarray, homozygous: np.ndarray, out: np.ndarray) -> None:
    """What each marker is: homozygous, heterozygous or missing."""
    one = np.uint64(1)
    for marker in range(out.size):
        bit = one << np.uint64(marker & 63)
        word = marker >> 6
        if not known[word] & bit:
            out[marker] = MISSING
        else:
            out[marker] = HOMOZYGOUS if homozygous[word] & bit else HETEROZYGOUS


@njit(cache=True, nogil=True, error_model="numpy")
def consecutive(
    state: np.ndarray,
    chromosome: Integers,
    position: Floats,
    heterozygous: int,
    missing: int,
    gap: float,
    runs: Integers,
) -> int:
    """Runs marker by marker; returns how many. A run is first and last marker, both homozygous.

    A run ends before the marker that would exceed the heterozygous or missing ones allowed, before
    a gap and at the end of a chromosome. The next run begins after it.
    """
    found = 0
    begin = -1
    end = -1
    hets = 0
    gone = 0
    for i in range(state.size + 1):
        over = i == state.size or (begin >= 0 and (
            chromosome[i] != chromosome[begin] or position[i] - position[i - 1] > gap))  # fmt: skip
        if begin >= 0 and not over and state[i] != HOMOZYGOUS:
            hets += state[i] == HETEROZYGOUS
            gone += state[i] == MISSING
            over = hets > heterozygous or gone > missing
        if over:
            if begin >= 0:
                runs[found, 0] = begin
                runs[found, 1] = end
                found += 1
            begin = -1
            hets = 0
            gone = 0
        if i < state.size and state[i] == HOMOZYGOUS:
            if begin < 0:
                begin = i
            end = i
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def sliding(
    state: np.ndarray,
    starts: Integers,
    position: Floats,
    window: int,
    heterozygous: int,
    missing: int,
    hits: float,
    gap: float,
    covered: np.ndarray,
    runs: Integers,
) -> int:
    """Runs of markers of whose windows at least a share of `hits` is homozygous; returns how many.

    Near the ends of a chromosome fewer windows lie over a marker. `starts` are the first markers
    of the chromosomes and, last, the number of markers.
    """
    found = 0
    for c in range(starts.size - 1):
        low, high = starts[c], starts[c + 1]
        covered[low:high] = 0
        hets = 0
        gone = 0
        for i in range(low, high):
            hets += state[i] == HETEROZYGOUS
            gone += state[i] == MISSING
            if i >= low + window:
                hets -= state[i - window] == HETEROZYGOUS
                gone -= state[i - window] == MISSING
            if i >= low + window - 1 and hets <= heterozygous and gone <= missing:
                covered[i - window + 1 : i + 1] += 1
        for i in range(low, high):
            over = min(min(i - low + 1, high - i), min(window, high - low - window + 1))
            # The epsilon is for shares such as 0.05 x 20 = 1.
            covered[i] = over > 0 and covered[i] >= hits * over - 1e-9
        begin = -1
        for i in range(low, high + 1):
            apart = begin >= 0 and i < high and position[i] - position[i - 1] > gap
            if begin >= 0 and (i == high or not covered[i] or apart):
                runs[found, 0] = begin
                runs[found, 1] = i - 1
                found += 1
                begin = -1
            if i < high and covered[i] and begin < 0:
                begin = i
    return found
