"""Records and genotypes of the same animals, in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.effects import Animal
from agrigen.evaluation.model import Model, column_of
from agrigen.genotypes import Genotypes
from agrigen.types import Floats, Texts
from agrigen.variance.contrasts import Contrasts
from agrigen.variance.dense_records import DenseRecords, places_of, read_records


@dataclass(frozen=True, eq=False)
class Prepared:
    """One record an animal, with its genotypes.

    Attributes
    ----------
    trait
        What was recorded.
    y, fixed, contrasts
        Records, fixed columns (conditioning markers among them), and what they leave.
    genotypes
        Of these animals, in the order of the records.
    ids
        The animals.
    """

    trait: str
    records: DenseRecords
    y: Floats
    fixed: Floats
    contrasts: Contrasts
    genotypes: Genotypes
    ids: Texts


def prepare(
    model: Model, data: pd.DataFrame, genotypes: Genotypes, conditions: Sequence[str]
) -> Prepared:
    """Records with genotypes.

    Raises
    ------
    DataError, ModelError
        For animals without genotypes or with several records, and whatever a model refuses.
    """
    column = _animal_column(model)
    records = read_records(model, data)
    names = records.names[column]
    places = places_of(names, genotypes.ids, "the genotypes")
    counts = np.bincount(records.codes[column], minlength=names.size)
    if counts.max() > 1:
        several = [str(name) for name in names[counts > 1]]
        text = f"{name_some(several)} has more than one record of {model.trait}."
        remedy = "Give one value an animal: its mean, or what an evaluation makes of its records."
        raise DataError([Problem("several_records", tuple(several), text, remedy)])
    mine = genotypes[places[records.codes[column]]]
    fixed = np.asfortranarray(np.column_stack([records.fixed, *_columns(mine, conditions)]))
    _require_rank(fixed, conditions)
    contrasts = Contrasts.of(fixed)
    return Prepared(
        model.trait, records, records.y, fixed, contrasts, mine, names[records.codes[column]]
    )


def _animal_column(model: Model) -> str:
    animals = [effect for effect in model.random if isinstance(effect, Animal)]
    if len(model.random) != 1 or len(animals) != 1:
        text = f"The model has the random effects {', '.join(e.name for e in model.random)}."
        remedy = "An association has one, animal(column): it names the genotyped animals."
        raise ModelError([Problem("random_effects", (), text, remedy)])
    return column_of(animals[0])


def _columns(genotypes: Genotypes, names: Sequence[str]) -> list[Floats]:
    """Dosages of markers that tests are conditioned on; missing is the mean."""
    if not names:
        return []
    dosages = genotypes.dosages(None, list(names), np.float64)
    empty = [name for name, x in zip(names, dosages.T, strict=True) if np.isnan(x).all()]
    if empty:
        text = f"The markers {name_some(empty)} have no genotype of the animals with records."
        remedy = "Leave them out of condition_on, or impute them first."
        raise DataError([Problem("empty_conditions", tuple(empty), text, remedy)])
    means = np.nanmean(dosages, axis=0)
    return [np.where(np.isnan(x), mean, x) for x, mean in zip(dosages.T, means, strict=True)]


def _require_rank(fixed: Floats, conditions: Sequence[str]) -> None:
    rows, columns = fixed.shape
    if rows - columns < 2:
        text = f"{rows} records are too few for {columns} fixed columns and a marker."
        remedy = "Leave covariates or conditions out, or add records."
        raise DataError([Problem("too_many_covariates", (), text, remedy)])
    scales = np.abs(fixed).max(axis=0)
    if conditions and np.linalg.matrix_rank(fixed / np.where(scales > 0, scales, 1)) < columns:
        text = f"The markers {name_some(list(conditions))} depend on each other or on the model."
        remedy = "Leave one out: those in full linkage, and those of one allele."
        raise DataError([Problem("dependent_conditions", tuple(conditions), text, remedy)])
