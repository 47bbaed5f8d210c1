"""Which markers of new genotypes are those of stored effects, and which way their alleles count."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.genotypes.markers import MarkerMap
from agrigen.types import Flags, Floats, Integers, Texts

UNKNOWN = "0"
_PARTNER = {"A": "T", "T": "A", "C": "G", "G": "C"}


@dataclass(frozen=True, eq=False)
class Alignment:
    """Markers in common, by name.

    Attributes
    ----------
    wanted
        Markers that have effects.
    places, columns
        Of those used: place among the effects, and column of the new genotypes.
    swapped
        Whether the new genotypes count the other allele.
    absent, other_alleles
        Names of markers that are not there, and of those whose alleles are others.
    strands, unknown
        How many were read from the other strand; how many have no alleles to compare.
    """

    wanted: int
    places: Integers
    columns: Integers
    swapped: Flags
    absent: tuple[str, ...]
    other_alleles: tuple[str, ...]
    strands: int
    unknown: int

    @property
    def share(self) -> float:
        """Of the markers with effects, those used."""
        return self.places.size / self.wanted

    def effects(self, effects: Floats) -> Floats:
        """Effects of one copy of the alleles that the new genotypes count."""
        return np.where(self.swapped, -1.0, 1.0) * effects[..., self.places]

    def frequencies(self, frequencies: Floats) -> Floats:
        """Frequencies of those alleles."""
        mine: Floats = frequencies[self.places]
        return np.where(self.swapped, 1.0 - mine, mine)

    def require(self, least: float) -> None:
        """Refuse when fewer than this share of the markers are there."""
        if self.share >= least and self.places.size:
            return
        text = (
            f"{self.places.size:,} of {self.wanted:,} markers with effects ({self.share:.0%}) are "
            f"in the genotypes; {least:.0%} are wanted."
        )
        if self.absent:
            text += f" Absent: {name_some(list(self.absent), shown=5)}."
        if self.other_alleles:
            text += f" With other alleles: {name_some(list(self.other_alleles), shown=5)}."
        remedy = (
            "Give genotypes of the same chip with the same marker names, impute them first, or "
            "lower `least` and accept less accurate values."
        )
        raise GenotypeError([Problem("few_markers", self.absent, text, remedy)])

    def __repr__(self) -> str:
        parts = [f"{self.places.size:,} of {self.wanted:,} markers used ({self.share:.1%})"]
        for count, words in (
            (int(self.swapped.sum()), "count the other allele and were turned"),
            (self.strands, "are of the other strand"),
            (len(self.other_alleles), "have other alleles and were left out"),
            (self.unknown, "have no alleles to compare and were taken as they are"),
        ):
            parts += [f"{count:,} {words}"] if count else []
        return "; ".join(parts)


def align(ours: MarkerMap, theirs: MarkerMap) -> Alignment:
    """Find the markers of `ours`, which have effects, among `theirs`, of new genotypes."""
    columns = pd.Index(theirs.names).get_indexer(pd.Index(ours.names))
    places = np.flatnonzero(columns >= 0)
    columns = columns[places].astype(np.int64)
    mine = (ours.counted[places], ours.other[places])
    new = (theirs.counted[columns], theirs.other[columns])
    blind = _unknown(mine) | _unknown(new)
    same = blind | _told(mine, new)
    swapped = ~same & _told(mine, new[::-1])
    # Only where neither reading of the strand that is named fits, the other one is looked at.
    rest = np.flatnonzero(~same & ~swapped)
    left = (mine[0][rest], mine[1][rest])
    turned = (_other_strand(new[0][rest]), _other_strand(new[1][rest]))
    same[rest] = _told(left, turned)
    swapped[rest] = ~same[rest] & _told(left, turned[::-1])
    fits = same | swapped
    return Alignment(
        len(ours), places[fits], columns[fits], swapped[fits],
        _names(ours.names, np.setdiff1d(np.arange(len(ours)), places)),
        _names(ours.names, places[~fits]), int(fits[rest].sum()), int(blind.sum()),
    )  # fmt: skip


def _unknown(alleles: tuple[Texts, Texts]) -> Flags:
    return np.asarray((alleles[0] == UNKNOWN) & (alleles[1] == UNKNOWN), dtype=np.bool_)


def _told(mine: tuple[Texts, Texts], new: tuple[Texts, Texts]) -> Flags:
    """Whether both pairs name the same alleles in the same order; one of them may be unknown."""
    equal = [a == b for a, b in zip(mine, new, strict=True)]
    open_ = [(a == UNKNOWN) | (b == UNKNOWN) for a, b in zip(mine, new, strict=True)]
    return np.asarray((equal[0] & (equal[1] | open_[1])) | (equal[1] & open_[0]), dtype=np.bool_)


def _other_strand(alleles: Texts) -> Texts:
    found: Texts = pd.Series(alleles).map(lambda a: _PARTNER.get(a, a)).to_numpy(dtype=object)
    return found


def _names(names: Texts, places: Integers) -> tuple[str, ...]:
    return tuple(str(name) for name in names[places])
