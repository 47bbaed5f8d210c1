"""The columns that a model reads: each is coded once, and what is wrong in it is collected."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem, name_some
from agrigen.evaluation.basis import Basis
from agrigen.evaluation.columns import Levels, levels, numbers
from agrigen.evaluation.effects import (
    INTERACTION,
    Animal,
    Covariate,
    Effect,
    Genomic,
    columns_read,
    parts_of,
)
from agrigen.evaluation.model import Model, effect_traits
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Coded, coded
from agrigen.pedigree.names import Names
from agrigen.types import Flags, Floats, Integers

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes

Value = TypeVar("Value")


class Reader:
    """Reads the records for a model."""

    def __init__(
        self,
        model: Model,
        data: pd.DataFrame,
        pedigree: Pedigree | None,
        genotypes: "Genotypes | None" = None,
    ) -> None:
        _require_columns(model, data)
        self.model = model
        self.data = data
        self.pedigree = pedigree
        self.genotypes = genotypes
        self.problems: list[Problem] = []
        self._kept: dict[tuple[object, ...], object] = {}

    def trait(self, trait: str) -> Floats:
        """Values of a trait, nan where missing."""
        return self._number(trait)

    def weights(self) -> Floats:
        """Weights of the records, 1 where none are declared."""
        name = self.model.weights
        if name is None:
            return np.ones(len(self.data))
        values = self._number(name)
        self._once(("positive", name), lambda: self._positive(values, name, _WEIGHTS))
        return values

    def covariate(self, column: str, transform: str | None) -> Floats:
        """A covariate, transformed."""
        return self._once(
            ("covariate", column, transform), lambda: self._transformed(column, transform)
        )

    def levels(self, column: str) -> tuple[Integers, list[str]]:
        """Codes and names of the levels of a column or an interaction; -1 is missing."""
        found = self._once(("levels", column), lambda: self._levels(column))
        return found.codes, found.names

    def common_levels(self, columns: Iterable[str]) -> tuple[dict[str, Integers], list[str]]:
        """Codes of several columns into one list of levels."""
        columns = list(dict.fromkeys(columns))
        if len(columns) == 1:
            codes, names = self.levels(columns[0])
            return {columns[0]: codes}, names
        together = levels(pd.concat([self._text(column) for column in columns]))
        parts = np.split(together.codes, len(columns))
        return dict(zip(columns, parts, strict=True)), together.names

    def animals(self, column: str, effect: Animal | None = None) -> Integers:
        """Level of the animals of a column in an effect; -1 is missing or not there.

        Without an effect, their place in the pedigree.
        """
        return self._coded_animals(effect or Animal(column=column), column)[0]

    def pedigree_of(self, effect: Animal) -> Pedigree:
        """The pedigree, which an effect needs."""
        if self.pedigree is None:
            text = f"Effect {effect.name!r} needs a pedigree."
            raise DataError([_problem("no_pedigree", text, "Give one.")])
        return self.pedigree

    def genotypes_of(self, effect: Animal) -> "Genotypes":
        """The genotypes, which an effect needs."""
        if self.genotypes is None:
            text = f"Effect {effect.name!r} needs genotypes."
            raise DataError([_problem("no_genotypes", text, "Give them, or use type animal.")])
        return self.genotypes

    def basis(self, basis: Basis) -> Floats:
        """The values of a basis, shape (records, coefficients); nan where missing."""
        return self._once(("basis", basis), lambda: self._basis(basis))

    def residual_groups(self, rows: Integers) -> tuple[Integers, list[str]]:
        """Residual group of some records, and the names of the groups that they have."""
        if self.model.residual_by is None:
            return np.zeros(rows.size, np.int64), [""]
        codes, names = self.levels(self.model.residual_by)
        used, renumbered = np.unique(codes[rows], return_inverse=True)
        return renumbered.astype(np.int64), [names[code] for code in used]

    def missing(self, trait: str) -> dict[str, Flags]:
        """Where something is missing that the model needs for a trait, by what is missing."""
        return self._once(("missing", trait), lambda: self._missing(trait))

    def unknown_animals(self, known: Flags) -> list[Problem]:
        """Animals of records that count, but have no level."""
        unknown: dict[bool, dict[str, None]] = {False: {}, True: {}}
        for effect in self.model.effects:
            if not isinstance(effect, Animal):
                continue
            for trait, column in effect_traits(effect, self.model).items():
                places, found = self._coded_animals(effect, column)
                rows = known[:, self.model.traits.index(trait)] & (places < 0)
                if rows.any():
                    names = map(str, found.names[found.codes[rows]])
                    unknown[_of_genotypes(effect)] |= dict.fromkeys(names)
        return [_unknown(list(names), kind) for kind, names in unknown.items() if names]

    def _missing(self, trait: str) -> dict[str, Flags]:
        """Weights first, then covariates, then factors, then animals."""
        missing: dict[str, Flags] = {}
        if self.model.weights:
            missing[f"missing {self.model.weights}"] = np.array(np.isnan(self.weights()))
        effects = [(e, effect_traits(e, self.model).get(trait)) for e in self.model.effects]
        mine = [(effect, column) for effect, column in effects if column is not None]
        for effect, column in sorted(mine, key=lambda part: _kind(part[0])):
            missing |= self._missing_of(effect, column)
        if self.model.residual_by:
            codes, _ = self.levels(self.model.residual_by)
            missing[f"missing {self.model.residual_by}"] = codes < 0
        return missing

    def _missing_of(self, effect: Effect, column: str) -> dict[str, Flags]:
        missing: dict[str, Flags] = {}
        basis = getattr(effect, "basis", None)
        if basis is not None:
            missing[f"missing {basis.column}"] = np.isnan(self.basis(basis)[:, 0])
        if isinstance(effect, Covariate):
            if basis is None:
                values = self.covariate(column, effect.transform)
                missing[f"missing {column}"] = ~np.isfinite(values)
            if effect.within:
                missing[f"missing {effect.within}"] = self.levels(effect.within)[0] < 0
        elif isinstance(effect, Animal):
            missing[f"missing {column}"] = self._coded_animals(effect, column)[1].codes < 0
        else:
            missing[f"missing {column}"] = self.levels(column)[0] < 0
        return missing

    def _once(self, key: tuple[object, ...], read: Callable[[], Value]) -> Value:
        if key not in self._kept:
            self._kept[key] = read()
        value: Value = self._kept[key]  # type: ignore[assignment]
        return value

    def _number(self, column: str) -> Floats:
        values, problems = self._once(
            ("number", column), lambda: numbers(self.data[column], column)
        )
        self._once(("problems", column), lambda: self.problems.extend(problems))
        return values

    def _transformed(self, column: str, transform: str | None) -> Floats:
        values = self._number(column)
        out = np.full(values.size, np.nan)
        if transform == "log":
            self._positive(values, column, "its logarithm does not exist")
            return np.log(values, where=values > 0, out=out)
        if transform == "sqrt":
            self._positive(values, column, "its square root does not exist", zero=True)
            return np.sqrt(values, where=values >= 0, out=out)
        return values

    def _positive(self, values: Floats, column: str, why: str, *, zero: bool = False) -> None:
        wrong = np.flatnonzero(values < 0 if zero else values <= 0)
        if wrong.size:
            rows = name_some([str(row + 1) for row in wrong])
            limit = "below 0" if zero else "0 or below"
            text = f"Column {column} is {limit} in record {rows}: {why}."
            self.problems.append(_problem("not_positive", text, _EMPTY))

    def _levels(self, column: str) -> Levels:
        parts = [levels(self.data[name]) for name in parts_of(column)]
        found = parts[0]
        for part in parts[1:]:
            found = _crossed(found, part)
        return found

    def _text(self, column: str) -> pd.Series:
        codes, names = self.levels(column)
        return pd.Series(np.array([*names, ""], dtype=object)[codes])

    def _coded_animals(self, effect: Animal, column: str) -> tuple[Integers, Coded]:
        key = ("animals", column, _of_genotypes(effect))
        return self._once(key, lambda: self._animals(effect, column))

    def _animals(self, effect: Animal, column: str) -> tuple[Integers, Coded]:
        found = coded(self.data[column])
        if not _of_genotypes(effect):
            return self.pedigree_of(effect).find(found), found
        places = Names(self.genotypes_of(effect).ids).find(found.names)
        return np.append(places, -1)[found.codes], found

    def _basis(self, basis: Basis) -> Floats:
        x = self._number(basis.column)
        problems = basis.outside(x)
        self.problems += problems
        return np.zeros((x.size, basis.size)) if problems else basis.evaluate(x)


_WEIGHTS = "weights must be above 0"
_EMPTY = "Correct them, or leave them empty."


def _kind(effect: Effect) -> int:
    if isinstance(effect, Covariate):
        return 0
    return 2 if isinstance(effect, Animal) else 1


def _crossed(left: Levels, right: Levels) -> Levels:
    """Levels that two columns have together, in the order of the first, then the second."""
    codes = left.codes * len(right.names) + right.codes
    codes[(left.codes < 0) | (right.codes < 0)] = -1
    used, renumbered = np.unique(codes, return_inverse=True)
    missing = int(used.size > 0 and used[0] < 0)
    names = [
        f"{left.names[code // len(right.names)]}{INTERACTION}{right.names[code % len(right.names)]}"
        for code in used[missing:]
    ]
    return Levels(renumbered - missing, names)


def columns_of(model: Model) -> dict[str, str]:
    """Every column of the records that a model reads, and what for."""
    wanted = {trait: f"trait {trait}" for trait in model.traits}
    if model.weights:
        wanted[model.weights] = "the weights"
    if model.residual_by:
        wanted |= dict.fromkeys(parts_of(model.residual_by), "the residual groups")
    for effect in model.effects:
        for column in columns_read(effect, model.traits):
            wanted.setdefault(column, f"effect {effect.name}")
    return wanted


def _require_columns(model: Model, data: pd.DataFrame) -> None:
    there = ", ".join(str(column) for column in data.columns)
    problems = [
        _problem(
            "missing_column",
            f"The records have no column {column!r} (for {what}); their columns are {there}.",
            "Correct the name in the model, or add the column.",
        )
        for column, what in columns_of(model).items()
        if column not in data.columns
    ]
    if problems:
        raise DataError(problems)


def _of_genotypes(effect: Animal) -> bool:
    """Whether the levels of an effect are the genotyped animals alone."""
    return isinstance(effect, Genomic) and effect.method != "single_step"


def _unknown(names: list[str], genotyped: bool) -> Problem:
    count = "1 animal" if len(names) == 1 else f"{len(names)} animals"
    where = "genotyped" if genotyped else "in the pedigree"
    text = f"{count} with records are not {where}: {name_some(names)}."
    remedy = "Add them to the pedigree (unknown parents are allowed), or remove their records."
    if genotyped:
        remedy = "Use method single_step with a pedigree, or remove their records."
    kind = "not_genotyped" if genotyped else "unknown_animal"
    return Problem(kind, tuple(names), text, remedy)


def _problem(kind: str, message: str, remedy: str) -> Problem:
    return Problem(kind, (), message, remedy)
