"""The marker map: names, places and alleles, in the order of the genotypes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.genotypes.columns import frozen, repeated, same_text, texts
from agrigen.types import Floats, Integers, Texts


@dataclass(frozen=True, eq=False)
class MarkerMap:
    """Markers in the order of the genotypes; every name stands once.

    Attributes
    ----------
    names
        What the chip calls them.
    chromosomes
        As text: "1", "X", "MT"; "0" is unknown.
    positions
        Base pairs; 0 or less is unknown (PLINK leaves out markers below 0).
    counted, other
        The two alleles; dosages count the first. "0" is unknown.
    centimorgans
        Genetic positions, 0 is unknown.
    strands
        The strand of the assembly that the alleles are spelled on: "+", "-", or "" unknown.
    assembly, array, coding, species
        Of all markers, where known: "ARS-UI_Ramb_v2.0", "OvineSNP50", how alleles are
        spelled: "AB", "TOP", "FWD" or "PLUS", and "sheep".
    """

    names: Texts
    chromosomes: Texts
    positions: Integers
    counted: Texts
    other: Texts
    centimorgans: Floats
    strands: Texts
    assembly: str = ""
    array: str = ""
    coding: str = ""
    species: str = ""

    @classmethod
    def of(
        cls,
        names: Any,
        *,
        chromosomes: Any = None,
        positions: Any = None,
        counted: Any = None,
        other: Any = None,
        centimorgans: Any = None,
        strands: Any = None,
        assembly: str = "",
        array: str = "",
        coding: str = "",
        species: str = "",
    ) -> "MarkerMap":
        """Markers of these names; the rest is unknown where it is not given."""
        names = texts(names)
        size = names.size
        three = [
            same_text("0", size) if c is None else texts(c) for c in (chromosomes, counted, other)
        ]
        bases = np.zeros(size, np.int64) if positions is None else np.asarray(positions, np.int64)
        genetic = np.zeros(size) if centimorgans is None else np.asarray(centimorgans, np.float64)
        on = same_text("", size) if strands is None else texts(strands)
        _check(names, *three, bases, genetic, on)
        return cls(
            names, three[0], frozen(bases), three[1], three[2], frozen(genetic), on, assembly,
            array, coding, species,
        )  # fmt: skip

    def __len__(self) -> int:
        return int(self.names.size)

    def __repr__(self) -> str:
        on = len(self.chromosome_names)
        return f"Map of {len(self):,} markers on {on} chromosome{'s' * (on != 1)}"

    @property
    def chromosome_names(self) -> list[str]:
        """Chromosomes in order of appearance; unknown is left out."""
        return [str(name) for name in pd.unique(self.chromosomes) if name != "0"]

    def on(self, chromosome: str | int, start: int = 0, stop: int | None = None) -> Integers:
        """Places of the markers on a chromosome, from start to before stop where given."""
        inside = (self.chromosomes == str(chromosome)) & (self.positions >= start)
        if stop is not None:
            inside &= self.positions < stop
        return np.flatnonzero(inside)

    def take(self, chosen: slice | Integers) -> "MarkerMap":
        """The chosen markers; choosing one twice is refused."""
        parts: dict[str, Any] = {name: frozen(getattr(self, name)[chosen]) for name in _COLUMNS}
        if not isinstance(chosen, slice):
            _check_names(parts["names"])
        return replace(self, **parts)

    def to_frame(self) -> pd.DataFrame:
        """One row a marker."""
        return pd.DataFrame({name: getattr(self, name) for name in _COLUMNS})


_COLUMNS = ("names", "chromosomes", "positions", "counted", "other", "centimorgans", "strands")


def _check(names: Texts, *columns: np.ndarray) -> None:
    for column in columns:
        if column.shape != names.shape:
            message = f"There are {names.size} markers and {column.size} values in a column."
            raise GenotypeError([Problem("shape", (), message, "Give one value for each marker.")])
    _check_names(names)


def _check_names(names: Texts) -> None:
    twice = repeated(names)
    if twice:
        message = f"{name_some(twice)} stands more than once among the markers."
        remedy = "Give every marker a name of its own, or keep one of each."
        raise GenotypeError([Problem("duplicate_marker", tuple(twice), message, remedy)])
