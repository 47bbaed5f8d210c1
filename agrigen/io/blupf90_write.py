"""Write a BLUPF90 job: parameter file, data and pedigree with codes, and tables that say the codes.

Facts of the format: I. Misztal and others, Manual for BLUPF90 family of programs (University of
Georgia). The inb/upg code follows Masuda's tutorial: 1000 / Mendelian sampling variance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, NotAvailable, Problem
from agrigen.evaluation.model import (
    Animal,
    Covariate,
    Fixed,
    Model,
    RandomEffect,
    effect_traits,
)
from agrigen.evaluation.reader import Reader
from agrigen.evaluation.variances import Given, check_variances, covariances
from agrigen.io.blupf90_parameters import EffectLine, Parameters, RandomGroup, parameters_text
from agrigen.pedigree import Pedigree
from agrigen.pedigree.structure import Structure
from agrigen.types import Flags, Floats, Integers, Texts

DATA, PEDIGREE, PARAMETERS = "renf90.dat", "renadd.ped", "renf90.par"
TRAITS, EFFECTS, LEVELS = "traits.csv", "effects.csv", "levels.csv"
MEAN = "(Intercept)"
MISSING = (-999.0, -9999.0, -99999.0, -999999.0)
"""Codes for a missing observation; the first that no trait has is used."""
SAME = 1e-10
"""Relative difference up to which residual matrices count as multiples of each other."""


@dataclass(frozen=True, eq=False)
class Blupf90Job:
    """A job in a folder, ready for blupf90+ (or renumf90, for an instruction file).

    Attributes
    ----------
    parameters
        The parameter file.
    effects
        What each line of EFFECTS stands for: number, effect, coefficient, the traits that have it,
        table of its levels, and the first level of factors by trait.
    levels
        What each code stands for: table, code, level.
    """

    folder: Path
    parameters: Path
    effects: pd.DataFrame
    levels: pd.DataFrame
    notes: tuple[Problem, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """What each line of EFFECTS stands for."""
        return self.effects

    def __repr__(self) -> str:
        lines = [f"BLUPF90 job {self.parameters}", self.effects.to_string(index=False)]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def write_blupf90(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    variances: Mapping[str, Any],
    folder: str | PathLike[str],
) -> Blupf90Job:
    """Write a model with its records, pedigree and variances as a renumbered BLUPF90 job.

    The files are renf90.par, renf90.dat and renadd.ped; traits.csv, effects.csv and levels.csv say
    what the codes stand for (`read_blupf90_solutions` uses them).

    Raises
    ------
    NotAvailable
        For what BLUPF90 has no word for: residual groups that are not multiples of each other,
        metafounders, inbreeding in a sire model.
    ModelError, DataError
        As `evaluate` does.
    """
    writer = JobWriter(model, data, pedigree, check_variances(model, variances))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return writer.write(target)


class _Table:
    """The data file as it grows: columns, and where each stands."""

    def __init__(self, rows: Integers) -> None:
        self.rows = rows
        self.columns: list[Floats | Integers | Texts] = []
        self.places: dict[tuple[object, ...], int] = {}

    def add(self, key: tuple[object, ...], values: Floats | Integers | Texts) -> int:
        """Position of a column, which is written once."""
        if key not in self.places:
            self.columns.append(values[self.rows])
            self.places[key] = len(self.columns)
        return self.places[key]

    def write(self, path: Path) -> None:
        """Blanks between columns, every digit of numbers."""
        frame = pd.DataFrame(dict(enumerate(self.columns)))
        frame.to_csv(path, sep=" ", header=False, index=False)


class JobWriter:
    """Collects the lines, columns and matrices of a job."""

    def __init__(
        self, model: Model, data: pd.DataFrame, pedigree: Pedigree | None, given: Given
    ) -> None:
        self.model = model
        self.pedigree = pedigree
        self.given = given
        self.reader = Reader(model, data, pedigree)
        self.y, self.known = _observations(self.reader)
        problems = self.reader.problems + self.reader.unknown_animals(self.known)
        if problems:
            raise DataError(problems)
        self.table = _Table(np.flatnonzero(self.known.any(axis=1)))
        self.lines: list[EffectLine] = []
        self.effects: list[dict[str, Any]] = []
        self.tables: dict[str, list[str]] = {}
        self.groups: list[RandomGroup] = []
        self.notes: list[Problem] = []

    def write(self, folder: Path) -> Blupf90Job:
        missing = self._missing_code()
        observations = [
            self.table.add(("trait", code), np.where(self.known[:, code], self.y[:, code], missing))
            for code in range(len(self.model.traits))
        ]
        residual, weights = self._residual()
        self._mean()
        for effect in self.model.effects:
            if isinstance(effect, Fixed):
                self._factor(effect)
            elif isinstance(effect, Covariate):
                self._regression(effect)
        for block in self.model.blocks:
            self._block(block)
        parameters = Parameters(
            DATA,
            tuple(observations),
            weights,
            tuple(self.lines),
            residual,
            tuple(self.groups),
            (("missing", f"{missing:g}"),),
        )
        return self._files(folder, parameters)

    def _files(self, folder: Path, parameters: Parameters) -> Blupf90Job:
        self.table.write(folder / DATA)
        if self.structure is not None:
            _write_pedigree(folder / PEDIGREE, self.structure, self._kind() == "add_an_upginb")
        comments = ["Written by AgriGen."]
        comments += [f"trait {n}: {name}" for n, name in enumerate(self.model.traits, start=1)]
        comments += [
            f"effect {row['number']}: {row['effect']}"
            + (f" coefficient {row['coefficient']}" if row["coefficient"] != "" else "")
            for row in self.effects
        ]
        path = folder / PARAMETERS
        path.write_text(parameters_text(parameters, comments), encoding="utf-8")
        return self._tables(folder, path)

    def _tables(self, folder: Path, path: Path) -> Blupf90Job:
        """Write what the codes stand for."""
        effects = pd.DataFrame(self.effects)
        levels = pd.concat(
            [
                pd.DataFrame({"table": name, "code": range(1, len(words) + 1), "level": words})
                for name, words in self.tables.items()
            ]
            or [pd.DataFrame(columns=["table", "code", "level"])],
            ignore_index=True,
        )
        traits = pd.DataFrame({"code": range(1, len(self.model.traits) + 1)})
        traits["trait"] = self.model.traits
        for name, frame in ((TRAITS, traits), (EFFECTS, effects), (LEVELS, levels)):
            frame.to_csv(folder / name, index=False)
        return Blupf90Job(folder, path, effects, levels, tuple(self.notes))

    def _missing_code(self) -> float:
        values = self.y[self.known]
        return next((code for code in MISSING if not (values == code).any()), values.min() * 10 - 1)

    # Residual and weights

    def _residual(self) -> tuple[Floats, tuple[int, ...]]:
        """The residual matrix and the position of the weights.

        Groups whose matrices are multiples of each other are weights too: BLUPF90 divides the
        residual matrix by the weight.
        """
        rows = np.arange(len(self.y))
        codes, names = self.reader.residual_groups(self.table.rows)
        matrices = covariances(self.model, self.given, names).residual
        first = matrices[0]
        factors = matrices[:, 0, 0] / first[0, 0]
        off = np.abs(matrices - factors[:, None, None] * first).max()
        if off > SAME * np.abs(matrices).max():
            text = (
                f"The residual matrices of the levels of {self.model.residual_by} are not "
                "multiples of one matrix: BLUPF90 has one matrix and a weight for each record."
            )
            remedy = "Give proportional matrices, or evaluate here."
            raise NotAvailable([Problem("not_available", (), text, remedy)])
        if self.model.weights is None and self.model.residual_by is None:
            return first, ()
        weights = self.reader.weights().copy()
        scale = np.ones(rows.size)
        scale[self.table.rows] = factors[codes]
        return first, (self.table.add(("weights",), weights / scale),)

    # Fixed effects

    def _mean(self) -> None:
        """A mean for the traits that no factor gives one."""
        model = self.model
        factors = [effect for effect in model.effects if isinstance(effect, Fixed)]
        lacking = [
            trait
            for trait in model.traits
            if all(trait not in effect_traits(f, model) for f in factors)
        ]
        if not lacking:
            return
        place = self.table.add(("mean",), np.ones(len(self.y), np.int64))
        positions = dict.fromkeys(lacking, place)
        self._line(MEAN, positions, 1, "cross", table=MEAN)
        self.tables[MEAN] = [""]

    def _factor(self, effect: Fixed) -> None:
        places, size, firsts = self._coded(effect.name, effect_traits(effect, self.model))
        self._line(effect.name, places, size, "cross", table=effect.name, firsts=firsts)

    def _coded(
        self, name: str, columns: Mapping[str, str]
    ) -> tuple[dict[str, int], int, dict[str, int]]:
        """Positions by trait, number of levels, first level by trait; makes the table of codes."""
        codes, words = self.reader.common_levels(columns.values())
        there = np.zeros(len(words), np.bool_)
        for trait, column in columns.items():
            there[codes[column][self.known[:, self._code(trait)]]] = True
        renumber = np.append(np.cumsum(there), 0)
        places, firsts = {}, {}
        for trait, column in columns.items():
            numbers = np.where(codes[column] < 0, 0, renumber[codes[column]])
            key = ("level", name, column)
            places[trait] = self.table.add(key, numbers * self._read(columns, column))
            firsts[trait] = int(numbers[self.known[:, self._code(trait)]].min())
        self.tables[name] = [word for word, used in zip(words, there, strict=True) if used]
        return places, int(there.sum()), firsts

    def _read(self, columns: Mapping[str, str], column: str) -> Flags:
        """Records where one of the traits that read a column counts; elsewhere levels are 0."""
        mine = [self._code(trait) for trait, name in columns.items() if name == column]
        return np.asarray(self.known[:, mine].any(axis=1))

    def _code(self, trait: str) -> int:
        return self.model.traits.index(trait)

    def _regression(self, effect: Covariate) -> None:
        columns = effect_traits(effect, self.model)
        nested, size, table = None, 1, ""
        if effect.within:
            within = dict.fromkeys(columns, effect.within)
            nested, size, _ = self._coded(effect.name, within)
            table = effect.name
        if effect.basis is not None:
            functions = self.reader.basis(effect.basis)
            for k in range(effect.basis.size):
                place = self._number(("basis", effect.basis, k), functions[:, k])
                places = dict.fromkeys(columns, place)
                self._line(effect.name, places, size, "cov", nested, table=table, coefficient=k)
            return
        for power in range(1, effect.degree + 1):
            places = {}
            for trait, column in columns.items():
                x = self.reader.covariate(column, effect.transform)
                key = ("covariate", column, effect.transform, power)
                places[trait] = self._number(key, x**power)
            order = power if effect.degree > 1 else ""
            self._line(effect.name, places, size, "cov", nested, table=table, coefficient=order)

    def _number(self, key: tuple[object, ...], values: Floats) -> int:
        return self.table.add(key, np.where(np.isfinite(values), values, 0.0))

    def _line(
        self,
        effect: str,
        places: Mapping[str, int],
        levels: int,
        kind: Any,
        nested: Mapping[str, int] | None = None,
        *,
        table: str,
        coefficient: int | str = "",
        firsts: Mapping[str, int] | None = None,
    ) -> None:
        traits = self.model.traits
        positions = tuple(places.get(trait, 0) for trait in traits)
        inside = tuple(nested.get(trait, 0) for trait in traits) if nested else ()
        self.lines.append(EffectLine(positions, levels, kind, inside))
        first = [str((firsts or {}).get(trait, 0)) for trait in traits]
        self.effects.append(
            {
                "number": len(self.lines),
                "effect": effect,
                "coefficient": coefficient,
                "traits": " ".join(str(n) for n, p in enumerate(positions, start=1) if p),
                "table": table,
                "first": " ".join(first) if firsts else "",
            }
        )

    # Random effects

    def _block(self, block: tuple[RandomEffect, ...]) -> None:
        model, traits = self.model, len(self.model.traits)
        start = len(self.lines)
        rows: list[int] = []  # of the job's matrix, for each row of ours
        table = ""
        for effect in block:
            columns = effect_traits(effect, model)
            if isinstance(effect, Animal):
                table, (places, size) = PEDIGREE, self._animals(columns)
            else:
                table = table or effect.name
                places, size, _ = self._coded(table, columns)
            first = len(self.lines) - start
            basis = effect.basis
            functions = None if basis is None else self.reader.basis(basis)
            for k in range(1 if functions is None else functions.shape[1]):
                if functions is None:
                    self._line(effect.name, places, size, "cross", table=table)
                    continue
                place = self._number(("basis", basis, k), functions[:, k])
                values = dict.fromkeys(columns, place)
                self._line(effect.name, values, size, "cov", places, table=table, coefficient=k)
            lines = len(self.lines) - start - first
            rows += [
                (first + k) * traits + self._code(trait) for trait in columns for k in range(lines)
            ]
        numbers = tuple(range(start + 1, len(self.lines) + 1))
        matrix = np.zeros((len(numbers) * traits, len(numbers) * traits))
        matrix[np.ix_(rows, rows)] = np.asarray(self.given[block[0].name])
        related = isinstance(block[0], Animal)
        kind, file = (self._kind(), PEDIGREE) if related else ("diagonal", "")
        self.groups.append(RandomGroup(numbers, kind, file, matrix))

    def _animals(self, columns: Mapping[str, str]) -> tuple[dict[str, int], int]:
        places = {}
        for trait, column in columns.items():
            codes = (self.reader.animals(column) + 1) * self._read(columns, column)
            places[trait] = self.table.add(("animal", column), codes)
        return places, 0 if self.structure is None else len(self.structure)

    def _kind(self) -> str:
        animal = self.model.animal
        if animal is not None and animal.relationship == "sire_mgs":
            return "add_sire"
        if self.model.inbreeding:
            return "add_an_upginb"
        grouped = self.structure is not None and self.structure.base is not None
        return "add_an_upg" if grouped else "add_animal"

    @cached_property
    def structure(self) -> Structure | None:
        animal = self.model.animal
        if animal is None or self.pedigree is None:
            return None
        mixed = {str(e.relationship) for e in self.model.random if isinstance(e, Animal)}
        structure = self.pedigree.structure(
            inbreeding=self.model.inbreeding, relationship=animal.relationship
        )
        self._refuse(structure, mixed)
        self.tables[PEDIGREE] = [str(name) for name in structure.names]
        return structure

    def _refuse(self, structure: Structure, relationships: set[str]) -> None:
        problems = []
        if len(relationships) > 1:
            text = "The model has pedigree and sire relationships; the job can have one pedigree."
            problems.append(Problem("not_available", (), text, "Use one of them."))
        if structure.base is not None and structure.base.any():
            text = "Metafounders need a matrix that BLUPF90 reads in a format of its own."
            remedy = "Use unknown-parent groups without a matrix, or evaluate here."
            problems.append(Problem("not_available", (), text, remedy))
        sires = "sire_mgs" in relationships
        if sires and self.model.inbreeding and _inbred(structure):
            text = "add_sire of BLUPF90 does not count inbreeding, and bulls are inbred."
            remedy = "Set inbreeding to false."
            problems.append(Problem("not_available", (), text, remedy))
        if problems:
            raise NotAvailable(problems)


def _observations(reader: Reader) -> tuple[Floats, Flags]:
    """Values and which of them count, as the evaluation sees them."""
    traits = reader.model.traits
    y = np.column_stack([reader.trait(trait) for trait in traits])
    known = np.isfinite(y)
    for code, trait in enumerate(traits):
        for missing in reader.missing(trait).values():
            known[:, code] &= ~missing
    return y, known


def _inbred(structure: Structure) -> bool:
    scale = structure.scale[np.isfinite(structure.scale)]
    return bool((scale > 1.0 + 1e-12).any())


def _write_pedigree(path: Path, structure: Structure, inbred: bool) -> None:
    """Animal, its parents (groups behind the animals), a code, and its own id in column 10."""
    sire, dam, precision = structure.sire, structure.dam, structure.precision
    assert sire is not None and dam is not None and precision is not None  # relationships have them
    animals = len(precision)
    known = (sire >= 0).astype(np.int64) + (dam >= 0)
    grouped = (sire >= animals).astype(np.int64) + (dam >= animals)
    parents = known - grouped
    code = np.rint(1000.0 * precision).astype(np.int64) if inbred else 3 - parents
    columns: dict[str, Any] = {
        "animal": np.arange(1, animals + 1),
        "sire": sire + 1,
        "dam": dam + 1,
        "code": code,
    }
    names = [str(name) for name in structure.names[:animals]]
    if not any("#" in name or name.split() != [name] for name in names):
        columns |= {"birth": 0, "known": parents, "records": 0, "as_sire": 0, "as_dam": 0}
        columns["id"] = names
    pd.DataFrame(columns).to_csv(path, sep=" ", header=False, index=False)
