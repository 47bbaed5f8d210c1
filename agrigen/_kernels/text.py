"""Compiled loops over lines of genotype files. Bytes in, dosages out."""

import numpy as np
from numba import njit

from agrigen.types import Dosages, Packed

LONGEST = 8
"""Letters of the longest allele of a .ped file: they are kept as one number."""

MISSING = np.uint64(48)
"""The letter 0."""

SLASH = 47
BAR = 124
DOT = 46
COLON = 58
TAB = 9


@njit(cache=True, nogil=True, error_model="numpy")
def pair_dosages(line: Packed, alleles: np.ndarray, out: Dosages) -> int:
    """Copies of the second allele of pairs of words; -1 missing, 9 where it is a third one.

    `alleles`, shape (2, markers), are those met so far, first letters low; 0 is not met.
    Returns the number of words, or -1 - words before the first that is too long.
    """
    size = out.size
    words = 0
    code = np.uint64(0)
    length = 0
    copies = 0
    absent = False
    wrong = False
    for place in range(line.size + 1):
        letter = line[place] if place < line.size else np.uint8(32)
        if letter != 32 and letter != 9:
            if length == LONGEST:
                return -1 - words
            code |= np.uint64(letter) << np.uint64(8 * length)
            length += 1
            continue
        if length == 0:
            continue
        marker = words >> 1
        if marker < size:
            if words & 1 == 0:
                copies = 0
                absent = False
                wrong = False
            if code == MISSING:
                absent = True
            elif alleles[0, marker] == 0 or alleles[0, marker] == code:
                alleles[0, marker] = code
            elif alleles[1, marker] == 0 or alleles[1, marker] == code:
                alleles[1, marker] = code
                copies += 1
            else:
                wrong = True
            out[marker] = -1 if absent else (9 if wrong else copies)
        words += 1
        code = np.uint64(0)
        length = 0
    return words


@njit(cache=True, nogil=True, error_model="numpy")
def vcf_dosages(line: Packed, start: int, out: Dosages) -> int:
    """Copies of allele 1 from the GT that stands first in each sample's cell, from line[start].

    One allele counts as two equal ones (a male's X); a genotype with a missing allele is missing.
    Returns the number of cells; -1 - cell: neither 0, 1 nor missing there.
    """
    size = out.size
    cell = 0
    place = start
    end = line.size
    while place <= end:
        copies = 0
        alleles = 0
        absent = False
        while True:
            if place < end and line[place] == DOT:
                absent = True
            elif place < end and (line[place] == 48 or line[place] == 49):
                copies += line[place] - 48
            else:
                return -1 - cell
            alleles += 1
            place += 1
            if place < end and (line[place] == SLASH or line[place] == BAR) and alleles < 2:
                place += 1
                continue
            break
        if place < end and line[place] != TAB and line[place] != COLON:
            return -1 - cell
        if cell < size:
            out[cell] = -1 if absent else (2 * copies if alleles == 1 else copies)
        while place < end and line[place] != TAB:
            place += 1
        cell += 1
        place += 1
    return cell


@njit(cache=True, nogil=True, error_model="numpy")
def cell_dosages(line: Packed, start: int, separator: int, missing: int, out: Dosages) -> int:
    """Dosages of cells with one digit or nothing, or of digits in a row where separator is 0.

    `missing` is the digit of a missing genotype. Returns the number of cells; -1 - cell: there is
    something else there.
    """
    size = out.size
    if separator == 0:
        for cell in range(line.size - start):
            digit = np.int64(line[start + cell]) - 48
            if digit != missing and (digit < 0 or digit > 2):
                return -1 - cell
            if cell < size:
                out[cell] = -1 if digit == missing else digit
        return line.size - start
    cell = 0
    place = start
    while place <= line.size:
        value = np.int64(-1)
        if place < line.size and line[place] != separator:
            digit = np.int64(line[place]) - 48
            if digit != missing and (digit < 0 or digit > 2):
                return -1 - cell
            value = np.int64(-1) if digit == missing else digit
            place += 1
            if place < line.size and line[place] != separator:
                return -1 - cell
        if cell < size:
            out[cell] = value
        cell += 1
        place += 1
    return cell
