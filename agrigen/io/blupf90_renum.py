"""The instruction file of RENUMF90: raw records and pedigree, before they are renumbered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import ModelError, NotAvailable, Problem, name_some
from agrigen.io.blupf90_assemble import Assembly
from agrigen.io.blupf90_parameters import (
    EffectLine,
    Kind,
    Parameters,
    RandomGroup,
    Section,
    sections,
    square,
)
from agrigen.io.blupf90_tables import PedigreeFile, build_pedigree, missing_columns, read_table
from agrigen.io.dataset import DataSet
from agrigen.types import Floats

KEYWORDS = (
    "COMBINE",
    "DATAFILE",
    "SKIP_HEADER",
    "TRAITS",
    "FIELDS_PASSED",
    "WEIGHT(S)",
    "RESIDUAL_VARIANCE",
    "EFFECT",
    "NESTED",
    "RANDOM",
    "OPTIONAL",
    "FILE",
    "FILE_POS",
    "SNP_FILE",
    "PED_DEPTH",
    "GEN_INT",
    "REC_SEX",
    "UPG_TYPE",
    "INBREEDING",
    "RANDOM_REGRESSION",
    "RR_POSITION",
    "(CO)VARIANCES",
    "(CO)VARIANCES_PE",
    "(CO)VARIANCES_MPE",
    "OPTION",
)
REQUIRED = ("DATAFILE", "TRAITS", "RESIDUAL_VARIANCE", "EFFECT")
DEFAULT_DEPTH = 3
"""Generations of ancestors that RENUMF90 keeps unless PED_DEPTH says otherwise."""
OPTIONAL = ("pe", "mat", "mpe")
SILENT = Problem(
    "inbreeding",
    (),
    "The instruction has no INBREEDING, and is read without inbreeding.",
    "Versions of RENUMF90 may differ: where its renf90.par says add_an_upginb, read with "
    "inbreeding=True.",
)


@dataclass
class _Instruction:
    """One EFFECT with everything that stands below it."""

    line: EffectLine
    random: str = ""
    optional: list[str] = field(default_factory=list)
    parts: dict[str, Section] = field(default_factory=dict)


def read_instruction(
    text: str,
    folder: Path,
    *,
    names: Mapping[int, str],
    zero: str,
    inbreeding: bool | None = None,
) -> DataSet:
    """The data set of an instruction file; ids and levels keep the texts of the raw files."""
    return _Reader(sections(text, KEYWORDS), folder).dataset(names, zero, inbreeding)


class _Reader:
    def __init__(self, found: list[Section], folder: Path) -> None:
        self.found = found
        self.folder = folder
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def dataset(self, names: Mapping[int, str], zero: str, inbreeding: bool | None) -> DataSet:
        absent = [key for key in REQUIRED if not self._all(key)]
        if absent:
            text = f"The instruction file has no {', '.join(absent)}."
            raise ModelError([Problem("missing_keyword", (), text, "Add it.")])
        skip = self._all("SKIP_HEADER")
        path = self.folder / self._one("DATAFILE").text
        self.frame = read_table(path, "data", skip=int(skip[0].text) if skip else 0)
        self.traits = [int(word) for word in self._one("TRAITS").text.split()]
        self.combined = self._combined()
        self.instructions = self._instructions()
        self._refuse()
        if self.problems:
            raise ModelError(self.problems)
        self.lines: list[EffectLine] = []
        self.groups: list[RandomGroup] = []
        self.pedigree: PedigreeFile | None = None
        for instruction in self.instructions:
            self._effect(instruction)
        residual, problem = square(self._one("RESIDUAL_VARIANCE"), len(self.traits))
        self.problems += [problem] if problem else []
        if self.problems:
            raise ModelError(self.problems)
        weights = self._all("WEIGHT(S)")
        parameters = Parameters(
            self._one("DATAFILE").text,
            tuple(self.traits),
            tuple(int(word) for word in weights[0].text.split()) if weights else (),
            tuple(self.lines),
            residual,
            tuple(self.groups),
            tuple(tuple(s.rest.split()) for s in self._all("OPTION") if s.rest),
        )
        return Assembly(
            parameters,
            self.frame,
            pedigrees=lambda file, kind: self._pedigree_file(),
            names=names,
            zero=zero,
            combined=self.combined,
            coded=False,
            notes=self.notes if inbreeding is None else [n for n in self.notes if n is not SILENT],
            inbreeding=inbreeding,
        ).dataset()

    def _all(self, keyword: str) -> list[Section]:
        return [section for section in self.found if section.keyword == keyword]

    def _one(self, keyword: str) -> Section:
        return self._all(keyword)[0]

    def _pedigree_file(self) -> PedigreeFile:
        assert self.pedigree is not None  # made with the effect that names it
        return self.pedigree

    def _combined(self) -> dict[int, tuple[int, ...]]:
        combined: dict[int, tuple[int, ...]] = {}
        for section in self._all("COMBINE"):
            new, *parts = (int(word) for word in (section.rest or section.text).split())
            flat = [p for part in parts for p in combined.get(part, (part,))]
            combined[new] = tuple(flat)
        return combined

    def _instructions(self) -> list[_Instruction]:
        found: list[_Instruction] = []
        for section in self.found:
            if section.keyword == "EFFECT":
                line = self._line(section)
                found.append(_Instruction(line))
            elif found and section.keyword == "RANDOM":
                found[-1].random = section.text
            elif found and section.keyword == "OPTIONAL":
                found[-1].optional = section.words
            elif found and section.keyword == "NESTED":
                words = section.text.split()[: len(self.traits)]
                nested = tuple(int(word) for word in words)
                found[-1].line = replace(found[-1].line, nested=nested)
            elif found:
                found[-1].parts[section.keyword] = section
        return found

    def _line(self, section: Section) -> EffectLine:
        words = section.text.split()
        kinds = [place for place, word in enumerate(words) if word in ("cross", "cov")]
        if not kinds or kinds[0] != len(self.traits) or not _whole(words[: kinds[0]]):
            text = f"The effect {section.text!r} cannot be read with {len(self.traits)} traits."
            remedy = "Write a position for each trait, then cross (alpha or numer) or cov."
            self.problems.append(Problem("effect_line", (), text, remedy))
            return EffectLine((0,) * len(self.traits), 0, "cross")
        kind: Kind = "cov" if words[kinds[0]] == "cov" else "cross"
        return EffectLine(tuple(int(word) for word in words[: kinds[0]]), 0, kind)

    def _refuse(self) -> None:
        later = []
        for instruction in self.instructions:
            parts = instruction.parts
            later += [self._wrong_random(instruction)] if instruction.random else []
            if "SNP_FILE" in parts:
                text = "SNP_FILE asks for genotypes, which a model here does not have yet."
                later.append(_refused(text, "Remove it to evaluate by pedigree alone."))
            upg = parts["UPG_TYPE"].text if "UPG_TYPE" in parts else "in_pedigrees"
            if upg != "in_pedigrees":
                text = f"UPG_TYPE {upg} makes groups by rules of RENUMF90."
                remedy = "Write groups into the pedigree as -1, -2, ... and use in_pedigrees."
                later.append(_refused(text, remedy))
            inbreeding = parts["INBREEDING"].text if "INBREEDING" in parts else "pedigree"
            if inbreeding != "pedigree":
                text = f"INBREEDING {inbreeding} takes inbreeding from outside the pedigree."
                later.append(_refused(text, "Use INBREEDING pedigree."))
        found = [problem for problem in later if problem]
        if found:
            raise NotAvailable(found)

    def _wrong_random(self, instruction: _Instruction) -> Problem | None:
        kind = instruction.random
        if kind == "animal" and not {"FILE", "SNP_FILE"} & instruction.parts.keys():
            return _refused("RANDOM animal has no FILE.", "Name the pedigree file.")
        unknown = [word for word in instruction.optional if word not in OPTIONAL]
        if unknown:
            return _refused(f"OPTIONAL {' '.join(unknown)} is not known.", "Use pe, mat, mpe.")
        if kind in ("diagonal", "animal"):
            return None
        if kind == "sire":
            text = "RANDOM sire (a sire model) cannot be read from an instruction file."
            return _refused(text, "Read the parameter file that RENUMF90 writes (renf90.par).")
        text = f"RANDOM {kind} is not known."
        return _refused(text, "Use diagonal or animal.")

    # From instructions to lines of EFFECTS

    def _effect(self, instruction: _Instruction) -> None:
        line = instruction.line
        number = len(self.lines) + 1
        if not instruction.random:
            self.lines.append(line)
            return
        if instruction.random == "diagonal":
            self.lines.append(line)
            self._group((number,), "diagonal", instruction, "(CO)VARIANCES")
            return
        self._animal(instruction)

    def _animal(self, instruction: _Instruction) -> None:
        line, options = instruction.line, instruction.optional
        dam = line.positions
        own = next(p for p in line.positions if p)
        dams = self._read_pedigree(instruction, own)
        if "mat" in options or "mpe" in options:
            place = self._add_column(self.frame[own].map(lambda id: dams.get(id, "0")))
            dam = tuple(place if position else 0 for position in line.positions)
        functions = instruction.parts.get("RR_POSITION")
        columns = [int(word) for word in functions.words] if functions else []
        inbred = "INBREEDING" in instruction.parts
        self.notes += [] if inbred else [SILENT]
        kind = "add_an_upginb" if inbred else "add_an_upg"
        genetic = self._add(line.positions, columns)
        if "mat" in options:
            genetic += self._add(dam, columns)
        self._group(tuple(genetic), kind, instruction, "(CO)VARIANCES")
        if "pe" in options:
            group = tuple(self._add(line.positions, columns))
            self._group(group, "diagonal", instruction, "(CO)VARIANCES_PE")
        if "mpe" in options:
            group = tuple(self._add(dam, columns))
            self._group(group, "diagonal", instruction, "(CO)VARIANCES_MPE")

    def _add(self, positions: tuple[int, ...], columns: list[int]) -> list[int]:
        """Lines for an effect, or for its regressions; their numbers."""
        start = len(self.lines) + 1
        if not columns:
            self.lines.append(EffectLine(positions, 0, "cross"))
            return [start]
        for column in columns:
            values = tuple(column if position else 0 for position in positions)
            self.lines.append(EffectLine(values, 0, "cov", positions))
        return list(range(start, start + len(columns)))

    def _add_column(self, values: pd.Series) -> int:
        place = max([*self.frame.columns, *self.combined]) + 1
        self.frame[place] = values
        return int(place)

    def _group(
        self, effects: tuple[int, ...], kind: str, instruction: _Instruction, keyword: str
    ) -> None:
        size = len(effects) * len(self.traits)
        matrix: Floats = np.eye(size)
        if keyword in instruction.parts:
            matrix, problem = square(instruction.parts[keyword], size)
            self.problems += [problem] if problem else []
        else:
            text = f"{keyword} is not given for effect {effects[0]}: RENUMF90 takes 1."
            self.notes.append(Problem("no_variance", (), text, "Give the variances."))
        self.groups.append(RandomGroup(effects, kind, "pedigree", matrix))

    # The pedigree

    def _read_pedigree(self, instruction: _Instruction, own: int) -> dict[str, str]:
        """Read the raw pedigree, keep what RENUMF90 keeps; the dam of every animal."""
        parts = instruction.parts
        frame = read_table(self.folder / parts["FILE"].text, "pedigree")
        given = parts["FILE_POS"].words if "FILE_POS" in parts else ["1", "2", "3"]
        places = [int(word) for word in given[:3]]
        wrong = missing_columns(frame, places, "pedigree")
        if wrong:
            raise ModelError(wrong)
        ids, sires, dams = (frame[place].astype(object) for place in places)
        depth = int(parts["PED_DEPTH"].text) if "PED_DEPTH" in parts else DEFAULT_DEPTH
        parents = dict(zip(ids, zip(sires, dams, strict=True), strict=True))
        kept = self._trace(parents, set(self.frame[own]) - {"0"}, depth)
        rows = [
            (id, *(parents.get(id, ("0", "0")) if generation < depth or not depth else ("0", "0")))
            for id, generation in kept.items()
        ]
        table = pd.DataFrame(rows, columns=["id", "sire", "dam"], dtype=object)
        groups = {id: f"group {id}" for id in _negative(table) if "UPG_TYPE" in parts}
        for column in ("sire", "dam"):
            table[column] = table[column].map(lambda id: groups.get(id, id))
        pedigree = build_pedigree(table["id"], table["sire"], table["dam"], sorted(groups.values()))
        self.pedigree = PedigreeFile(pedigree, {})
        return {str(id): str(dam) for id, (_, dam) in parents.items()}

    def _trace(
        self, parents: dict[str, tuple[str, str]], start: set[str], depth: int
    ) -> dict[str, int]:
        """Animals that RENUMF90 keeps, by generations from an animal with records."""
        if depth == 0:
            return dict.fromkeys([*parents, *sorted(start - parents.keys())], 0)
        kept = dict.fromkeys([id for id in parents if id in start], 0)
        kept |= dict.fromkeys(sorted(start - parents.keys()), 0)
        level = list(kept)
        for generation in range(1, depth + 1):
            above = [p for id in level for p in parents.get(id, ()) if not _unknown(p)]
            level = [p for p in dict.fromkeys(above) if p not in kept]
            kept |= dict.fromkeys(level, generation)
        cut = [p for id in level for p in parents.get(id, ()) if not _unknown(p) and p not in kept]
        if cut:
            text = (
                f"PED_DEPTH {depth} leaves out ancestors more than {depth} generations before "
                f"the animals with records: {name_some(list(dict.fromkeys(cut)))} and theirs."
            )
            self.notes.append(Problem("depth", (), text, "PED_DEPTH 0 keeps all."))
        return kept


def _negative(table: pd.DataFrame) -> list[str]:
    parents = pd.unique(pd.concat([table["sire"], table["dam"]]))
    return sorted(str(p) for p in parents if _unknown(str(p)) and p != "0")


def _unknown(id: str) -> bool:
    return id == "0" or (id.startswith("-") and id[1:].isdigit())


def _whole(words: list[str]) -> bool:
    return all(word.isdigit() for word in words)


def _refused(text: str, remedy: str) -> Problem:
    return Problem("not_available", (), text, remedy)
