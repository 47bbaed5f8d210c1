"""Test days of many lactations as arrays: checked, sorted, and summed between days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import name_some
from agrigen.phenotypes.checks import column, grouped, numbers, refusal, refuse
from agrigen.types import Floats, Integers


@dataclass(frozen=True, eq=False)
class TestDays:
    """Rows sorted by lactation and day.

    Attributes
    ----------
    code
        Number of the lactation of each row.
    dim
        Days in milk: days since calving.
    names
        The lactations.
    order
        Rows of the frame that was given, in the order here.
    """

    __test__ = False  # not a test of pytest, in spite of its name

    code: Integers
    dim: Floats
    names: pd.Index
    order: Integers

    @classmethod
    def read(cls, frame: pd.DataFrame, lactation: str, dim: str) -> "TestDays":
        """Test days of a frame.

        Raises
        ------
        DataError
            If a column is missing, a day is before calving or unknown, or comes twice.
        """
        code, names = grouped(column(frame, lactation))
        (day,) = numbers(**{dim: column(frame, dim)})
        refuse(~(day >= 0), day, f"{dim} is no day since calving",
               "Give days from 0, the day of calving.", "day")  # fmt: skip
        order = np.lexsort((day, code))
        twice = (np.diff(code[order]) == 0) & (np.diff(day[order]) == 0)
        if twice.any():
            where = [f"{names[code[row]]} day {day[row]:g}" for row in order[1:][twice]]
            raise refusal("twice", f"A test day comes twice: {name_some(where)}.",
                          "Keep one, or their mean.")  # fmt: skip
        return cls(code[order], day[order], names, order.astype(np.int64))

    def values(self, frame: pd.DataFrame, name: str) -> Floats:
        """A column that cannot be below 0, in the order here."""
        (value,) = numbers(**{name: column(frame, name)})
        refuse(value < 0, value, f"{name} is below 0", "Leave missing tests empty.")
        return value[self.order]

    def by_lactation(self, given: Any, what: str) -> Floats:
        """One number a lactation from a mapping or a series by lactation; nan where not given."""
        if given is None:
            return np.full(len(self.names), np.nan)
        if not isinstance(given, Mapping | pd.Series):
            raise refusal("mapping", f"{what} is no mapping.",
                          "Give a series or a mapping by lactation.")  # fmt: skip
        series = pd.Series(given)
        if series.index.has_duplicates:
            raise refusal("twice", f"{what} has a lactation twice.", "Give one value for each.")
        unknown = series.index.difference(self.names)
        if len(unknown):
            raise refusal("name", f"{what} names lactations without tests: "
                          f"{name_some([str(one) for one in unknown])}.",
                          "Leave them out, or give their tests.")  # fmt: skip
        (value,) = numbers(**{what: series.reindex(self.names)})
        return value


@dataclass(frozen=True, eq=False)
class Curve:
    """A trait between the test days of each lactation: straight lines, flat at both ends.

    Rows without a value are left out, so a line spans the gap.
    """

    code: Integers
    dim: Floats
    value: Floats
    size: int

    @classmethod
    def of(cls, tests: TestDays, value: Floats) -> "Curve":
        """Through the known values."""
        known = ~np.isnan(value)
        return cls(tests.code[known], tests.dim[known], value[known], len(tests.names))

    def count(self) -> Integers:
        """Known values of each lactation."""
        return np.bincount(self.code, minlength=self.size).astype(np.int64)

    def first(self) -> Floats:
        """First day of each lactation, nan without any."""
        return self._end(np.diff(self.code, prepend=-1) != 0)

    def last(self) -> Floats:
        """Last day of each lactation, nan without any."""
        return self._end(np.diff(self.code, append=-1) != 0)

    def longest(self) -> Floats:
        """Longest interval between neighbors, nan with fewer than two."""
        same = np.diff(self.code) == 0
        out = np.full(self.size, -np.inf)
        np.maximum.at(out, self.code[1:][same], np.diff(self.dim)[same])
        return np.where(np.isinf(out), np.nan, out)

    def total(self, upto: Floats) -> Floats:
        """Yield from calving to a day of each lactation; nan without values or without a day.

        Half of each interval counts as its first test and half as its last, which is the straight
        line between them; a day inside an interval cuts the line there.
        """
        until = upto[self.code]
        begins = np.diff(self.code, prepend=-1) != 0
        ends = np.diff(self.code, append=-1) != 0
        out = np.where(begins, np.minimum(self.dim, until) * self.value, 0.0)
        out += np.where(ends, np.maximum(until - self.dim, 0) * self.value, 0.0)
        inner = np.flatnonzero(~ends)
        length = self.dim[inner + 1] - self.dim[inner]
        part = np.clip(until[inner] - self.dim[inner], 0, length)
        slope = (self.value[inner + 1] - self.value[inner]) / length
        out[inner] += part * (self.value[inner] + slope * part / 2)
        total = np.bincount(self.code, out, self.size)
        return np.where(self.count() > 0, total, np.nan)

    def _end(self, flag: np.ndarray) -> Floats:
        out = np.full(self.size, np.nan)
        out[self.code[flag]] = self.dim[flag]
        return out
