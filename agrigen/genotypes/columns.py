"""Columns kept in step: frozen arrays, places of names, and keys that choose rows."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.types import Integers, Texts

Key: TypeAlias = slice | int | np.integer[Any] | str | Sequence[Any] | np.ndarray[Any, Any] | None
"""What chooses samples or markers: a slice, yes or no each, places, names, or None for all."""


def texts(values: Any) -> Texts:
    """Values as a frozen array of Python strings."""
    array = np.asarray(values, dtype=object).ravel()
    if not all(map(str.__instancecheck__, array)):
        array = np.array([str(value) for value in array], dtype=object)
    return frozen(array)


def same_text(value: str, size: int) -> Texts:
    """One text for each row."""
    return frozen(np.full(size, value, dtype=object))


def frozen(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def chosen(key: Key, names: Texts, what: str) -> slice | Integers:
    """The places that a key chooses, as a slice where they follow one another."""
    if key is None:
        return slice(0, names.size)
    if isinstance(key, slice):
        start, stop, step = key.indices(names.size)
        return slice(start, max(start, stop)) if step == 1 else np.arange(start, stop, step)
    if isinstance(key, str | int | np.integer):
        key = [key]
    array = np.asarray(key)
    if array.size == 0:
        return slice(0, 0)
    if array.dtype == np.bool_:
        return np.flatnonzero(_fitting(array, names, what))
    if np.issubdtype(array.dtype, np.integer):
        return _in_range(array.ravel().astype(np.int64), names, what)
    return places(np.asarray(key, dtype=object).ravel(), names, what)


def places(wanted: Texts, names: Texts, what: str) -> Integers:
    """Where each wanted name stands; a GenotypeError names those that are absent."""
    found = pd.Index(names).get_indexer(pd.Index(wanted)) if names.size else None
    if found is None or (found < 0).any():
        absent = [str(name) for name in (wanted if found is None else wanted[found < 0])]
        message = f"{name_some(absent)} is not among the {names.size} {what}s."
        raise GenotypeError(
            [Problem(f"unknown_{what}", tuple(absent), message, "Check the names.")]
        )
    return found.astype(np.int64)


def repeated(names: Texts) -> list[str]:
    """Names that stand more than once, in order of appearance."""
    series = pd.Series(names, dtype=object)
    return [str(name) for name in series[series.duplicated()].unique()]


def _fitting(mask: np.ndarray, names: Texts, what: str) -> np.ndarray:
    if mask.shape != (names.size,):
        message = f"A mask of {mask.size} chooses among {names.size} {what}s."
        raise GenotypeError([Problem("shape", (), message, f"Give one value for each {what}.")])
    return mask


def _in_range(index: Integers, names: Texts, what: str) -> Integers:
    if index.min() < -names.size or index.max() >= names.size:
        wrong = index[(index < -names.size) | (index >= names.size)][0]
        message = f"There is no {what} {wrong}: there are {names.size}, counted from 0."
        raise GenotypeError([Problem(f"unknown_{what}", (), message, "Choose among them.")])
    return np.where(index < 0, index + names.size, index)
