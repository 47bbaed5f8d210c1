"""Columns of a pedigree or record file as clean texts, sexes and dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from agrigen.pedigree.names import Names
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
    names: Names

    @property
    def texts(self) -> list[str]:
        """The distinct texts, in order of appearance."""
        return list(self.names.texts)


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
    (codes,), names = coded_together([column])
    return Coded(codes, names)


def coded_together(columns: Sequence[Column]) -> tuple[list[Integers], Names]:
    """Codes of several columns into the same distinct texts, in order of appearance; -1 unknown."""
    series = [pd.Series(column) for column in columns]
    codes, values = _factorize(series)
    renumber, names = _clean(values)
    codes = renumber[codes]
    ends = np.cumsum([len(column) for column in series])
    return np.split(codes, ends[:-1]), names


def _factorize(columns: list[pd.Series]) -> tuple[Integers, Names]:
    """Codes into distinct values, not cleaned; -1 is missing."""
    if all(isinstance(c.dtype, np.dtype) and c.dtype.kind == "i" for c in columns):
        codes, values = pd.factorize(np.concatenate([c.to_numpy(np.int64) for c in columns]))
        return codes, Names(values)
    if all(getattr(column.dtype, "storage", "") == "pyarrow" for column in columns):
        return _encode(columns)
    together = np.concatenate([column.to_numpy(dtype=object) for column in columns])
    codes, values = pd.factorize(together)
    return codes, Names(values)


def _encode(columns: list[pd.Series]) -> tuple[Integers, Names]:
    """The same for texts that pandas keeps as Arrow strings: twice as fast, and less memory."""
    import pyarrow as pa  # optional: pandas has it where it keeps strings so

    parts = [pa.chunked_array(column.array.__arrow_array__()) for column in columns]
    chunks = [chunk for part in parts for chunk in part.chunks]
    encoded = pa.concat_arrays(chunks).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, Names(encoded.dictionary)


def _clean(values: Names) -> tuple[Integers, Names]:
    """New number of each distinct value and the texts: trimmed, merged, without the unknown."""
    if values.numeric:
        unknown = values.values == 0
    elif values.arrow and _plain(values.values):
        unknown = _is_unknown(values.values)
    else:
        return _merged(values.texts)
    renumber = np.append(np.cumsum(~unknown) - 1, -1)  # the last place is for missing (-1)
    renumber[:-1][unknown] = -1
    return renumber, values.keep(~unknown)


def _merged(values: Texts) -> tuple[Integers, Names]:
    number: dict[str, int] = {}
    renumber = np.full(len(values) + 1, -1, np.int64)
    for place, value in enumerate(values.tolist()):
        clean = text(value)
        if clean:
            renumber[place] = number.setdefault(clean, len(number))
    names = np.empty(len(number), dtype=object)
    names[:] = list(number)
    return renumber, Names(names)


def _plain(values: Any) -> bool:
    """Whether no Arrow string has a blank to trim: all bytes are visible ASCII."""
    characters = np.frombuffer(values.buffers()[2] or b"", np.uint8)
    return bool(((characters > 0x20) & (characters < 0x7F)).all())


def _is_unknown(values: Any) -> Flags:
    import pyarrow as pa  # optional, see _encode
    import pyarrow.compute as pc

    found = pc.is_in(values, value_set=pa.array(sorted(UNKNOWN), values.type))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def texts(column: Column) -> Texts:
    """The column as Python strings; unknown is empty."""
    parts = coded(column)
    return np.append(parts.names.texts, "")[parts.codes]


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


def are_dates(column: Column) -> bool:
    """Whether births are dates, so days once read, and not numbers."""
    series = pd.Series(column)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return False
    words = texts(column)
    numbers = pd.to_numeric(pd.Series(words[words != ""]), errors="coerce")
    return bool(numbers.isna().any()) or not len(numbers)


def _days(dates: pd.Series) -> Floats:
    if dates.dt.tz is not None:
        dates = dates.dt.tz_localize(None)
    days = dates.to_numpy("datetime64[s]").astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
