"""What a chip's manifest says of its markers: places, strands, and how alleles are spelled.

AB, TOP, FWD and PLUS are four spellings of the same two alleles. AB is the chip's own; TOP is
Illumina's strand by sequence; FWD is that of the sequence which was submitted; PLUS that of the
assembly. Only the spelling changes: a dosage counts the same allele before and after.
"""

from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.genotypes.columns import frozen, repeated, same_text, texts
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.packing import flipped
from agrigen.genotypes.strand import complement
from agrigen.types import Flags, Integers, Texts

if TYPE_CHECKING:
    from typing import Self

CODINGS = ("AB", "TOP", "FWD", "PLUS")
Signs = npt.NDArray[np.int8]
"""1 the same strand, -1 the other one, 0 unknown."""

UNKNOWN = "0"


@dataclass(frozen=True, eq=False)
class Manifest:
    """Markers of a chip.

    Attributes
    ----------
    names, chromosomes, positions
        As in a marker map.
    first, second
        Allele A and allele B, spelled on the strand that the probe was designed for.
    design
        That strand: "TOP", "BOT" or "", unknown.
    forward, plus
        Whether that strand is the submitted one, and the plus strand of the assembly: 1 yes, -1
        no, 0 unknown.
    contradictions
        Markers whose strand does not fit their alleles; it counts as unknown.
    """

    names: Texts
    chromosomes: Texts
    positions: Integers
    first: Texts
    second: Texts
    design: Texts
    forward: Signs
    plus: Signs
    assembly: str = ""
    array: str = ""
    species: str = ""
    contradictions: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        names: Any,
        first: Any,
        second: Any,
        *,
        chromosomes: Any = None,
        positions: Any = None,
        design: Any = None,
        forward: Any = None,
        plus: Any = None,
        assembly: str = "",
        array: str = "",
        species: str = "",
        contradictions: tuple[str, ...] = (),
    ) -> "Self":
        """Markers of these names and alleles; the rest is unknown where it is not given."""
        names = texts(names)
        twice = repeated(names)
        if twice:
            message = f"{name_some(twice)} stands more than once in the manifest."
            raise GenotypeError([Problem("duplicate_marker", tuple(twice), message, "Keep one.")])
        size = names.size
        columns = [texts(column) for column in (first, second)]
        on = same_text(UNKNOWN, size) if chromosomes is None else texts(chromosomes)
        bases = np.zeros(size, np.int64) if positions is None else np.asarray(positions, np.int64)
        strand = same_text("", size) if design is None else texts(design)
        signs = [np.zeros(size, np.int8) if sign is None else np.asarray(sign, np.int8)
                 for sign in (forward, plus)]  # fmt: skip
        for column in (*columns, on, bases, strand, *signs):
            if column.shape != names.shape:
                message = f"There are {size} markers and {column.size} values in a column."
                raise GenotypeError([Problem("shape", (), message, "Give one for each marker.")])
        return cls(names, on, frozen(bases), columns[0], columns[1], strand,
                   frozen(signs[0]), frozen(signs[1]), assembly, array, species,
                   contradictions)  # fmt: skip

    @classmethod
    def read(cls, path: str | PathLike[str], **options: Any) -> "Manifest":
        """A manifest of Illumina as .csv, or a plain table of markers: `agrigen.io.manifest`."""
        from agrigen.io.manifest import read_manifest

        return read_manifest(path, **options)

    def __len__(self) -> int:
        return int(self.names.size)

    def __repr__(self) -> str:
        told = ", ".join(
            f"{coding} {int((self.alleles(coding)[0] != UNKNOWN).sum()):,}" for coding in CODINGS
        )
        name = " ".join(word for word in (self.array, self.assembly) if word)
        wrong = len(self.contradictions)
        more = f"\nstrand contradicts the alleles: {name_some(self.contradictions)}"
        return f"Manifest {name} of {len(self):,} markers\nspelled in {told}{more if wrong else ''}"

    def to_frame(self) -> pd.DataFrame:
        """One row a marker, with its alleles A and B in every coding."""
        columns: dict[str, Any] = {"name": self.names, "chromosome": self.chromosomes,
                                   "position": self.positions}  # fmt: skip
        for coding in CODINGS:
            first, second = self.alleles(coding)
            columns[coding] = first + "/" + second
        return pd.DataFrame(columns)

    def alleles(self, coding: str) -> tuple[Texts, Texts]:
        """Allele A and allele B of each marker in a coding; "0" where its strand is unknown."""
        if coding not in CODINGS:
            message = f"The coding {coding!r} is not known."
            raise GenotypeError([Problem("coding", (), message, f"Give {', '.join(CODINGS)}.")])
        if coding == "AB":
            return same_text("A", len(self)), same_text("B", len(self))
        sign = self._sign(coding)
        pair = []
        for letters in (self.first, self.second):
            turned = np.where(sign < 0, complement(letters), letters)
            pair.append(np.where(sign == 0, UNKNOWN, turned).astype(object))
        return pair[0], pair[1]

    def unknown(self, coding: str) -> list[str]:
        """Markers whose strand of a coding is unknown."""
        return [str(name) for name in self.names[self.alleles(coding)[0] == UNKNOWN]]

    def strands(self, coding: str) -> Texts:
        """The strand of the assembly that a coding is spelled on: "+", "-" or ""."""
        if coding == "AB":
            return same_text("", len(self))
        sign = self._sign(coding) * self.plus
        return np.select([sign > 0, sign < 0], ["+", "-"], "").astype(object)

    def coding_of(self, markers: MarkerMap | Genotypes) -> dict[str, int]:
        """For every coding how many markers have alleles that it cannot spell."""
        markers = markers.markers if isinstance(markers, Genotypes) else markers
        places = self._places(markers.names)
        inside = places >= 0
        wrong = {}
        for coding in CODINGS:
            is_a, is_b = self._roles(markers, places, coding)
            wrong[coding] = int((inside & ~is_a & ~is_b).sum())
        return wrong

    def place(self, genotypes: Genotypes) -> Genotypes:
        """The same genotypes with the chromosomes and positions of the manifest."""
        markers = genotypes.markers
        at = self._places(markers.names)
        _all_known(markers.names[at < 0], "not in the manifest")
        found = replace(
            markers, chromosomes=frozen(self.chromosomes[at]), positions=frozen(self.positions[at]),
            assembly=self.assembly, array=markers.array or self.array,
            species=markers.species or self.species, strands=frozen(self._strand(markers, at)),
        )  # fmt: skip
        return Genotypes(genotypes.packed, genotypes.samples, found)

    def counting_b(self, genotypes: Genotypes) -> Genotypes:
        """The same genotypes counting allele B; alleles that no sample has get their names."""
        markers = genotypes.markers
        at = self._places(markers.names)
        coding = markers.coding or _one_coding(self.coding_of(markers))
        is_a, is_b = self._roles(markers, at, coding)
        _all_known(markers.names[(at >= 0) & ~is_a & ~is_b], f"with other alleles in {coding}")
        known = (at >= 0) & (is_a ^ is_b)
        first, second = (column[at] for column in self.alleles(coding))
        known &= first != UNKNOWN
        turn = known & is_a
        counted = np.where(known, second, markers.counted).astype(object)
        other = np.where(known, first, markers.other).astype(object)
        made = replace(markers, counted=frozen(counted), other=frozen(other))
        return Genotypes(flipped(genotypes.packed, turn), genotypes.samples, made)

    def _strand(self, markers: MarkerMap, at: Integers) -> Texts:
        if markers.coding not in CODINGS:
            return markers.strands
        return self.strands(markers.coding)[at]

    def _sign(self, coding: str) -> Signs:
        if coding == "TOP":
            sign = np.select([self.design == "TOP", self.design == "BOT"], [1, -1], 0)
        else:
            sign = np.asarray(self.forward if coding == "FWD" else self.plus)
        letters = np.isin(self.first, list("ACGT"))  # insertions are spelled alike on both
        return np.where(letters, sign, 1).astype(np.int8)

    def _places(self, names: Texts) -> Integers:
        return pd.Index(self.names).get_indexer(pd.Index(names)).astype(np.int64)

    def _roles(self, markers: MarkerMap, places: Integers, coding: str) -> tuple[Flags, Flags]:
        """Whether the counted allele may be A, and B; both where neither allele is named."""
        first, second = (column[places] for column in self.alleles(coding))
        free = (first == UNKNOWN) | (places < 0)

        def fits(allele: Texts, wanted: Texts) -> Flags:
            return np.asarray((allele == wanted) | (allele == UNKNOWN))

        is_a = fits(markers.counted, first) & fits(markers.other, second)
        is_b = fits(markers.counted, second) & fits(markers.other, first)
        return np.asarray(is_a | free), np.asarray(is_b | free)


def recode(
    genotypes: Genotypes,
    manifest: Manifest,
    coding: str,
    *,
    known: str | None = None,
    unknown: str = "refuse",
) -> Genotypes:
    """The same genotypes with alleles spelled in another coding.

    Parameters
    ----------
    genotypes
        Of markers of the manifest.
    manifest, coding
        What the chip is, and the coding to spell in: "AB", "TOP", "FWD" or "PLUS".
    known
        How alleles are spelled now; without it what the marker map says, or else the one coding
        that can spell all alleles.
    unknown
        Markers that the manifest does not have or whose strand it does not tell: "refuse" names
        them, "drop" leaves them out.

    Raises
    ------
    GenotypeError
        If alleles are not those of the manifest in the present coding, naming the markers.
    """
    if unknown not in ("refuse", "drop"):
        message = f"unknown={unknown!r} is not known."
        raise GenotypeError([Problem("unknown", (), message, 'Give "refuse" or "drop".')])
    new_first, new_second = manifest.alleles(coding)
    present = known or genotypes.markers.coding or _told(manifest, genotypes.markers, coding)
    old_first, _ = manifest.alleles(present)
    at = manifest._places(genotypes.markers.names)
    open_ = (at < 0) | (new_first[at] == UNKNOWN) | (old_first[at] == UNKNOWN)
    if open_.any() and unknown == "refuse":
        _refuse_open(genotypes.markers.names, at, open_, present, coding)
    if open_.any():
        genotypes, at = genotypes[:, np.flatnonzero(~open_)], at[~open_]
    markers = genotypes.markers
    is_a, is_b = manifest._roles(markers, at, present)
    _all_known(markers.names[~is_a & ~is_b], f"with other alleles than {present} of the manifest")
    first, second = new_first[at], new_second[at]
    counted = np.select([is_a & is_b, is_a], [same_text(UNKNOWN, at.size), first], second)
    other = np.select([is_a & is_b, is_a], [same_text(UNKNOWN, at.size), second], first)
    made = replace(
        markers, counted=frozen(counted.astype(object)), other=frozen(other.astype(object)),
        coding=coding, strands=frozen(manifest.strands(coding)[at]),
        array=markers.array or manifest.array, species=markers.species or manifest.species,
    )  # fmt: skip
    return Genotypes(genotypes.packed, genotypes.samples, made)


def _told(manifest: Manifest, markers: MarkerMap, coding: str) -> str:
    """The coding that spells all alleles; of several any, where they lead to the same."""
    wrong = manifest.coding_of(markers)
    fitting = [name for name, count in wrong.items() if count == 0]
    if len(fitting) > 1:
        at = manifest._places(markers.names)
        roles = [manifest._roles(markers, at, name)[0].tobytes() for name in fitting]
        told = [(manifest.alleles(name)[0][at] != UNKNOWN).sum() for name in fitting]
        if len(set(roles)) == 1 and coding in fitting:
            return coding
        if len({*roles}) == 1:
            return fitting[int(np.argmax(told))]
    if len(fitting) == 1:
        return fitting[0]
    return _one_coding(wrong)


def _one_coding(wrong: dict[str, int]) -> str:
    fitting = [name for name, count in wrong.items() if count == 0]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        message = f"The alleles may be spelled in {' or '.join(fitting)}."
    else:
        shown = ", ".join(f"{name} {count:,}" for name, count in wrong.items())
        message = f"No coding spells all alleles; markers that do not fit: {shown}."
    remedy = 'Say how they are spelled: known="TOP"; or check that it is this chip.'
    raise GenotypeError([Problem("coding", (), message, remedy)])


def _all_known(names: Texts, what: str) -> None:
    if names.size:
        listed = [str(name) for name in names]
        count = "1 marker" if len(listed) == 1 else f"{len(listed):,} markers"
        message = f"{count} {what}: {name_some(listed)}."
        remedy = "Check that the manifest is that of the chip, or leave these markers out."
        raise GenotypeError([Problem("not_in_manifest", tuple(listed), message, remedy)])


def _refuse_open(names: Texts, at: Integers, open_: Flags, present: str, coding: str) -> None:
    problems = []
    remedy = 'Leave them out with unknown="drop", or give a manifest that has them.'
    for chosen, what in (
        (at < 0, "not in the manifest"),
        (open_ & (at >= 0), f"of unknown strand in {present} or {coding}"),
    ):
        listed = [str(name) for name in names[chosen]]
        if listed:
            message = f"{len(listed):,} of {names.size:,} markers are {what}: {name_some(listed)}."
            problems.append(Problem("unknown_strand", tuple(listed), message, remedy))
    raise GenotypeError(problems)
