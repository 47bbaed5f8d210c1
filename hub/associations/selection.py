"""One record an animal, of those that are genotyped."""

from collections.abc import Collection, Sequence

import pandas as pd

import agrigen as ag
from agrigen.evaluation.effects import column_of, parts_of
from hub.associations.schemas import Records
from hub.errors import FieldError, Invalid

SHOWN = 5


def covariates_of(model: ag.Model) -> set[str]:
    """Columns that are numbers in the model."""
    return {column_of(effect) for effect in model.effects if isinstance(effect, ag.Covariate)}


def factors_of(model: ag.Model) -> set[str]:
    """Columns whose levels the model has effects of."""
    found: set[str] = set()
    for effect in model.effects:
        if isinstance(effect, ag.Fixed):
            found |= set(parts_of(column_of(effect)))
        elif isinstance(effect, ag.Covariate) and effect.within:
            found |= set(parts_of(effect.within))
    return found


def one_an_animal(data: pd.DataFrame, model: ag.Model, rule: Records) -> pd.DataFrame:
    """The records that are tested: one row an animal, in the order of the data."""
    trait = model.trait
    known = data[data[trait].notna()]
    counts = known["animal"].value_counts()
    several = counts[counts > 1].index
    if several.empty:
        return known.reset_index(drop=True)
    if rule == "only":
        tags = known[known["animal"].isin(several)].drop_duplicates("animal")["tag"]
        raise _several(trait, tags)
    if rule == "mean":
        return _means(known, model)
    dated = known.sort_values("recorded_on", kind="stable", na_position="first")
    kept = dated.drop_duplicates("animal", keep=rule)
    return kept.sort_index().reset_index(drop=True)


def _means(known: pd.DataFrame, model: ag.Model) -> pd.DataFrame:
    """Means of trait and covariates; levels of factors must be those of the animal."""
    groups = known.groupby("animal", sort=False)
    for column in sorted(factors_of(model)):
        changing = groups[column].nunique(dropna=False) > 1
        if changing.any():
            raise _changing(column, int(changing.sum()))
    found = groups.first().reset_index()[known.columns]
    for column in (model.trait, *sorted(covariates_of(model))):
        if pd.api.types.is_numeric_dtype(known[column]):
            found[column] = groups[column].mean().to_numpy()
    found["records"] = groups.size().to_numpy()
    return found


def _several(trait: str, tags: Collection[str]) -> Invalid:
    message = f"{len(tags)} animals have several records of {trait}: {_some(list(tags))}."
    remedy = "Choose records: mean, first or last. A study has one value of each animal."
    error = FieldError("records", message, remedy)
    return Invalid("associations.several_records", message, errors=[error])


def _changing(column: str, animals: int) -> Invalid:
    message = f"{column} differs between the records of {animals} animals, so they have no mean."
    remedy = f"Choose records: first or last, or leave {column} out of the effects."
    error = FieldError("records", message, remedy)
    return Invalid("associations.changing_level", message, errors=[error])


def _some(names: Sequence[str]) -> str:
    left = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {left} more" if left > 0 else "")
