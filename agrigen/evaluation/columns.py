"""Columns of the records as numbers and as levels, with what is wrong in them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import Problem, name_some
from agrigen.types import Floats, Integers

MISSING = frozenset({"", "NA", "N/A", "nan", "NaN", "NULL", "None", "<NA>", "."})
"""Missing in a record. Unlike in a pedigree, 0 is a value."""


@dataclass(frozen=True)
class Levels:
    """A column as codes into sorted levels; -1 is missing."""

    codes: Integers
    names: list[str]


def numbers(column: pd.Series, name: str) -> tuple[Floats, list[Problem]]:
    """The column as float64, nan where missing; texts that are no number are problems."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, _not_finite(values, name)
    words = column.astype(object).map(_word)
    missing = words.isin(MISSING).to_numpy(np.bool_)
    values = pd.to_numeric(words.where(~missing), errors="coerce").to_numpy(np.float64)
    wrong = sorted(set(words[np.isnan(values) & ~missing]))
    if not wrong:
        return values, _not_finite(values, name)
    text = f"Column {name} holds {name_some([repr(word) for word in wrong])}, not numbers."
    return values, [Problem("not_a_number", (), text, "Correct them, or leave them empty.")]


def levels(column: pd.Series) -> Levels:
    """Levels sorted as numbers where all are numbers, as text otherwise."""
    raw, values = pd.factorize(column.array)
    words = [_word(value) for value in values]
    names = _sorted(sorted(set(words) - MISSING))
    place = {word: code for code, word in enumerate(names)}
    renumber = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int64)
    return Levels(renumber[raw], names)


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float | np.floating) and np.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def _sorted(words: list[str]) -> list[str]:
    try:
        return sorted(words, key=float)
    except ValueError:
        return words


def _not_finite(values: Floats, name: str) -> list[Problem]:
    count = int(np.isinf(values).sum())
    if not count:
        return []
    text = f"Column {name} holds infinity in {count} records."
    return [Problem("not_a_number", (), text, "Correct them, or leave them empty.")]
