"""Strands of markers: complements, and Illumina's TOP and BOT told by letters or by sequence.

Illumina, Technical note 370-2006-018, "TOP/BOT" strand and "A/B" allele.
"""

import re

import numpy as np

from agrigen.types import Texts

COMPLEMENT = {"A": "T", "T": "A", "C": "G", "G": "C"}
TOP_PAIRS = frozenset({("A", "C"), ("A", "G"), ("A", "T"), ("C", "G")})
"""Allele A and allele B as they are spelled on the TOP strand."""

BOT_PAIRS = frozenset((COMPLEMENT[a], COMPLEMENT[b]) for a, b in TOP_PAIRS)
AMBIGUOUS = (frozenset("AT"), frozenset("CG"))
"""Pairs that look alike on both strands."""

WEAK, STRONG = frozenset("AT"), frozenset("CG")
BRACKET = re.compile(r"^([ACGTN]*)\[([^/\]]+)/([^\]]+)\]([ACGTN]*)$", re.IGNORECASE)


def complement(alleles: Texts) -> Texts:
    """Alleles on the other strand; what is no single letter of DNA stays as it is."""
    return np.array([COMPLEMENT.get(allele, allele) for allele in alleles], dtype=object)


def strand_of(first: str, second: str, sequence: str = "") -> str:
    """TOP, BOT, or "" where it cannot be told, of two alleles in a sequence like GATT[A/T]ACA.

    Alleles with one A are TOP, with one T are BOT. A/T and C/G are told by walking: the first
    pair of bases at equal distance of which one is A or T and the other C or G; A or T
    before the marker is TOP, after it BOT.
    """
    letters = {first.upper(), second.upper()}
    if len(letters) != 2 or not letters <= set("ACGT"):
        return ""
    if letters not in ({"A", "T"}, {"C", "G"}):
        return "TOP" if "A" in letters else "BOT"
    parts = BRACKET.match(sequence.strip())
    return _walk(parts[1].upper(), parts[4].upper()) if parts else ""


def _walk(before: str, after: str) -> str:
    for five, three in zip(reversed(before), after, strict=False):
        if five in WEAK and three in STRONG:
            return "TOP"
        if five in STRONG and three in WEAK:
            return "BOT"
    return ""
