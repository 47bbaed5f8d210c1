"""From what a BLUPF90 job says to a model, its records, its pedigree and its variances."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, ModelError, NotAvailable, Problem, name_some
from agrigen.evaluation.model import Animal, Covariate, Effect, Fixed, Model, Random, RandomEffect
from agrigen.io.blupf90_curves import Curve, find_curve
from agrigen.io.blupf90_options import RELATED, left_out, refused
from agrigen.io.blupf90_parameters import EffectLine, Parameters, RandomGroup, fortran_number
from agrigen.io.blupf90_tables import PedigreeFile, missing_columns
from agrigen.io.dataset import DataSet
from agrigen.pedigree import Pedigree
from agrigen.types import Flags, Floats

DEFAULT_MISSING = 0.0
Part = tuple[RandomEffect, tuple[int, ...], Floats]
"""An effect, the lines of EFFECTS it stands for, and how their values turn into its own."""


class Assembly:
    """Puts a data set together; positions are those of the parameter file.

    Parameters
    ----------
    frame
        The data file as text, columns called by position.
    pedigrees
        Reads the pedigree of a file and type.
    names
        What the data frame calls columns, where it is not c1, c2, ...
    combined
        Positions that stand for an interaction of other positions.
    inbreeding
        Whether inbreeding counts; by default as the types of the random effects say.
    coded
        Whether levels are codes (0: none); RENUMF90 takes any text for a level.
    """

    def __init__(
        self,
        parameters: Parameters,
        frame: pd.DataFrame,
        *,
        pedigrees: Callable[[str, str], PedigreeFile],
        names: Mapping[int, str],
        zero: str,
        combined: Mapping[int, tuple[int, ...]] | None = None,
        coded: bool = True,
        notes: Sequence[Problem] = (),
        inbreeding: bool | None = None,
    ) -> None:
        if zero not in ("refuse", "drop"):
            raise ValueError(f"zero is {zero!r}; it is 'refuse' or 'drop'")
        self.parameters = parameters
        self.frame = frame
        self.pedigrees = pedigrees
        self.names = names
        self.zero = zero
        self.combined = combined or {}
        self.coded = coded
        self.notes = list(notes)
        self.inbreeding = inbreeding
        self.problems: list[Problem] = []
        self.data = pd.DataFrame(index=frame.index)
        self.traits: list[str] = []
        self.observed: list[Flags] = []
        self.files: dict[tuple[str, str], PedigreeFile] = {}
        self.ids: dict[int, Mapping[str, str]] = {}
        self.kept: dict[int, Floats] = {}

    def dataset(self) -> DataSet:
        """The data set, or every reason why there is none."""
        wrong = refused(self.parameters)
        if wrong:
            raise NotAvailable(wrong)
        wrong = missing_columns(self.frame, self._positions(), "data")
        if wrong:
            raise DataError(wrong)
        self._read_traits()
        pedigree = self._read_pedigrees()
        effects, variances = self._effects()
        self._check_means()
        weights = self._weights()
        grouping, residual = self._residual()
        self.notes += left_out(self.parameters)
        if self.problems:
            raise ModelError(self.problems)
        model = Model(
            self.traits,
            effects,
            weights=weights,
            inbreeding=self._inbreeding() if self.inbreeding is None else self.inbreeding,
            residual_by=grouping,
        )
        variances["residual"] = residual
        return DataSet(model, self.data, pedigree, variances, tuple(self.notes))

    def _positions(self) -> list[int]:
        lines = self.parameters.effects
        found = [*self.parameters.observations, *self.parameters.weights]
        found += [p for line in lines for p in (*line.positions, *line.nested)]
        parts = [part for p in found for part in self.combined.get(p, (p,))]
        grouping = self.parameters.option("hetres_int")
        return parts + ([int(grouping[0])] if grouping else [])

    # Columns of the data

    def _numbers(self, position: int) -> Floats:
        """A column as numbers, read once."""
        if position not in self.kept:
            self.kept[position] = self._read_numbers(position)
        return self.kept[position]

    def _read_numbers(self, position: int) -> Floats:
        words = self.frame[position]
        numbers = pd.to_numeric(words, errors="coerce").to_numpy(np.float64).copy()
        for row in np.flatnonzero(np.isnan(numbers)):  # few, if any: Fortran exponents
            value = fortran_number(words.iloc[row])
            numbers[row] = np.nan if value is None else value
        if np.isnan(numbers).any():
            wrong = sorted({str(w) for w in self.frame[position][np.isnan(numbers)]})
            text = f"Column {position} of the data file holds {name_some(wrong)}, not numbers."
            self.problems.append(
                Problem("not_a_number", (), text, "Correct them; points and NA are not read.")
            )
        return numbers

    def _name(self, position: int) -> str:
        if position in self.combined:
            return ":".join(self._name(part) for part in self.combined[position])
        return self.names.get(position, f"c{position}")

    def _levels(self, position: int) -> str:
        """Put a column of levels into the data; levels 0 are missing."""
        for part in self.combined.get(position, (position,)):
            name = self._name(part)
            if name in self.data.columns:
                continue
            column = self.frame[part]
            if self.coded:
                codes = self._numbers(part)
                column = pd.Series(codes, index=column.index).astype("Int64").astype(str)
                column = column.where(codes != 0, "")
            elif part in self.ids:  # RENUMF90 knows 0 as an unknown animal, and nowhere else
                column = column.where(column != "0", "")
            words = self.ids.get(part, {})
            self.data[name] = column.map(lambda code, w=words: w.get(code, code))
        return self._name(position)

    def _values(self, position: int) -> str:
        """Put a column of numbers into the data."""
        name = self._name(position)
        if name not in self.data.columns:
            self.data[name] = self._numbers(position)
        return name

    def _read_traits(self) -> None:
        missing = float((self.parameters.option("missing") or [DEFAULT_MISSING])[0])
        for place, position in enumerate(self.parameters.observations, start=1):
            name = self.names.get(position, f"trait{place}")
            values = self._numbers(position)
            values = np.where(values == missing, np.nan, values)
            self.traits.append(name)
            self.observed.append(~np.isnan(values))
            self.data[name] = values

    def _weights(self) -> str | None:
        positions = sorted({p for p in self.parameters.weights if p})
        if not positions:
            return None
        if len(positions) > 1:
            text = f"Each trait has a weight of its own (columns {positions})."
            self.problems.append(
                Problem("weights", (), text, "Use one weight for all traits of a record.")
            )
        return self._values(positions[0])

    def _residual(self) -> tuple[str | None, Any]:
        residual = _number_or_matrix(self.parameters.residual)
        option = self.parameters.option("hetres_int")
        if option is None:
            return None, residual
        column = self._levels(int(option[0]))
        classes = sorted(set(self.data[column]), key=lambda level: (len(level), level))
        text = f"The residual variances start equal in the {len(classes)} classes of {column}."
        self.notes.append(Problem("hetres_int", (), text, "Estimate them, or give each its own."))
        return column, dict.fromkeys(classes, residual)

    # Effects

    def _limit(self, positions: Sequence[int], read: Callable[[int], str]) -> dict[str, Any]:
        """The column and the traits of an effect."""
        columns = {
            trait: read(position)
            for trait, position in zip(self.traits, positions, strict=True)
            if position
        }
        column = next(iter(columns.values()))
        if len(set(columns.values())) > 1:
            return {"column": column, "traits": columns}
        all_traits = len(columns) == len(self.traits)
        return {"column": column, "traits": None if all_traits else list(columns)}

    def _effect_name(self, number: int, taken: set[str]) -> str:
        line = self.parameters.effects[number - 1]
        position = next(p for p in line.positions if p)
        name = self.names.get(position, "")
        if not name or name in taken or name in self.traits:
            name = f"effect{number}"
        taken.add(name)
        return name

    def _effects(self) -> tuple[list[Effect], dict[str, Any]]:
        home = {number: group for group in self.parameters.groups for number in group.effects}
        taken: set[str] = set()
        effects: list[Effect] = []
        variances: dict[str, Any] = {}
        for number, line in enumerate(self.parameters.effects, start=1):
            if not any(line.positions):
                continue
            self._check_levels(number, line)
            group = home.get(number)
            if group is None:
                effects += self._fixed(number, line, taken)
            elif number == group.effects[0]:
                parts = self._random(group, taken)
                effects += [effect for effect, _, _ in parts]
                if parts:
                    variances[parts[0][0].name] = self._variances(group, parts)
        return effects, variances

    def _fixed(self, number: int, line: EffectLine, taken: set[str]) -> list[Effect]:
        name = self._effect_name(number, taken)
        if line.kind == "cross":
            return [Fixed(name, **self._limit(line.positions, self._levels))]
        constant = all(self._constant(p) for p in line.positions if p)
        if not line.nested:
            # A column of ones is the mean, which every model here has.
            limit = self._limit(line.positions, self._values)
            return [] if constant else [Covariate(name, **limit)]
        if constant:
            return [Fixed(name, **self._limit(line.nested, self._levels))]
        found: list[Effect] = []
        for within in sorted({n for n, p in zip(line.nested, line.positions, strict=True) if p}):
            pairs = zip(line.positions, line.nested, strict=True)
            own = [position if nested == within else 0 for position, nested in pairs]
            limit = self._limit(own, self._values)
            label = name if not found else f"{name}_{within}"
            found.append(Covariate(label, within=self._levels(within), **limit))
        return found

    def _constant(self, position: int) -> bool:
        values = self._numbers(position)
        return bool(values.size and values[0] != 0 and (values == values[0]).all())

    def _random(self, group: RandomGroup, taken: set[str]) -> list[Part]:
        lines = {number: self.parameters.effects[number - 1] for number in group.effects}
        parts: list[Part] = []
        for levels, numbers in _by_levels(lines):
            curve = self._curve(numbers, lines)
            first = numbers[0]
            options = self._limit(levels, self._levels)
            options["name"] = self._effect_name(first, taken)
            if parts:
                options["correlated_with"] = parts[0][0].name
            turn = np.eye(1)
            if curve is not None:
                turn = curve.turn
                options["basis"] = curve.basis(self._curve_column(curve, numbers, lines))
            elif len(numbers) > 1 or lines[first].kind == "cov":
                self.problems.append(_no_curve(numbers))
                continue
            parts.append((_random_effect(group.kind, options), tuple(numbers), turn))
        return parts

    def _curve(self, numbers: list[int], lines: Mapping[int, EffectLine]) -> Curve | None:
        if all(lines[number].kind == "cross" for number in numbers):
            return None
        columns, traits = [], self.parameters.traits
        for number in numbers:
            line = lines[number]
            positions = {p for p in line.positions if p}
            if line.kind == "cov" and (len(positions) > 1 or not line.nested):
                return None
            if any(_stands(line, t) != _stands(lines[numbers[0]], t) for t in range(traits)):
                return None
            ones = np.ones(len(self.frame))
            columns.append(ones if line.kind == "cross" else self._numbers(positions.pop()))
        return find_curve(np.column_stack(columns))

    def _curve_column(
        self, curve: Curve, numbers: list[int], lines: Mapping[int, EffectLine]
    ) -> str:
        if curve.kind == "legendre":
            line = lines[numbers[curve.place]]
            return self._values(next(p for p in line.positions if p))
        name = f"knot_{numbers[0]}"
        self.data[name] = curve.t
        return name

    def _variances(self, group: RandomGroup, parts: list[Part]) -> Any:
        """The covariance matrix by effect, then trait, then coefficient."""
        traits = self.parameters.traits
        place = {number: i for i, number in enumerate(group.effects)}
        rows = []
        for _, numbers, turn in parts:
            first = self.parameters.effects[numbers[0] - 1]
            for trait, coefficient in np.ndindex(traits, len(turn)):
                if not _stands(first, trait):
                    continue
                row = np.zeros(len(group.matrix))
                for j, number in enumerate(numbers):
                    row[place[number] * traits + trait] = turn[coefficient, j]
                rows.append(row)
        matrix = np.array(rows) @ group.matrix @ np.array(rows).T
        return _number_or_matrix((matrix + matrix.T) / 2)

    # Pedigree

    def _related(self) -> list[RandomGroup]:
        return [group for group in self.parameters.groups if group.kind in RELATED]

    def _inbreeding(self) -> bool:
        kinds = {group.kind for group in self._related()}
        if len(kinds) > 1 and "add_an_upginb" in kinds:
            text = "Inbreeding counts in one random effect and not in another."
            raise NotAvailable(
                [Problem("not_available", (), text, "Use the same RANDOM_TYPE for both.")]
            )
        return not kinds or kinds == {"add_an_upginb"}

    def _read_pedigrees(self) -> Pedigree | None:
        related = self._related()
        for group in related:
            if (group.file, group.kind) not in self.files:
                self.files[group.file, group.kind] = self.pedigrees(group.file, group.kind)
            file = self.files[group.file, group.kind]
            for number in group.effects:
                line = self.parameters.effects[number - 1]
                for position in line.nested or line.positions:
                    self.ids[position] = file.ids
        if len({group.file for group in related}) > 1:
            files = sorted({group.file for group in related})
            text = f"The job has several pedigree files ({', '.join(files)})."
            raise NotAvailable(
                [Problem("not_available", (), text, "Join them: a model here has one pedigree.")]
            )
        found = list(self.files.values())
        self.notes += [note for file in found for note in file.notes]
        return found[0].pedigree if found else None

    # Checks

    def _check_levels(self, number: int, line: EffectLine) -> None:
        """Codes lie between 1 and the number of levels; 0 means no such effect."""
        positions = line.nested or line.positions
        if line.kind == "cov" and not line.nested:
            return
        zeros = np.zeros(len(self.frame), np.bool_)
        for position, where, observed in zip(positions, line.positions, self.observed, strict=True):
            if not where:
                continue
            if not self.coded:
                known = position in self.ids
                zeros |= (self.frame[position] == "0").to_numpy() & observed if known else False
                continue
            codes = self._numbers(position)
            zeros |= (codes == 0) & observed
            if (codes[observed] > line.levels).any() or (codes[observed] < 0).any():
                text = f"Effect {number} has {line.levels} levels; column {position} has others."
                remedy = "Levels are whole numbers from 1; correct the number or the column."
                self.problems.append(Problem("levels", (), text, remedy))
        if not zeros.any():
            return
        rows = name_some([str(row + 1) for row in np.flatnonzero(zeros)])
        text = f"Effect {number} has the level 0 in {int(zeros.sum())} records (row {rows})"
        if self.zero == "drop":
            self.notes.append(Problem("level_zero", (), f"{text}; they are left out.", ""))
            return
        remedy = (
            "BLUPF90 leaves the effect out of them, which a model here cannot. Give each a level "
            "of its own (an unknown dam: a phantom dam with a row in the pedigree), or leave these "
            "records out (zero='drop')."
        )
        self.problems.append(Problem("level_zero", (), f"{text}.", remedy))

    def _check_means(self) -> None:
        """Every trait has a fixed factor or a column of ones: models here have an intercept."""
        random = {number for group in self.parameters.groups for number in group.effects}
        fixed = [e for n, e in enumerate(self.parameters.effects, start=1) if n not in random]
        for place, trait in enumerate(self.traits):
            if any(self._spans_mean(line, place) for line in fixed):
                continue
            text = f"{trait} has neither a fixed factor nor a column of ones: it has no mean."
            remedy = "Models here always have one. Add an effect with one level to the job."
            self.problems.append(Problem("no_mean", (), text, remedy))

    def _spans_mean(self, line: EffectLine, trait: int) -> bool:
        position = line.positions[trait]
        return bool(position) and (line.kind == "cross" or self._constant(position))


def _by_levels(lines: Mapping[int, EffectLine]) -> list[tuple[tuple[int, ...], list[int]]]:
    """Lines of a random group that have their levels in the same columns: one effect each."""
    curved = any(line.kind == "cov" for line in lines.values())
    found: list[tuple[tuple[int, ...], list[int]]] = []
    for number, line in lines.items():
        pairs = zip(line.nested or line.positions, line.positions, strict=True)
        levels = tuple(level if position else 0 for level, position in pairs)
        same = next((numbers for known, numbers in found if known == levels), None)
        if curved and same is not None:
            same.append(number)
        else:
            found.append((levels, [number]))
    return found


def _stands(line: EffectLine, trait: int) -> bool:
    return bool(line.positions[trait])


def _random_effect(kind: str, options: dict[str, Any]) -> RandomEffect:
    if kind == "diagonal":
        return Random(**options)
    return Animal(**options, relationship="sire_mgs" if kind == "add_sire" else "pedigree")


def _number_or_matrix(matrix: Floats) -> Any:
    return float(matrix[0, 0]) if matrix.size == 1 else matrix


def _no_curve(numbers: list[int]) -> Problem:
    text = (
        f"Random regressions {', '.join(str(number) for number in numbers)} are neither the "
        "polynomials of one of their columns nor linear splines (or differ between traits)."
    )
    remedy = "Write out Legendre polynomials of all orders from 0, or linear splines."
    return Problem("not_available", (), text, remedy)
