"""From records to design: which records count, and what each says about every effect."""

from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from agrigen.errors import DataError, Problem, name_some
from agrigen.evaluation.columns import levels, numbers
from agrigen.evaluation.model import Animal, Covariate, Fixed, Model, Random, column_of
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import coded
from agrigen.types import Flags, Floats, Integers

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Coefficient:
    """One reported solution of a fixed effect; `place` is its column, -1 if absorbed."""

    effect: str
    level: str
    order: int | None
    place: int


@dataclass(frozen=True)
class RandomTerm:
    """A random effect: the level of every record."""

    name: str
    levels: list[str]
    codes: Integers
    genetic: bool


@dataclass(frozen=True)
class Design:
    """Records in use, with their fixed columns and random levels.

    Covariates are centered and scaled inside; `report` turns the solutions of the columns into
    the coefficients that are reported (raw = report @ inside).
    """

    y: Floats
    weights: Floats
    fixed: csr_array
    report: csr_array
    coefficients: list[Coefficient]
    random: list[RandomTerm]
    read: int
    dropped: dict[str, int]


def build_design(model: Model, data: pd.DataFrame, pedigree: Pedigree | None) -> Design:
    """Check the records against model and pedigree, all problems at once, and code them."""
    _require_columns(model, data)
    problems: list[Problem] = []
    drops: dict[str, Flags] = {}
    y = _numeric(data, model.trait, f"missing {model.trait}", drops, problems)
    weights = np.ones(len(data))
    if model.weights:
        weights = _numeric(data, model.weights, f"missing {model.weights}", drops, problems)
        problems += _positive(weights, model.weights, "weights must be above 0")
    values = {
        effect.name: _covariate(effect, data, drops, problems)
        for effect in model.effects
        if isinstance(effect, Covariate)
    }
    codes = {name: _levels(data, name, drops) for name in _factor_columns(model)}
    places, names = _animals(model, data, pedigree, drops)

    keep, dropped = _kept(len(data), drops)
    if names is not None:
        problems += _unknown_animals(np.asarray(names, dtype=object), places, keep)
    if not problems and not keep.any():
        text = f"No record is left of {len(data)}: {_counts(dropped) or 'the data are empty'}."
        problems.append(Problem("no_records", (), text, "Check the columns of the model."))
    if problems:
        raise DataError(problems)

    used = {name: _used(found[0][keep], found[1]) for name, found in codes.items()}
    columns = _FixedColumns(int(keep.sum()))
    for effect in model.effects:
        if isinstance(effect, Fixed):
            columns.add_factor(effect.name, *used[column_of(effect)])
        elif isinstance(effect, Covariate):
            within = used[effect.within] if effect.within else None
            columns.add_covariate(effect.name, values[effect.name][keep], effect.degree, within)
    random = [
        RandomTerm(effect.name, list(map(str, pedigree.ids)), places[keep], genetic=True)
        if isinstance(effect, Animal) and pedigree is not None and places is not None
        else _independent(effect.name, *used[column_of(effect)])
        for effect in model.random
    ]
    return columns.design(y[keep], weights[keep], random, read=len(data), dropped=dropped)


def _independent(name: str, codes: Integers, names: list[str]) -> RandomTerm:
    return RandomTerm(name, names, codes, genetic=False)


class _FixedColumns:
    """Collects the columns of the fixed effects and how their solutions are reported."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.parts: list[csr_array] = [csr_array(np.ones((records, 1)))]
        self.coefficients = [Coefficient(INTERCEPT, "", None, 0)]
        self.count = 1
        self.mixing: list[tuple[int, int, float]] = []  # (row, column, value) of `report`

    def add_factor(self, name: str, codes: Integers, names: list[str]) -> None:
        """One column a level, but the first level is absorbed into the intercept."""
        rows = np.flatnonzero(codes > 0)
        part = coo_array(
            (np.ones(rows.size), (rows, codes[rows] - 1)), (self.records, len(names) - 1)
        )
        for code, level in enumerate(names):
            place = self.count + code - 1 if code else -1
            self.coefficients.append(Coefficient(name, level, None, place))
        self._append(part.tocsr())

    def add_covariate(
        self, name: str, x: Floats, degree: int, within: tuple[Integers, list[str]] | None
    ) -> None:
        """Powers of the scaled covariate; centered too where the intercept takes that up."""
        center = float(x.mean()) if within is None else 0.0
        scale = float(np.abs(x - center).max()) or 1.0
        z = (x - center) / scale
        codes, names = within if within else (np.zeros(x.size, np.int64), [""])
        rows = np.arange(x.size)
        for code, level in enumerate(names):
            base = self.count
            mine = codes == code
            powers = np.column_stack([z[mine] ** (k + 1) for k in range(degree)])
            for k in range(degree):
                order = k + 1 if degree > 1 else None
                self.coefficients.append(Coefficient(name, level, order, base + k))
            self._mix(base, degree, center, scale)
            column = np.tile(np.arange(degree), int(mine.sum()))
            row = np.repeat(rows[mine], degree)
            part = coo_array((powers.ravel(), (row, column)), (self.records, degree))
            self._append(part.tocsr())

    def _mix(self, base: int, degree: int, center: float, scale: float) -> None:
        """Raw coefficients from scaled ones: expand ((x - center) / scale) ** k."""
        for k in range(1, degree + 1):
            for j in range(k + 1):
                value = comb(k, j) * (-center) ** (k - j) / scale**k
                if j == k:
                    value -= 1.0  # the identity is added for every column
                if value:
                    row = 0 if j == 0 else base + j - 1
                    self.mixing.append((row, base + k - 1, value))

    def _append(self, part: csr_array) -> None:
        self.parts.append(part)
        self.count += part.shape[1]

    def design(
        self,
        y: Floats,
        weights: Floats,
        random: list[RandomTerm],
        *,
        read: int,
        dropped: dict[str, int],
    ) -> Design:
        """The finished design."""
        report = eye_array(self.count, format="csr")
        if self.mixing:
            row, column, value = (list(part) for part in zip(*self.mixing, strict=True))
            shape = (self.count, self.count)
            report = (report + coo_array((value, (row, column)), shape=shape)).tocsr()
        fixed = hstack(self.parts, format="csr")
        return Design(
            y,
            weights,
            fixed,
            report,
            self.coefficients,
            random,
            read,
            dropped,
        )


def _require_columns(model: Model, data: pd.DataFrame) -> None:
    wanted = {model.trait: "the trait"}
    if model.weights:
        wanted[model.weights] = "the weights"
    for effect in model.effects:
        wanted[column_of(effect)] = f"effect {effect.name}"
        if isinstance(effect, Covariate) and effect.within:
            wanted[effect.within] = f"within of {effect.name}"
    there = ", ".join(str(column) for column in data.columns)
    problems = [
        Problem(
            "missing_column",
            (),
            f"The records have no column {column!r} (for {what}); their columns are {there}.",
            "Correct the name in the model, or add the column.",
        )
        for column, what in wanted.items()
        if column not in data.columns
    ]
    if problems:
        raise DataError(problems)


def _numeric(
    data: pd.DataFrame,
    column: str,
    reason: str,
    drops: dict[str, Flags],
    problems: list[Problem],
) -> Floats:
    values, wrong = numbers(data[column], column)
    problems += wrong
    drops[reason] = np.isnan(values)
    return values


def _covariate(
    effect: Covariate, data: pd.DataFrame, drops: dict[str, Flags], problems: list[Problem]
) -> Floats:
    column = column_of(effect)
    values = _numeric(data, column, f"missing {column}", drops, problems)
    if effect.transform == "log":
        problems += _positive(values, column, "its logarithm does not exist")
        return np.log(values, where=values > 0, out=np.full(values.size, np.nan))
    if effect.transform == "sqrt":
        problems += _positive(values, column, "its square root does not exist", zero=True)
        return np.sqrt(values, where=values >= 0, out=np.full(values.size, np.nan))
    return values


def _positive(values: Floats, column: str, why: str, *, zero: bool = False) -> list[Problem]:
    wrong = np.flatnonzero(values < 0 if zero else values <= 0)
    if not wrong.size:
        return []
    rows = name_some([str(row + 1) for row in wrong])
    limit = "below 0" if zero else "0 or below"
    text = f"Column {column} is {limit} in record {rows}: {why}."
    return [Problem("not_positive", (), text, "Correct them, or leave them empty.")]


def _factor_columns(model: Model) -> list[str]:
    names = [column_of(effect) for effect in model.effects if isinstance(effect, Fixed | Random)]
    names += [e.within for e in model.effects if isinstance(e, Covariate) and e.within]
    return list(dict.fromkeys(names))


def _levels(data: pd.DataFrame, column: str, drops: dict[str, Flags]) -> tuple[Integers, list[str]]:
    found = levels(data[column])
    drops[f"missing {column}"] = found.codes < 0
    return found.codes, found.names


def _used(codes: Integers, names: list[str]) -> tuple[Integers, list[str]]:
    """Levels that kept records have, renumbered."""
    there = np.bincount(codes, minlength=len(names)) > 0
    renumber = np.cumsum(there) - 1
    return renumber[codes], [name for name, used in zip(names, there, strict=True) if used]


def _animals(
    model: Model, data: pd.DataFrame, pedigree: Pedigree | None, drops: dict[str, Flags]
) -> tuple[Integers, list[str] | None]:
    """Where the animal of each record stands in the pedigree, -1 if nowhere, and its name."""
    if model.animal is None:
        return np.empty(0, np.int64), None
    if pedigree is None:
        text = f"Effect {model.animal.name!r} needs a pedigree."
        raise DataError([Problem("no_pedigree", (), text, "Give one.")])
    found = coded(data[model.animal.column])
    drops[f"missing {model.animal.column}"] = found.codes < 0
    place = [pedigree.index(name) if name in pedigree else -1 for name in found.texts]
    names = np.array([*found.texts, ""], dtype=object)[found.codes]
    return np.array([*place, -1], np.int64)[found.codes], list(names)


def _kept(records: int, drops: dict[str, Flags]) -> tuple[Flags, dict[str, int]]:
    """Records that lack nothing, and how many fell for which (first) reason."""
    keep = np.ones(records, np.bool_)
    dropped = {}
    for reason, missing in drops.items():
        count = int((keep & missing).sum())
        if count:
            dropped[reason] = count
        keep &= ~missing
    return keep, dropped


def _unknown_animals(names: np.ndarray, places: Integers, keep: Flags) -> list[Problem]:
    unknown = list(dict.fromkeys(str(name) for name in names[keep & (places < 0)]))
    if not unknown:
        return []
    count = "1 animal" if len(unknown) == 1 else f"{len(unknown)} animals"
    text = f"{count} with records are not in the pedigree: {name_some(unknown)}."
    remedy = "Add them to the pedigree (unknown parents are allowed), or remove their records."
    return [Problem("unknown_animal", tuple(unknown), text, remedy)]


def _counts(dropped: dict[str, int]) -> str:
    return ", ".join(f"{count} with {reason}" for reason, count in dropped.items())
