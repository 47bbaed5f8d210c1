"""What files and markers can be a set of genotypes; values only, no session and no files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.species import species
from hub.errors import FieldError, Invalid

SEVERAL = {
    frozenset({".bed", ".bim", ".fam"}): ("bed", ".bed"),
    frozenset({".ped", ".map"}): ("ped", ".ped"),
}
"""Files that belong together: the format, and the one that leads."""

TOGETHER = frozenset().union(*SEVERAL)
SHOWN = 5
LONGEST = 200
"""Characters of a name in a file: an index holds those of samples, pages show the others."""
SEX = {0: "U", 1: "M", 2: "F"}
CODES = {letter: code for code, letter in SEX.items()}


@dataclass(frozen=True)
class Incoming:
    """Names under which the files are read, in the order given, and which of them is opened."""

    format: str | None
    names: tuple[str, ...]
    first: str


def incoming(names: Sequence[str], format_: str) -> Incoming:
    """How files with these names are read; refuses what does not belong together."""
    endings = [_ending(name) for name in names]
    found = SEVERAL.get(frozenset(endings)) if len(set(endings)) == len(names) else None
    if found and format_ in ("auto", found[0]):
        lead = names[endings.index(found[1])]
        stem = lead[: -len(found[1])]
        own = tuple(stem + ending for ending in endings)
        return Incoming(found[0], own, stem + found[1])
    if len(names) > 1 or endings[0] in TOGETHER or format_ in ("bed", "ped"):
        raise _not_together(names)
    return Incoming(None if format_ == "auto" else format_, (names[0],), names[0])


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def _not_together(names: Sequence[str]) -> Invalid:
    message = f"{', '.join(names)} do not make one set of genotypes."
    remedy = (
        "Give .bed, .bim and .fam together; .ped and .map together; or one VCF (.vcf, .vcf.gz), "
        "CSV, BLUPF90 or FinalReport file."
    )
    error = FieldError("files", message, remedy)
    return Invalid("genotypes.files", f"{message} {remedy}", errors=[error])


def quality_rules(given: Mapping[str, Any] | None) -> ag.QualityRules:
    """Rules of quality control as agrigen understands them, or every problem with them."""
    try:
        return ag.QualityRules.from_mapping(given or {})
    except ag.DataError as error:
        problems = [FieldError("rules", one.message, one.remedy) for one in error.problems]
        raise Invalid("genotypes.rules", str(error), errors=problems) from error
    except TypeError:
        message = "A rule of quality control is no number."
        fix = FieldError("rules", message, "Give numbers, true or false, or null.")
        raise Invalid("genotypes.rules", message, errors=[fix]) from None


def refused(error: ag.AgrigenError) -> Invalid:
    """The words of agrigen: what, where, what to do; nothing of the machine."""
    problems = getattr(error, "problems", [])
    fields = [FieldError(one.kind, one.message, one.remedy) for one in problems]
    return Invalid(error.code, str(error), errors=fields)


def check_chromosomes(markers: MarkerMap, kind: str) -> None:
    """Refuse chromosomes with a number that the species does not have."""
    rule = species(kind)
    last = rule.autosomes
    wrong = [
        name
        for name in markers.chromosome_names
        if (word := rule.normalize(name)).isdigit() and int(word) > last
    ]
    if wrong:
        message = f"There are markers on chromosome {_some(wrong)}; {kind} have {last} autosomes."
        remedy = "Check the species of the set and the chromosomes of the marker map."
        raise refused(ag.GenotypeError([ag.Problem("no_chromosome", (), message, remedy)]))


def check_names(found: Genotypes) -> None:
    """Refuse names of samples, markers and the rest that are longer than anybody gives them."""
    markers = found.markers
    named: dict[str, Iterable[str]] = {
        "sample": found.ids, "marker": markers.names, "chromosome": markers.chromosomes,
        "assembly": [markers.assembly], "array": [markers.array],
    }  # fmt: skip
    for what, names in named.items():
        longest = max(names, key=len, default="")
        if len(longest) > LONGEST:
            message = f"The {what} {longest[:40]!r}... has a name of {len(longest):,} characters."
            remedy = f"Give names of {LONGEST} characters at most."
            raise refused(ag.GenotypeError([ag.Problem("long_name", (), message, remedy)]))


def check_assembly(found: str, declared: str) -> None:
    """Refuse a file whose header names another assembly than the person, or than the panel."""
    if found and declared and declared.lower() not in found.lower():
        message = f"The file is of assembly {found}, not {declared}."
        remedy = "Name the assembly of the file, or lift its positions over before uploading it."
        raise refused(ag.GenotypeError([ag.Problem("mixed_assemblies", (), message, remedy)]))


def check_panel(markers: MarkerMap, panel: MarkerMap, name: str) -> None:
    """Refuse markers that the panel does not have, or has elsewhere."""
    place = pd.Index(panel.names).get_indexer(markers.names)
    problems = []
    if (place < 0).any():
        some = _some(markers.names[place < 0])
        message = f"{some} are not on the panel {name}."
        problems.append(ag.Problem("not_on_panel", (), message, "Name the right panel, or none."))
    known = np.flatnonzero(place >= 0)
    moved = known[
        (markers.positions[known] > 0) & (markers.positions[known] != panel.positions[place[known]])
    ]
    if moved.size:
        first = moved[0]
        message = (
            f"{moved.size:,} markers stand elsewhere than on the panel {name}: "
            f"{markers.names[first]} at {markers.positions[first]:,}, not "
            f"{panel.positions[place[first]]:,}."
        )
        remedy = "The file is of another assembly: lift its positions over, or name no panel."
        problems.append(ag.Problem("mixed_assemblies", (), message, remedy))
    if problems:
        raise refused(ag.GenotypeError(problems))


def chosen(ids: Collection[str], keep: Sequence[str] | None, remove: Sequence[str]) -> np.ndarray:
    """Which samples stay of those with these names; refuses names that are not there."""
    names = np.asarray(list(ids), dtype=object)
    unknown = sorted({*(keep or ()), *remove} - set(names))
    if unknown:
        message = f"The set has no sample {_some(unknown)}."
        fix = FieldError("keep", message, "Read the samples of the set for their names.")
        raise Invalid("genotypes.no_sample", message, errors=[fix])
    stay = np.ones(names.size, bool) if keep is None else np.isin(names, list(keep))
    return stay & ~np.isin(names, list(remove))


def _some(names: Sequence[Any]) -> str:
    shown = ", ".join(map(str, names[:SHOWN]))
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN:,} more"
