"""Records less the fixed effects of an evaluation."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.evaluation.fixed import INTERCEPT
from agrigen.evaluation.model import Covariate, Fixed, effect_traits
from agrigen.evaluation.reader import Reader
from agrigen.evaluation.result import Evaluation
from agrigen.pedigree import Pedigree
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes


def adjusted_records(
    evaluation: Evaluation,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    trait: str,
    genotypes: "Genotypes | None" = None,
) -> Floats:
    """Every record of a trait less its fixed effects; nan where something is missing."""
    model = evaluation.model
    reader = Reader(model, data, pedigree, genotypes)
    solutions = evaluation.solutions[evaluation.solutions["trait"] == trait]
    parts = {str(effect): part for effect, part in solutions.groupby("effect", sort=False)}
    values = reader.trait(trait) - parts[INTERCEPT]["solution"].to_numpy()[0]
    for effect in model.effects:
        column = effect_traits(effect, model).get(trait)
        if column is None:
            continue
        if isinstance(effect, Fixed):
            codes, names = reader.levels(column)
            values = values - _by_level(parts[effect.name], names, 1)[:, 0][codes]
        elif isinstance(effect, Covariate):
            values = values - _regression(effect, column, reader, parts[effect.name])
    for missing in reader.missing(trait).values():
        values = np.where(missing, np.nan, values)
    return values


def _regression(effect: Covariate, column: str, reader: Reader, part: pd.DataFrame) -> Floats:
    if effect.basis is not None:
        functions = reader.basis(effect.basis)
    else:
        x = reader.covariate(column, effect.transform)
        functions = x[:, None] ** np.arange(1, effect.degree + 1)
    names, codes = [""], np.zeros(len(functions), np.int64)
    if effect.within:
        codes, names = reader.levels(effect.within)
    coefficients = _by_level(part, names, functions.shape[1])
    return np.asarray((functions * coefficients[codes]).sum(axis=1))


def _by_level(part: pd.DataFrame, names: list[str], width: int) -> Floats:
    """Solutions of named levels, their coefficients in order; the last row is of no level."""
    place = {name: row for row, name in enumerate(names)}
    rows: Integers = part["level"].map(place).to_numpy(np.int64, na_value=-1)
    table = np.full((len(names) + 1, width), np.nan)
    order = part.groupby("level", sort=False).cumcount().to_numpy()
    table[rows, order] = part["solution"].to_numpy()
    table[-1] = np.nan
    return table
