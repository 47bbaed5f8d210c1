"""Alleles of one marker in two sets: equal, counted the other way round, or on the other strand."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.strand import AMBIGUOUS, complement
from agrigen.types import Flags, Floats, Texts

STATES = ("same", "swapped", "flipped", "flipped and swapped", "undecided", "different")
UNKNOWN = "0"
SAME_ALWAYS = frozenset({"AB", "TOP", "PLUS"})
"""Codings that spell a marker alike on every chip; FWD is that of each chip's own sequences."""

AMBIGUOUS_RULES = ("frequency", "letters", "drop")
LEAST_GAP = 0.1
"""How far from one half both frequencies of an A/T or C/G marker are, to tell strands by them."""


class AmbiguousWarning(UserWarning):
    """Strands of A/T and C/G markers were told by allele frequencies only."""


@dataclass(frozen=True, eq=False)
class AlleleComparison:
    """Markers that two sets share.

    Attributes
    ----------
    table
        marker, counted_first, other_first, counted_second, other_second, state (one of STATES),
        told_by (letters, strand, frequency) and the frequencies of the counted alleles of A/T and
        C/G markers whose strands only frequencies tell.
    """

    table: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Markers of each state."""
        found = self.table["state"].value_counts()
        return {state: int(found.get(state, 0)) for state in STATES}

    def names(self, state: str) -> list[str]:
        """Markers of a state."""
        return [str(name) for name in self.table.loc[self.table["state"] == state, "marker"]]

    def __repr__(self) -> str:
        lines = [f"Alleles of {len(self.table):,} markers in two sets"]
        for state, count in self.counts.items():
            some = "" if state == "same" or not count else f": {name_some(self.names(state))}"
            lines.append(f"{state} {count:,}{some}")
        return "\n".join(lines)


def compare_alleles(
    first: Genotypes, second: Genotypes, *, ambiguous: str = "frequency"
) -> AlleleComparison:
    """How the alleles of the second set stand to those of the first, by marker name.

    "swapped": the other allele is counted. "flipped": spelled on the other strand. An allele
    named "0" may be any. "different": no strand makes them the same two alleles. "undecided": an
    A/T or C/G marker whose strand cannot be told.

    Parameters
    ----------
    first, second
        Genotypes whose markers have the same names.
    ambiguous
        For A/T and C/G markers where neither strands nor codings of the maps tell: "frequency"
        takes the strand that makes frequencies alike, with a warning; "letters" takes both to be on
        one strand; "drop" calls them undecided.

    Raises
    ------
    GenotypeError
        If one set is spelled in AB and the other is not.
    """
    places = pd.Index(second.markers.names).get_indexer(pd.Index(first.markers.names))
    ours, theirs = np.flatnonzero(places >= 0), places[places >= 0]
    return compare_maps(
        first.markers.take(ours), second.markers.take(theirs),
        first[:, ours].frequencies(), second[:, theirs].frequencies(), ambiguous=ambiguous,
    )  # fmt: skip


def compare_maps(
    first: MarkerMap,
    second: MarkerMap,
    first_frequency: Floats,
    second_frequency: Floats,
    *,
    ambiguous: str = "frequency",
) -> AlleleComparison:
    """As `compare_alleles`, for maps of the same markers in the same order."""
    if ambiguous not in AMBIGUOUS_RULES:
        message = f"ambiguous={ambiguous!r} is not known."
        allowed = ", ".join(AMBIGUOUS_RULES)
        raise GenotypeError([Problem("ambiguous", (), message, f"Give {allowed}.")])
    _same_alphabet(first, second)
    fits = _fits(first, second)
    known, turned = _strands(first, second)
    fits[:2] &= ~(known & turned)
    fits[2:] &= ~(known & ~turned)
    state = np.full(len(first), "different", dtype=object)
    for number in (3, 2, 1, 0):
        state[fits[number]] = STATES[number]
    told = np.where(known, "strand", "letters").astype(object)
    both = _both_strands(first, second, fits)
    frequencies = np.full((2, len(first)), np.nan)
    if ambiguous == "drop":
        state[both] = "undecided"
    elif ambiguous == "frequency" and both.any():
        frequencies[:, both] = first_frequency[both], second_frequency[both]
        state[both] = _by_frequency(state[both], *frequencies[:, both])
        told[both] = "frequency"
        _warn(int(both.sum()), int((state[both] == "undecided").sum()))
    return AlleleComparison(pd.DataFrame({
        "marker": first.names, "counted_first": first.counted, "other_first": first.other,
        "counted_second": second.counted, "other_second": second.other, "state": state,
        "told_by": told, "frequency_first": frequencies[0], "frequency_second": frequencies[1],
    }))  # fmt: skip


def _fits(first: MarkerMap, second: MarkerMap) -> Flags:
    """Whether each of the first four states makes the alleles equal, shape (4, markers)."""
    counted, other = second.counted, second.other
    turned = complement(counted), complement(other)
    pairs = [(counted, other), (other, counted), turned, turned[::-1]]
    return np.array([
        _may_be(a, first.counted) & _may_be(b, first.other) & _distinct(first, a, b)
        for a, b in pairs
    ])  # fmt: skip


def _distinct(first: MarkerMap, counted: Texts, other: Texts) -> Flags:
    """Whether two alleles are left when each set names what the other does not."""
    one = np.where(first.counted == UNKNOWN, counted, first.counted)
    two = np.where(first.other == UNKNOWN, other, first.other)
    return np.asarray((one != two) | (one == UNKNOWN)).astype(bool)


def _may_be(one: Texts, two: Texts) -> Flags:
    return np.asarray((one == two) | (one == UNKNOWN) | (two == UNKNOWN)).astype(bool)


def _strands(first: MarkerMap, second: MarkerMap) -> tuple[Flags, Flags]:
    """Where the maps tell both strands, and whether they are opposite."""
    known = np.asarray((first.strands != "") & (second.strands != "")).astype(bool)
    turned = known & np.asarray(first.strands != second.strands).astype(bool)
    if first.coding == second.coding and first.coding in SAME_ALWAYS:
        known, turned = np.ones_like(known), np.zeros_like(turned)
    return known, turned


def _both_strands(first: MarkerMap, second: MarkerMap, fits: Flags) -> Flags:
    """A/T and C/G markers that fit on either strand."""
    both = (fits[0] | fits[1]) & (fits[2] | fits[3])
    letters = zip(first.counted, first.other, second.counted, second.other, strict=True)
    ambiguous = np.array([{*four} - {UNKNOWN} in AMBIGUOUS for four in letters], bool)
    return np.asarray(both & ambiguous)


def _by_frequency(state: Texts, first: Floats, second: Floats) -> Texts:
    """The state on the strand that makes frequencies alike; undecided near one half."""
    swapped = state == "swapped"
    aligned = np.where(swapped, 1 - second, second)
    told = (np.abs(first - 0.5) >= LEAST_GAP) & (np.abs(second - 0.5) >= LEAST_GAP)
    turned = (first > 0.5) != (aligned > 0.5)
    other = np.where(swapped, "flipped", "flipped and swapped")
    return np.where(told, np.where(turned, other, state), "undecided").astype(object)


def _warn(count: int, undecided: int) -> None:
    text = (
        f"{count:,} markers have the alleles A and T, or C and G, which look alike on both "
        f"strands: {count - undecided:,} were told by allele frequency, {undecided:,} not at all. "
        "Recode both sets to TOP or PLUS with their manifests to be sure."
    )
    warnings.warn(text, AmbiguousWarning, stacklevel=3)


def _same_alphabet(first: MarkerMap, second: MarkerMap) -> None:
    spelled = [markers.coding == "AB" or bool({"B"} & {*markers.counted, *markers.other})
               for markers in (first, second)]  # fmt: skip
    if len(first) and spelled[0] != spelled[1]:
        message = "One set spells alleles as A and B, the other with letters of DNA."
        remedy = 'Recode one with the manifest of its chip: genotypes.recoded(manifest, "TOP").'
        raise GenotypeError([Problem("other_coding", (), message, remedy)])
