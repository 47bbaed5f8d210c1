"""Unknown-parent groups and metafounders: parents that are no animals."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from agrigen.errors import PedigreeError, Problem
from agrigen.pedigree.columns import text
from agrigen.pedigree.names import Names
from agrigen.types import Floats, Integers

LARGEST_GAMMA = 2.0
"""Relationship of a metafounder with itself; at 2 its offspring would be fully inbred."""

ROUNDING = 1e-10
"""Asymmetry and negative eigenvalues up to this, relative to the largest value, are rounding."""


def clean(groups: Sequence[Any] | None) -> tuple[str, ...]:
    """Names of groups as texts, in their order."""
    if isinstance(groups, str):
        raise ValueError("groups is a list of names, not a text")
    return tuple(text(name) for name in (groups if groups is not None else ()))


def find_problems(
    groups: Sequence[str], names: Names, own: Integers, parents: list[Integers]
) -> list[Problem]:
    """Groups that are named twice, that mean unknown, that are animals, or nobody's parents."""
    problems = []
    for name in sorted({name for name in groups if groups.count(name) > 1 or not name}):
        text = f"Group {name!r} is named {groups.count(name)} times." if name else _UNKNOWN
        problems.append(Problem("group_name", (), text, "Give each group a name of its own."))
    places = names.find(_names(groups))
    for name, place in zip(groups, places, strict=True):
        if not name:
            continue
        if place >= 0 and (own == place).any():
            problems.append(_has_row(name))
        elif place < 0 or not any((column == place).any() for column in parents):
            problems.append(_unused(name))
    return problems


def separate(
    groups: Sequence[str], names: Names, own: Integers, parents: list[Integers]
) -> tuple[Integers, list[Integers], Names]:
    """Animals renumbered without groups; a parent that is group g becomes -2 - g."""
    places = names.find(_names(groups))
    places[np.isin(places, own)] = -1  # one with a row of its own stays an animal
    is_animal = np.ones(len(names), np.bool_)
    is_animal[places[places >= 0]] = False
    number = np.append(np.cumsum(is_animal) - 1, -1)  # the last place keeps -1 unknown
    for group, place in enumerate(places):
        if place >= 0:
            number[place] = -2 - group
    animals = number.copy()
    animals[animals < -1] = -1
    return animals[own], [number[column] for column in parents], names.keep(is_animal)


def checked_gamma(gamma: Any, groups: Sequence[str]) -> Floats:
    """Relationships among metafounders: symmetric, positive semidefinite, diagonal below 2.

    Raises
    ------
    PedigreeError
        If it is no such matrix, or not one row a group.
    """
    matrix = np.atleast_2d(np.array(gamma, dtype=np.float64))
    size = len(groups)
    if matrix.shape != (size, size):
        raise _bad_gamma(f"has shape {matrix.shape}; {size} groups need {(size, size)}")
    if not np.isfinite(matrix).all():
        raise _bad_gamma("holds values that are not finite")
    largest = max(1.0, float(np.abs(matrix).max(initial=0.0)))
    if np.abs(matrix - matrix.T).max(initial=0.0) > ROUNDING * largest:
        raise _bad_gamma("is not symmetric")
    for name, own in zip(groups, np.diag(matrix), strict=True):
        if not 0.0 <= own < LARGEST_GAMMA:
            raise _bad_gamma(f"gives {name} the relationship {own:g} with itself; it is 0 to 2")
    matrix = np.ascontiguousarray((matrix + matrix.T) / 2)
    if size and np.linalg.eigvalsh(matrix)[0] < -ROUNDING * largest:
        raise _bad_gamma("is not positive semidefinite")
    return matrix


def inverse(gamma: Floats) -> Floats:
    """The inverse of gamma, symmetric.

    Raises
    ------
    PedigreeError
        If it is singular, as a gamma of 0 is.
    """
    values, vectors = np.linalg.eigh(gamma)
    if values[0] <= ROUNDING * max(1.0, values[-1]):
        raise _bad_gamma("is singular, so the relationship matrix has no inverse")
    result: Floats = (vectors / values) @ vectors.T
    return np.ascontiguousarray((result + result.T) / 2)


def _names(groups: Sequence[str]) -> Names:
    values = np.empty(len(groups), dtype=object)
    values[:] = list(groups)
    return Names(values)


_UNKNOWN = "A group has the name of an unknown parent (empty, 0, NA ...)."


def _has_row(name: str) -> Problem:
    message = f"{name} is named as a group but has a row of its own, as an animal has."
    remedy = "Remove the row, or take it out of groups=; a group has no parents."
    return Problem("group_has_row", (name,), message, remedy)


def _unused(name: str) -> Problem:
    message = f"Group {name} is nobody's parent."
    remedy = "Correct its name (capitals count), or take it out of groups=."
    return Problem("unused_group", (name,), message, remedy)


def _bad_gamma(what: str) -> PedigreeError:
    remedy = "Give relationships among metafounders, one row and column a group, in their order."
    return PedigreeError([Problem("gamma", (), f"gamma {what}.", remedy)])
