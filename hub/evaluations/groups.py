"""Groups of unknown parents: by what is known of their offspring."""

from typing import Any

import pandas as pd

import agrigen as ag
from agrigen.pedigree.groups import checked_gamma
from hub.errors import FieldError, Invalid
from hub.evaluations.schemas import GroupBy, ModelDeclaration

UNKNOWN = "unknown"


def pedigree_of(frame: pd.DataFrame, model: ModelDeclaration) -> ag.Pedigree:
    """The frozen pedigree, unknown parents in the groups that the model asks for."""
    if model.groups is None:
        return ag.Pedigree.from_frame(frame)
    grouped, names = with_groups(frame, model.groups)
    return ag.Pedigree.from_frame(grouped, groups=names, gamma=model.gamma)


def with_groups(frame: pd.DataFrame, by: GroupBy) -> tuple[pd.DataFrame, list[str]]:
    """The pedigree with the group of each unknown parent in its place, and their names."""
    labels = by + " " + _values(frame, by)
    grouped = frame.assign(
        **{parent: frame[parent].where(frame[parent].notna(), labels) for parent in _PARENTS}
    )
    unknown = frame[list(_PARENTS)].isna().any(axis=1)
    return grouped, sorted(labels[unknown].unique())


def check(frame: pd.DataFrame, model: ModelDeclaration) -> None:
    """Whether gamma fits the groups; the names tell their order."""
    if model.gamma is None:
        return
    if model.groups is None:
        raise _wrong_gamma("gamma needs groups.", "Add groups: breed, farm or birth_year.")
    names = with_groups(frame, model.groups)[1]
    try:
        checked_gamma(model.gamma, names)
    except ag.PedigreeError as error:
        order = f"The groups are, in this order: {', '.join(names)}."
        raise _wrong_gamma(str(error.problems[0].message), order) from error


_PARENTS = ("sire", "dam")


def _values(frame: pd.DataFrame, by: GroupBy) -> "pd.Series[Any]":
    column = frame["birth_date"].astype("string").str[:4] if by == "birth_year" else frame[by]
    found = column.astype("string").fillna("")
    return found.where(found != "", UNKNOWN).astype(object)


def _wrong_gamma(message: str, remedy: str) -> Invalid:
    error = FieldError("model.gamma", message, remedy)
    return Invalid("evaluations.gamma", message, errors=[error])
