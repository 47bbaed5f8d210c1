"""Several genotype sets as one: alleles aligned, duplicated samples compared, all of it told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, GenotypeError, Problem, name_some
from agrigen.genotypes.alleles import STATES, compare_maps
from agrigen.genotypes.columns import frozen
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.merge_filling import Filling
from agrigen.genotypes.samples import Samples
from agrigen.genotypes.strand import complement
from agrigen.species import Species, same_assembly, species, species_of
from agrigen.types import Flags, Floats, Integers, Texts

DUPLICATES = ("refuse", "first", "missing")
KEPT = ("union", "intersection")
UNKNOWN = "0"
MOST_DIFFERENT = 0.05
"""Share of the shared markers with other alleles beyond which sets are not of one coding."""


@dataclass(frozen=True, eq=False)
class Merged:
    """One set of several, and what was done to make it.

    Attributes
    ----------
    genotypes
        All samples and markers that were asked for.
    alleles
        Markers of a later set that did not have the alleles of the earlier ones: set, marker,
        both pairs of alleles, state (`STATES` of alleles) and what told it.
    positions
        Markers with other places in a later set, which were not taken.
    duplicates
        Samples of several sets: sample, first, second, compared, equal, concordance.
    dropped
        Markers that were left out because no strand makes their alleles the same.
    notes
        What a person should know.
    """

    genotypes: Genotypes
    alleles: pd.DataFrame
    positions: pd.DataFrame
    duplicates: pd.DataFrame
    dropped: list[str]
    counts: dict[str, int]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        samples, markers = self.genotypes.shape
        told = ", ".join(f"{name} {count:,}" for name, count in self.counts.items() if count)
        lines = [f"Merged: {samples:,} samples at {markers:,} markers", told, *self.notes]
        return "\n".join(line for line in lines if line)

    def to_mapping(self) -> dict[str, Any]:
        """Numbers and notes, for JSON."""
        samples, markers = self.genotypes.shape
        return {"samples": samples, "markers": markers, "counts": self.counts,
                "dropped": self.dropped, "notes": list(self.notes)}  # fmt: skip

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write alleles.csv, positions.csv and duplicates.csv."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        for name in ("alleles", "positions", "duplicates"):
            getattr(self, name).to_csv(path / f"{name}.csv", index=False)
        return path


def merge_genotypes(
    sets: Sequence[Genotypes],
    *,
    names: Sequence[str] | None = None,
    markers: str = "union",
    samples: str = "union",
    duplicates: str = "refuse",
    ambiguous: str = "frequency",
    positions: str = "refuse",
    kind: str | Species | None = None,
) -> Merged:
    """One set of several, by names of markers and ids of samples.

    The first set that has a marker says which allele is counted, its strand and its place.

    Parameters
    ----------
    sets
        Two or more.
    names
        What the report calls them; without it "set 1", "set 2", ...
    markers, samples
        "union": those of any set, missing where a set does not have them; "intersection": those of
        all.
    duplicates
        Where a sample has different genotypes in two sets: "refuse" the merge, take the "first", or
        make them "missing". Equal and missing ones are always completed from one another.
    ambiguous
        A/T and C/G markers of unknown strand: "frequency", "letters" or "drop", as in
        `compare_alleles`.
    positions
        "refuse" markers with other places in a later set, or keep those of the "first".
    kind
        The species, which tells that chromosomes 27 and X of sheep are one.

    Raises
    ------
    GenotypeError
        If species or assemblies differ, sets have nothing in common, codings differ, or by the
        policies above; markers and samples are named.
    """
    _check_options(len(sets), markers, samples, duplicates, positions)
    if names and len(names) != len(sets):
        message = f"There are {len(sets)} sets and {len(names)} names."
        raise GenotypeError([Problem("names", (), message, "Give each set one, or none.")])
    called = list(names) if names else [f"set {number}" for number in range(1, len(sets) + 1)]
    _check_same_kind([one.markers for one in sets], called)
    work = _Merge(list(sets), called, species(kind or _species_name(sets)), ambiguous)
    for number in range(len(sets)):
        work.add(number)
    work.check_positions(positions)
    return work.merged(markers, samples, duplicates)


@dataclass
class _Merge:
    """What is known of the markers so far, and for every set where its markers go."""

    sets: list[Genotypes]
    names: list[str]
    rule: Species
    ambiguous: str
    map: MarkerMap | None = None
    frequency: Floats = field(default_factory=lambda: np.empty(0))
    bad: set[str] = field(default_factory=set)
    alleles: list[pd.DataFrame] = field(default_factory=list)
    places: list[pd.DataFrame] = field(default_factory=list)
    swaps: list[Flags] = field(default_factory=list)

    def add(self, number: int) -> None:
        """Take a set's new markers, and align those that are known."""
        one = self.sets[number]
        frequency = one.frequencies()
        if self.map is None:
            self.map, self.frequency = one.markers, frequency
            self.swaps.append(np.zeros(len(one.markers), bool))
            return
        at = pd.Index(self.map.names).get_indexer(pd.Index(one.markers.names))
        shared = np.flatnonzero(at >= 0)
        before = {name for earlier in self.sets[:number] for name in earlier.ids}
        if not shared.size and before.isdisjoint(one.ids):
            message = f"{self.names[number]} shares no marker and no sample with the sets before."
            remedy = "Check that markers have the same names in both."
            raise GenotypeError([Problem("nothing_shared", (), message, remedy)])
        swap = np.zeros(len(one.markers), bool)
        if shared.size:
            swap[shared] = self._align(number, shared, at[shared], frequency)
        self.swaps.append(swap)
        fresh = np.flatnonzero(at < 0)
        self.map = _joined(self.map, one.markers.take(fresh))
        self.frequency = np.concatenate([self.frequency, frequency[fresh]])

    def _align(self, number: int, ours: Integers, theirs: Integers, frequency: Floats) -> Flags:
        """Which of the shared markers count the other allele."""
        assert self.map is not None
        known, new = self.map.take(theirs), self.sets[number].markers.take(ours)
        found = compare_maps(
            known, new, self.frequency[theirs], frequency[ours], ambiguous=self.ambiguous
        ).table
        self._check_different(number, found)
        told = found[found["state"] != "same"]
        self.alleles.append(told.assign(set=self.names[number]))
        self.bad |= set(told.loc[told["state"].isin(["undecided", "different"]), "marker"])
        self.places.append(self._moved(number, known, new))
        self.map = _completed(self.map, theirs, known, new, found["state"].to_numpy(dtype=object))
        return np.asarray(found["state"].isin(["swapped", "flipped and swapped"]))

    def _check_different(self, number: int, found: pd.DataFrame) -> None:
        different = found.loc[found["state"] == "different", "marker"].astype(str).tolist()
        if len(different) > max(1, MOST_DIFFERENT * len(found)):
            message = (
                f"{len(different):,} of {len(found):,} markers of {self.names[number]} have other "
                f"alleles than in the sets before: {name_some(different)}."
            )
            remedy = "Their codings differ: recode both with the manifests of their chips."
            raise GenotypeError([Problem("other_alleles", tuple(different), message, remedy)])

    def _moved(self, number: int, known: MarkerMap, new: MarkerMap) -> pd.DataFrame:
        first, second = (self._normal(one.chromosomes) for one in (known, new))
        told = (first != "0") & (second != "0")
        based = (known.positions > 0) & (new.positions > 0)
        moved = told & ((first != second) | (based & (known.positions != new.positions)))
        columns = {
            "set": self.names[number], "marker": known.names[moved],
            "chromosome_first": known.chromosomes[moved], "position_first": known.positions[moved],
            "chromosome_second": new.chromosomes[moved], "position_second": new.positions[moved],
        }  # fmt: skip
        return pd.DataFrame(columns)

    def _normal(self, chromosomes: Texts) -> Texts:
        codes, names = pd.factorize(chromosomes)
        return np.array([self.rule.normalize(name) for name in names], dtype=object)[codes]

    def check_positions(self, policy: str) -> None:
        """Refuse markers of two places where asked."""
        for moved in self.places:
            if len(moved) and policy == "refuse":
                names = moved["marker"].astype(str).tolist()
                message = (
                    f"{len(names):,} markers of {moved['set'].iloc[0]} have other places than in "
                    f"the sets before: {name_some(names)}."
                )
                remedy = 'Check the assemblies, or keep the first places: positions="first".'
                raise GenotypeError([Problem("other_position", tuple(names), message, remedy)])

    def merged(self, markers: str, samples: str, duplicates: str) -> Merged:
        """The genotypes and the report."""
        assert self.map is not None
        kept = self._markers(markers)
        chosen = self.map.take(kept)
        who = _samples(self.sets, samples)
        packed, pairs = Filling(
            self.sets, self.names, self.swaps, chosen, who.ids, duplicates
        ).run()
        alleles = pd.concat(self.alleles) if self.alleles else pd.DataFrame()
        positions = pd.concat(self.places) if self.places else pd.DataFrame()
        made = Genotypes(packed, who, chosen)
        found = alleles["state"].value_counts() if len(alleles) else {}
        counts = {state: int(found.get(state, 0)) for state in STATES[1:]}
        counts |= {"moved": len(positions), "duplicated samples": pairs["sample"].nunique(),
                   "dropped": len(self.bad)}  # fmt: skip
        return Merged(made, alleles.reset_index(drop=True), positions.reset_index(drop=True), pairs,
                      sorted(self.bad), counts, self._notes())  # fmt: skip

    def _markers(self, policy: str) -> Integers:
        assert self.map is not None
        names = self.map.names
        kept = (
            ~np.isin(names.astype(str), list(self.bad)) if self.bad else np.ones(names.size, bool)
        )
        if policy == "intersection":
            for one in self.sets:
                kept &= pd.Index(one.markers.names).get_indexer(pd.Index(names)) >= 0
        if not kept.any():
            message = "No marker is in all sets."
            raise GenotypeError([Problem("empty", (), message, 'Take markers="union".')])
        chosen = np.flatnonzero(kept)
        chromosomes = self._normal(self.map.chromosomes[chosen])
        if (chromosomes == "0").any():
            return chosen
        ranks = {name: rank for rank, name in enumerate(self.rule.order(list(set(chromosomes))))}
        rank = np.array([ranks[name] for name in chromosomes])
        return chosen[np.lexsort((self.map.positions[chosen], rank))]

    def _notes(self) -> tuple[str, ...]:
        notes = []
        assemblies = {one.markers.assembly for one in self.sets}
        if "" in assemblies and len(assemblies) > 1:
            notes.append("Some sets do not name their assembly: places were compared instead.")
        if self.bad:
            shown = name_some(sorted(self.bad))
            notes.append(f"Left out, because their alleles cannot be made the same: {shown}.")
        return tuple(notes)


def _samples(sets: list[Genotypes], policy: str) -> Samples:
    """Samples of all sets; what one does not know of them another may."""
    columns = ["family", "sire", "dam", "sex"]
    frames = [
        pd.DataFrame({"id": one.ids, **{name: getattr(one.samples, name) for name in columns}})
        for one in sets
    ]
    table = pd.concat(frames)
    for name in columns:
        table[name] = table[name].where(~table[name].isin(["", "0", 0]), None)
    grouped = table.groupby("id", sort=False)
    first = grouped[columns].first()
    if policy == "intersection":
        first = first[grouped.size() == len(sets)]
        if first.empty:
            message = "No sample is in all sets."
            raise GenotypeError([Problem("empty", (), message, 'Take samples="union".')])
    text = {name: first[name].astype(object).where(first[name].notna(), "") for name in columns[:3]}
    sex = first["sex"].fillna(0).astype(np.int8)
    return Samples.of(first.index.to_numpy(dtype=object), sex=sex.to_numpy(), **text)


def _joined(first: MarkerMap, second: MarkerMap) -> MarkerMap:
    """Markers of both; arrays are both named, a coding stays where it is one."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("names", "chromosomes", "positions", "counted", "other", "centimorgans",
                     "strands")
    }  # fmt: skip
    arrays = dict.fromkeys([*first.array.split("+"), *second.array.split("+")])
    return MarkerMap.of(
        columns.pop("names"), **columns, assembly=first.assembly or second.assembly,
        array="+".join(name for name in arrays if name),
        coding=first.coding if first.coding == second.coding else "",
        species=first.species or second.species,
    )  # fmt: skip


def _completed(
    whole: MarkerMap, at: Integers, known: MarkerMap, new: MarkerMap, state: Texts
) -> MarkerMap:
    """The map with what the first set did not know and a later one does."""
    turned = np.isin(state.astype(str), ["flipped", "flipped and swapped"])
    swapped = np.isin(state.astype(str), ["swapped", "flipped and swapped"])
    pair = [np.where(turned, complement(c), c) for c in (new.counted, new.other)]
    fine = ~np.isin(state.astype(str), ["undecided", "different"])
    changed: dict[str, Any] = {}
    for name, theirs in (
        ("counted", np.where(swapped, pair[1], pair[0])),
        ("other", np.where(swapped, pair[0], pair[1])),
        ("chromosomes", new.chromosomes), ("positions", new.positions),
        ("centimorgans", new.centimorgans),
    ):  # fmt: skip
        column = getattr(whole, name).copy()
        ours = getattr(known, name)
        empty = (ours == UNKNOWN) if ours.dtype == object else ours <= 0
        take = np.asarray(fine & empty)
        column[at[take]] = theirs[take]
        changed[name] = frozen(column)
    return replace(whole, **changed)


def _species_name(sets: Sequence[Genotypes]) -> str | None:
    """The species that maps or assemblies name, where this library knows it."""
    for one in sets:
        found = species_of(one.markers.assembly)
        if found is not None:
            return found.name
        if one.markers.species:
            try:
                return species(one.markers.species).name
            except DataError:  # a species of the caller's own
                continue
    return None


def _check_same_kind(maps: list[MarkerMap], names: list[str]) -> None:
    problems = []
    first = _first(maps, "assembly")
    for markers, name in zip(maps, names, strict=True):
        if first and markers.assembly and not same_assembly(first, markers.assembly):
            message = f"{name} has positions of {markers.assembly}, the sets before of {first}."
            remedy = "Place the markers of both by one manifest: manifest.place(genotypes)."
            problems.append(Problem("other_assembly", (), message, remedy))
    kinds = [_kind(markers) for markers in maps]
    said = next((kind for kind in kinds if kind), "")
    for kind, name in zip(kinds, names, strict=True):
        if kind and kind != said:
            message = f"{name} is of {kind}, the sets before of {said}."
            problems.append(Problem("other_species", (), message, "Merge sets of one species."))
    if problems:
        raise GenotypeError(problems)


def _kind(markers: MarkerMap) -> str:
    found = species_of(markers.assembly)
    return markers.species or (found.name if found else "")


def _first(maps: list[MarkerMap], name: str) -> str:
    return next((getattr(one, name) for one in maps if getattr(one, name)), "")


def _check_options(count: int, markers: str, samples: str, duplicates: str, positions: str) -> None:
    if count < 2:
        message = f"There are {count} sets to merge."
        raise GenotypeError([Problem("sets", (), message, "Give two or more.")])
    for name, value, allowed in (
        ("markers", markers, KEPT), ("samples", samples, KEPT),
        ("duplicates", duplicates, DUPLICATES), ("positions", positions, ("refuse", "first")),
    ):  # fmt: skip
        if value not in allowed:
            message = f"{name}={value!r} is not known."
            raise GenotypeError([Problem(name, (), message, f"Give {', '.join(allowed)}.")])
