"""Lactation yields by the test-interval method (ICAR Section 2, Procedure 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.phenotypes.checks import column, refusal, refuse
from agrigen.phenotypes.milk import component_yield
from agrigen.phenotypes.sources import ICAR_2, SARGENT_1968
from agrigen.phenotypes.test_days import Curve, TestDays
from agrigen.types import Floats


@dataclass(frozen=True)
class IntervalRules:
    """When a yield is flagged. They change no number; None switches a rule off.

    Attributes
    ----------
    latest_first
        Latest first test, in days.
    longest_interval
        Longest interval between tests, and from the last test to the end, in days.
    fewest_tests
        Least number of tests with milk.
    """

    latest_first: float | None = 70
    longest_interval: float | None = 70
    fewest_tests: int | None = 2

    def __post_init__(self) -> None:
        values = (self.latest_first, self.longest_interval, self.fewest_tests)
        if any(one is not None and one <= 0 for one in values):
            raise refusal("rule", "A rule is not above 0.", "Give days or numbers, or None.")


@dataclass(frozen=True, eq=False)
class LactationYields:
    """Yields of lactations by the test-interval method.

    Attributes
    ----------
    frame
        One row a lactation: lactation, tests, first_dim, last_dim, end_dim, finished; milk_kg and
        for each component its yield (fat_kg) and mean content (fat_percent) from calving to
        end_dim; the same for the standard length (milk_305_kg, ...), nan where it is not reached;
        longest_interval and flags.
    days
        The standard length.
    """

    frame: pd.DataFrame
    days: int

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (ICAR_2, SARGENT_1968)

    def to_frame(self) -> pd.DataFrame:
        """One row a lactation."""
        return self.frame

    def __repr__(self) -> str:
        done = int(self.frame["finished"].sum())
        flagged = int((self.frame["flags"] != "").sum())
        mean = self.frame["milk_kg"].mean()
        return (
            f"Yields of {len(self.frame):,} lactations, {done:,} finished, {flagged:,} flagged; "
            f"milk to date {mean:,.0f} kg"
        )


def lactation_yields(
    tests: pd.DataFrame,
    *,
    lactation: str = "lactation",
    dim: str = "dim",
    milk: str = "milk",
    components: Sequence[str] = (),
    end: Mapping[Any, float] | pd.Series | None = None,
    days: int = 305,
    excluded: str | None = None,
    rules: IntervalRules | None = None,
) -> LactationYields:
    """Milk, fat and protein of lactations by the test-interval method.

    I0 M1 + I1 (M1 + M2) / 2 + ... + In Mn: I0 from calving to the first test, In from the last
    test to the end. Components are summed as yields (kg), never as percentages.

    Parameters
    ----------
    tests
        One row a test day: the lactation, days since calving, milk of 24 hours (kg), and a column
        of percent for each component.
    components
        Columns of content in percent, as fat and protein. Where one is missing on a test with
        milk, its yield is interpolated over the longer interval.
    end
        Last day in milk by lactation (dried off, died, sold), where the lactation is over.
        A lactation without one is in progress and is summed to its last test: this method never
        projects. Use `best_prediction` for that.
    days
        Standard length. A lactation that ended before counts as it is; one in progress that has
        not reached it gets nan. The interval with that day is cut there.
    excluded
        Column of tests to leave out (ill, estrus, failed meter), true or false.
    rules
        What is flagged.

    Raises
    ------
    DataError
        If a test comes twice or after the end, or a number cannot be.

    References
    ----------
    ICAR Guidelines, Section 2, Procedure 2; Sargent, Lytton and Wall 1968, J. Dairy Sci. 51:170
    """
    rules = rules or IntervalRules()
    if excluded is not None:
        tests = tests[~column(tests, excluded).fillna(False).astype(bool)]
    rows = TestDays.read(tests, lactation, dim)
    kilograms = rows.values(tests, milk)
    curve = Curve.of(rows, kilograms)
    over = rows.by_lactation(end, "end")
    _refuse_late(rows, curve.last(), over)
    until = np.where(np.isnan(over), curve.last(), over)
    standard = np.where(~np.isnan(over) | (until >= days), np.minimum(until, days), np.nan)
    frame: dict[str, Any] = {
        "lactation": rows.names, "tests": curve.count(), "first_dim": curve.first(),
        "last_dim": curve.last(), "end_dim": until, "finished": ~np.isnan(over),
        "milk_kg": curve.total(until), f"milk_{days}_kg": curve.total(standard),
    }  # fmt: skip
    gaps = np.zeros(len(rows.names), bool)
    for name in components:
        content = component_yield(kilograms, rows.values(tests, name))
        part = Curve.of(rows, content)
        gaps |= (part.count() > 0) & (part.count() < curve.count())
        frame |= _component(name, part, frame, until, standard, days)
    frame["longest_interval"] = curve.longest()
    frame["flags"] = _flags(rules, curve, until - curve.last(), gaps)
    return LactationYields(pd.DataFrame(frame), days)


def yield_between(
    tests: pd.DataFrame,
    first: float,
    last: float,
    *,
    lactation: str = "lactation",
    dim: str = "dim",
    milk: str = "milk",
) -> pd.Series:
    """Milk after day `first` to day `last` by the test-interval method, by lactation.

    nan where the last test is before `last`: nothing is projected.
    """
    if not 0 <= first < last:
        raise refusal("days", f"From {first} to {last} is no span.", "Give days that rise from 0.")
    rows = TestDays.read(tests, lactation, dim)
    curve = Curve.of(rows, rows.values(tests, milk))
    size = len(rows.names)
    total = curve.total(np.full(size, float(last))) - curve.total(np.full(size, float(first)))
    return pd.Series(np.where(curve.last() >= last, total, np.nan), rows.names, name="milk_kg")


def persistency(tests: pd.DataFrame, **columns: Any) -> pd.Series:
    """P2:1, milk of days 101 to 200 over milk of days 1 to 100, in percent, by lactation.

    nan before day 200. For lactations in progress, and free of the level of yield: the
    persistency of `best_prediction`.

    References
    ----------
    Johansson and Hansson 1940; Soelkner and Fuchs 1987, Livest. Prod. Sci. 16:305
    """
    early = yield_between(tests, 0, 100, **columns)
    later = yield_between(tests, 100, 200, **columns)
    return (100 * later / early.where(early > 0)).rename("persistency")


def _component(
    name: str, part: Curve, frame: Mapping[str, Any], until: Floats, standard: Floats, days: int
) -> dict[str, Floats]:
    total, to_standard = part.total(until), part.total(standard)
    milk, milk_standard = frame["milk_kg"], frame[f"milk_{days}_kg"]
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            f"{name}_kg": total, f"{name}_percent": 100 * total / milk,
            f"{name}_{days}_kg": to_standard,
            f"{name}_{days}_percent": 100 * to_standard / milk_standard,
        }  # fmt: skip


def _refuse_late(rows: TestDays, last: Floats, over: Floats) -> None:
    late = last > over
    names = [f"{name} (end {one:g})" for name, one in zip(rows.names, over, strict=True)]
    refuse(late, np.array(names, object), "A test is after the end of its lactation",
           "Correct the end, or give the test to the next lactation.", "end")  # fmt: skip


def _flags(rules: IntervalRules, curve: Curve, tail: Floats, gaps: np.ndarray) -> list[str]:
    longest = np.fmax(curve.longest(), tail)
    size = curve.size
    nothing = np.zeros(size, bool)
    told = {
        "late first test": nothing if rules.latest_first is None
        else curve.first() > rules.latest_first,
        "long interval": nothing if rules.longest_interval is None
        else longest > rules.longest_interval,
        "few tests": nothing if rules.fewest_tests is None
        else curve.count() < rules.fewest_tests,
        "content interpolated": gaps,
    }  # fmt: skip
    words = np.full(size, "", dtype=object)
    for name, flag in told.items():
        words[flag] = [f"{have}; {name}" if have else name for have in words[flag]]
    return list(words)
