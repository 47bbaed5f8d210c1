"""Compiled loops over rows of FinalReports: bytes in, names and pairs of alleles out.

Names are kept one after the other in a pool; `starts` says where each begins, and `slots` is a
table of hashes with open addresses: 1 + the number of a name, 0 where nothing is.
"""

import numpy as np
from numba import njit

from agrigen.types import Dosages, Packed

DONE, GROW, CELLS, ALLELE, TWICE, SCORE = range(6)
"""How a reading ended: at the end of the block, or at a row that needs room or is wrong."""

PLACE, LINES, LAST_MARKER, LAST_SAMPLE, BEGIN, END = range(6)
"""What is remembered between readings; BEGIN and END are of the wrong cell, or count cells."""

MARKER, SAMPLE, FIRST, SECOND, GC_SCORE = range(1, 6)
"""What a column holds; 0 is anything else."""

NEW_LINE, RETURN, SPACE = 10, 13, 32
WRONG = 255
NO_NUMBER = -1e300


@njit(cache=True, nogil=True, error_model="numpy")
def read_rows(  # type: ignore[no-untyped-def]
    block: Packed,
    separator: int,
    roles: np.ndarray,
    letters: Packed,
    least: float,
    markers,
    samples,
    pairs: Packed,
    state: np.ndarray,
) -> int:
    """Keep 1 + 8 x the first + the second allele of each row of a block of whole lines.

    `letters` has the number of an allele's letter, `least` the GC score below which calls are
    missing. Reading goes on at state[PLACE], which stays at the row that could not be kept.
    """
    begin = np.zeros(6, np.int64)
    end = np.zeros(6, np.int64)
    place = state[PLACE]
    while place < block.size:
        cells = 0
        more = False
        start = place
        while True:
            letter = block[place]
            place += 1
            if letter != separator and letter != NEW_LINE:
                continue
            stop = place - 1
            if letter == NEW_LINE and stop > start and block[stop - 1] == RETURN:
                stop -= 1
            while start < stop and block[start] == SPACE:
                start += 1
            if cells < roles.size:
                begin[roles[cells]] = start
                end[roles[cells]] = stop
            elif start < stop:
                more = True
            cells += 1
            start = place
            if letter == NEW_LINE:
                break
        if cells == 1 and begin[roles[0]] == end[roles[0]]:
            state[LINES] += 1
            state[PLACE] = place
            continue
        if cells < roles.size or more:
            state[BEGIN] = cells
            return CELLS
        first = _allele(block, begin[FIRST], end[FIRST], letters)
        second = _allele(block, begin[SECOND], end[SECOND], letters)
        if first == WRONG or second == WRONG:
            wrong = FIRST if first == WRONG else SECOND
            state[BEGIN], state[END] = begin[wrong], end[wrong]
            return ALLELE
        pair = 8 * first + second
        if least > NO_NUMBER:
            score = _number(block, begin[GC_SCORE], end[GC_SCORE])
            if score == NO_NUMBER:
                state[BEGIN], state[END] = begin[GC_SCORE], end[GC_SCORE]
                return SCORE
            if not score >= least:
                pair = 0
        sample = _code(block, begin[SAMPLE], end[SAMPLE], state[LAST_SAMPLE], samples)
        marker = _code(block, begin[MARKER], end[MARKER], state[LAST_MARKER], markers)
        if sample < 0 or marker < 0 or sample >= pairs.shape[0] or marker >= pairs.shape[1]:
            return GROW
        if pairs[sample, marker] != 0:
            state[LAST_SAMPLE], state[LAST_MARKER] = sample, marker
            return TWICE
        pairs[sample, marker] = 1 + pair
        state[LAST_SAMPLE], state[LAST_MARKER] = sample, marker
        state[LINES] += 1
        state[PLACE] = place
    return DONE


@njit(cache=True, nogil=True, error_model="numpy")
def find_slot(pool, starts, slots, block, begin, end, seed):  # type: ignore[no-untyped-def]
    """The slot of a name: where it is, or where it belongs."""
    code = seed
    for place in range(begin, end):
        code = (code ^ np.uint64(block[place])) * np.uint64(1099511628211)
    code ^= code >> np.uint64(29)
    last = slots.size - 1
    slot = np.int64(code & np.uint64(last))
    while slots[slot] != 0 and not _same(pool, starts, slots[slot] - 1, block, begin, end):
        slot = (slot + 1) & last
    return slot


@njit(cache=True, nogil=True, error_model="numpy")
def fill_slots(pool, starts, slots, count, seed) -> None:  # type: ignore[no-untyped-def]
    """Put the names into an empty table."""
    for code in range(count):
        slot = find_slot(pool, starts, slots, pool, starts[code], starts[code + 1], seed)
        slots[slot] = code + 1


@njit(cache=True, nogil=True, error_model="numpy")
def alleles_met(pairs: Packed, out: Packed) -> None:
    """Of each marker the alleles of its known genotypes, a bit for each."""
    for sample in range(pairs.shape[0]):
        for marker in range(pairs.shape[1]):
            first, second = _both(pairs[sample, marker])
            if first > 0 and second > 0:
                out[marker] |= (1 << first) | (1 << second)


@njit(cache=True, nogil=True, error_model="numpy")
def count_copies(pairs: Packed, counted: Packed, out: Dosages) -> None:
    """Copies of the counted allele, -1 where one is missing; `out` may be the pairs themselves."""
    for sample in range(pairs.shape[0]):
        for marker in range(pairs.shape[1]):
            first, second = _both(pairs[sample, marker])
            copies = np.int8(first == counted[marker]) + np.int8(second == counted[marker])
            out[sample, marker] = copies if first > 0 and second > 0 else -1


@njit(inline="always")
def _both(kept):  # type: ignore[no-untyped-def]
    pair = np.int64(kept) - 1 if kept > 0 else np.int64(0)
    return pair >> 3, pair & 7


@njit(inline="always")
def _same(pool, starts, code, block, begin, end):  # type: ignore[no-untyped-def]
    first = starts[code]
    if starts[code + 1] - first != end - begin:
        return False
    place = 0
    while place < end - begin and pool[first + place] == block[begin + place]:
        place += 1
    return place == end - begin


@njit(inline="always")
def _code(block, begin, end, last, table):  # type: ignore[no-untyped-def]
    """The number of a name: that of the row before, the next one, another, a new one; -1: full."""
    pool, starts, slots, size, seed = table
    count = size[0]
    if last < count and _same(pool, starts, last, block, begin, end):
        return last
    following = last + 1 if last + 1 < count else 0
    if following < count and _same(pool, starts, following, block, begin, end):
        return following
    slot = find_slot(pool, starts, slots, block, begin, end, seed[0])
    if slots[slot] != 0:
        return slots[slot] - 1
    if 2 * (count + 1) > slots.size or starts[count] + end - begin > pool.size:
        return np.int64(-1)
    for place in range(end - begin):
        pool[starts[count] + place] = block[begin + place]
    starts[count + 1] = starts[count] + end - begin
    slots[slot] = count + 1
    size[0] = count + 1
    return count


@njit(inline="always")
def _allele(block, begin, end, letters):  # type: ignore[no-untyped-def]
    """The number of a letter; 0 for nothing, 0, -, -- and NC."""
    while end > begin and block[end - 1] == SPACE:
        end -= 1
    if end - begin == 1:
        return np.int64(letters[block[begin]])
    if end == begin:
        return np.int64(0)
    if end - begin == 2:
        one, two = block[begin] & 0xDF, block[begin + 1] & 0xDF
        if (one == 13 and two == 13 and block[begin] == 45 and block[begin + 1] == 45) or (
            one == 78 and two == 67
        ):
            return np.int64(0)
    return np.int64(WRONG)


@njit(inline="always")
def _is_nan(block, begin, size):  # type: ignore[no-untyped-def]
    if size < 2 or size > 3 or block[begin] & 0xDF != 78 or block[begin + 1] & 0xDF != 65:
        return False
    return size == 2 or block[begin + 2] & 0xDF == 78


@njit(cache=True, nogil=True, error_model="numpy")
def _number(block, begin, end):  # type: ignore[no-untyped-def]
    """A decimal number; nan for nothing, NaN and NA; NO_NUMBER for anything else."""
    while end > begin and block[end - 1] == SPACE:
        end -= 1
    size = end - begin
    if size == 0:
        return np.nan
    if _is_nan(block, begin, size):
        return np.nan
    sign = -1.0 if block[begin] == 45 else 1.0
    place = begin + 1 if block[begin] == 45 or block[begin] == 43 else begin
    digits, shift, power, after = 0, 0, 0, False
    value = 0
    while place < end:
        letter = block[place]
        if letter == 46 and not after:
            after = True
        elif 48 <= letter <= 57:
            digits += 1
            if value < 10**17:
                value = 10 * value + (letter - 48)
                shift += 1 if after else 0
            elif not after:
                shift -= 1
        else:
            break
        place += 1
    if digits == 0:
        return NO_NUMBER
    if place < end and block[place] & 0xDF == 69:
        place += 1
        down = place < end and block[place] == 45
        if place < end and (block[place] == 45 or block[place] == 43):
            place += 1
        if place == end:
            return NO_NUMBER
        while place < end and 48 <= block[place] <= 57 and power < 1000:
            power = 10 * power + (block[place] - 48)
            place += 1
        shift += power if down else -power
    if place < end:
        return NO_NUMBER
    return sign * (value / 10.0**shift if shift >= 0 else value * 10.0**-shift)
