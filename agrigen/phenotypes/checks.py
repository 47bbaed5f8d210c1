"""What every formula asks of its numbers, in the same words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.errors import DataError, Problem, name_some
from agrigen.types import Flags, Floats, Integers


def numbers(**values: Any) -> list[Floats]:
    """Every argument as float64, missing as nan, all of one shape.

    Raises
    ------
    DataError
        If one is not made of numbers, holds infinity, or does not fit the others in length.
    """
    return together(**{name: _floats(name, value) for name, value in values.items()})


def together(**values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """All of one shape: single values are repeated, other lengths refused."""
    try:
        return [np.array(one) for one in np.broadcast_arrays(*values.values())]
    except ValueError:
        sizes = ", ".join(f"{name} {one.shape}" for name, one in values.items())
        raise refusal(
            "shape", f"Lengths differ: {sizes}.", "Give one value for each animal, or one for all."
        ) from None


def _floats(name: str, value: Any) -> Floats:
    try:
        array = np.asarray(pd.array(np.ravel(value)).to_numpy(dtype=np.float64, na_value=np.nan))
        array = array.reshape(np.shape(value))
    except (TypeError, ValueError):
        raise refusal("number", f"{name} is not made of numbers.",
                      "Give numbers; leave missing ones empty.") from None  # fmt: skip
    refuse(np.isinf(array), array, f"{name} is infinite", "Give finite numbers.")
    return array


def refuse(bad: Flags, values: npt.ArrayLike, what: str, remedy: str, kind: str = "value") -> None:
    """Raise what is wrong, with the first values and rows where it is; nothing if nothing is."""
    bad = np.atleast_1d(bad)
    if bad.any():
        rows = np.flatnonzero(bad.ravel())
        array = np.broadcast_to(np.asarray(values), bad.shape).ravel()
        shown = name_some([f"{array[row]} in row {row}" for row in rows])
        names = tuple(str(row) for row in rows[:100])
        raise DataError([Problem(kind, names, f"{what}: {shown}.", remedy)])


def refusal(kind: str, message: str, remedy: str) -> DataError:
    """One problem, to be raised."""
    return DataError([Problem(kind, (), message, remedy)])


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """The value if it is known."""
    if value not in known:
        raise refusal("choice", f"{name} is {value!r}.", f"Give one of {', '.join(known)}.")
    return value


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column by name; the refusal lists the columns there are."""
    if name not in frame.columns:
        have = name_some([str(one) for one in frame.columns], shown=20)
        raise refusal("column", f"There is no column {name!r}.", f"The columns are {have}.")
    return frame[name]


def labels(value: Any) -> npt.NDArray[np.object_]:
    """Words as an array, one for each animal or one for all."""
    return np.atleast_1d(np.asarray(value, dtype=object))


def males(sex: npt.NDArray[np.object_]) -> tuple[Flags, Flags]:
    """Which are male and which female, by the words that farms use."""
    words = pd.Series(sex).astype("string")
    plain = words.str.strip().str.lower()
    male = plain.isin(MALE).to_numpy(bool)
    female = plain.isin(FEMALE).to_numpy(bool)
    known = plain.notna().to_numpy(bool) & (plain != "").fillna(False).to_numpy(bool)
    allowed = "Give M (bull, steer, ram, wether) or F (heifer, cow, ewe); leave unknown ones empty."
    refuse(known & ~male & ~female, words.to_numpy(object, na_value=""), "No sex", allowed)
    return male, female


MALE = ("m", "male", "bull", "steer", "ram", "wether", "buck")
FEMALE = ("f", "female", "heifer", "cow", "ewe", "doe")


def grouped(ids: Any) -> tuple[Integers, pd.Index]:
    """A number for each name in order of appearance, and the names; an empty name is refused."""
    codes, names = pd.factorize(pd.Series(ids), use_na_sentinel=True)
    refuse(codes < 0, codes, "A row has no name", "Give the animal or lactation it belongs to.",
           "name")  # fmt: skip
    return codes.astype(np.int64), pd.Index(names)


def days_since_epoch(dates: Any, name: str) -> Floats:
    """Dates as days, nan unknown. Texts are ISO dates: 2026-03-25."""
    series = pd.Series(np.atleast_1d(np.asarray(dates, dtype=object)))
    numeric = series.map(lambda one: isinstance(one, int | float) and not pd.isna(one))
    refuse(numeric.to_numpy(bool), series.to_numpy(object), f"{name} is a number and no date",
           "Write dates as 2026-03-25.", "date")  # fmt: skip
    read = pd.to_datetime(series, errors="coerce", format="ISO8601")
    known = series.notna() & (series.astype("string").str.strip() != "").fillna(False)
    bad = (known & read.isna()).to_numpy(bool)
    refuse(bad, series.to_numpy(object), f"{name} is no date", "Write dates as 2026-03-25.", "date")
    days = read.to_numpy("datetime64[s]").astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
