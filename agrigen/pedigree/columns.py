"""Columns of a pedigree or record file as clean texts, sexes and dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from agrigen.types import Flags, Floats, Integers, Texts

Column: TypeAlias = Sequence[Any] | np.ndarray[Any, Any] | pd.Series
"""Anything with one value a row."""

UNKNOWN = frozenset({"", "0", "NA", "N/A", "nan", "NaN", "NULL", "None", "<NA>", "."})
"""What people write where nothing is known."""

MALE = frozenset({"m", "male", "1", "maleneuter", "malecryptorchid"})
FEMALE = frozenset({"f", "female", "2", "femaleneuter"})
SEX_UNKNOWN = frozenset({"", "u", "unknown", "3"})


@dataclass(frozen=True)
class Coded:
    """A column as codes into its distinct texts; -1 is unknown."""

    codes: Integers
    texts: list[str]


def text(value: Any) -> str:
    """One value as text: numbers without a needless fraction, blanks trimmed, unknown empty."""
    if isinstance(value, str):
        clean = value.strip()
    elif isinstance(value, float | np.floating):
        clean = str(int(value)) if np.isfinite(value) and value == int(value) else str(value)
    else:
        clean = str(value)
    return "" if clean in UNKNOWN else clean


def coded(column: Column) -> Coded:
    """Codes and distinct texts of a column, in order of appearance."""
    raw, values = pd.factorize(pd.Series(column).array)
    codes: dict[str, int] = {}
    renumber = np.full(len(values) + 1, -1, np.int64)  # the last place is for missing (-1)
    for place, value in enumerate(values):
        clean = text(value)
        if clean:
            renumber[place] = codes.setdefault(clean, len(codes))
    return Coded(renumber[raw], list(codes))


def texts(column: Column) -> Texts:
    """The column as Python strings; unknown is empty."""
    parts = coded(column)
    return np.array([*parts.texts, ""], dtype=object)[parts.codes]


def sexes(column: Column) -> tuple[Texts, Flags]:
    """'M', 'F' or '' per row, and which rows hold a code that means nothing."""
    parts = coded(column)
    names = [_sex(code) for code in parts.texts]
    clean = np.array([*names, ""], dtype=object)[parts.codes]
    return np.where(clean == "?", "", clean), np.asarray(clean == "?", dtype=np.bool_)


def _sex(code: str) -> str:
    code = code.lower()
    if code in MALE:
        return "M"
    if code in FEMALE:
        return "F"
    return "" if code in SEX_UNKNOWN else "?"


def births(column: Column) -> tuple[Floats, Flags]:
    """Birth as days (dates) or as given (numbers), nan unknown; and which rows cannot be read."""
    series = pd.Series(column)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(series), np.bool_)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return _days(series), np.zeros(len(series), np.bool_)
    words = pd.Series(texts(column), dtype=object)
    known = words != ""
    numbers = pd.to_numeric(words.where(known), errors="coerce")
    if known.any() and numbers[known].notna().all():
        return numbers.to_numpy(np.float64), np.zeros(len(series), np.bool_)
    dates = pd.to_datetime(words.where(known), errors="coerce", format="ISO8601")
    return _days(dates), (known & dates.isna()).to_numpy(np.bool_)


def _days(dates: pd.Series) -> Floats:
    if dates.dt.tz is not None:
        dates = dates.dt.tz_localize(None)
    days = dates.to_numpy("datetime64[s]").astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
