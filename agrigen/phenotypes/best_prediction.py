"""Best prediction of lactation yields: from any tests, with reliability (VanRaden 1997)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.citations import Citation
from agrigen.phenotypes.checks import column, numbers, refusal, refuse
from agrigen.phenotypes.lactation_standard import LactationStandard
from agrigen.phenotypes.sources import COLE_2006, COLE_2009, VANRADEN_1997
from agrigen.phenotypes.test_days import TestDays
from agrigen.types import Floats, Integers

BLOCK = 1 << 22
"""Elements of the matrices that are solved at once: 32 MB."""


@dataclass(frozen=True, eq=False)
class BestPrediction:
    """Yields of lactations, finished or not.

    Attributes
    ----------
    frame
        One row a lactation: lactation, tests, last_dim, yield_kg (of the standard length),
        standard_error (kg, of its prediction), reliability (0 without a test, to 1), persistency
        (standard deviations from the mean; independent of yield) and persistency_reliability.
    days
        Length of the lactation that is predicted.
    """

    frame: pd.DataFrame
    days: int

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (VANRADEN_1997, COLE_2009, COLE_2006)

    def to_frame(self) -> pd.DataFrame:
        """One row a lactation."""
        return self.frame

    def __repr__(self) -> str:
        mean = self.frame[["yield_kg", "reliability"]].mean()
        return (
            f"Best prediction of {len(self.frame):,} lactations to day {self.days}: "
            f"mean {mean['yield_kg']:,.0f} kg, reliability {mean['reliability']:.2f}"
        )


def best_prediction(
    tests: pd.DataFrame,
    standard: LactationStandard | Mapping[int, LactationStandard],
    *,
    lactation: str = "lactation",
    dim: str = "dim",
    milk: str = "milk",
    parity: str | None = None,
    expected: Mapping[Any, float] | pd.Series | None = None,
    error: str | None = None,
    days: int = 305,
) -> BestPrediction:
    """Yield of `days` days of each lactation, from whatever tests there are.

    mean + c' V^-1 (tests - their means): V the (co)variances of the tests, c those of the tests
    with the yield. Reliability is c' V^-1 c / variance of the yield.

    Parameters
    ----------
    tests
        One row a test: lactation, days in milk, yield of the day.
    standard
        Means and (co)variances of daily yields, one or by parity: a lactation takes that of its
        parity, or of the highest parity given.
    parity
        Column of lactation numbers, where `standard` is by parity.
    expected
        Yield of `days` days expected of each lactation's contemporaries (herd, season), by
        lactation: the mean curve is brought to that level. Not given: the standard's own.
    error
        Column of extra error variance of a test, as a share of the variance of that day. One of
        two milkings weighed has about 0.3 (BESTPRED: 0.3 (milkings / weighed - 1)).
    days
        Length that is predicted, within the standard's. Tests after the standard's end are not
        used.

    Raises
    ------
    DataError
        If a test comes twice, or the standard is too short.

    Notes
    -----
    Assumes normal deviations, and means and (co)variances that are known. Equal to a dense
    selection index, and to the USDA's BESTPRED where that has the same standard:
    tests/agrigen/phenotypes/test_best_prediction.py.

    References
    ----------
    VanRaden 1997, J. Dairy Sci. 80:3015; Cole, Null and VanRaden 2009, J. Dairy Sci. 92:1796,
    doi:10.3168/jds.2007-0976; Cole and VanRaden 2006, J. Dairy Sci. 89:2722
    """
    rows = TestDays.read(tests, lactation, dim)
    refuse(rows.dim % 1 != 0, rows.dim, f"{dim} is no whole day", "Give whole days in milk.")
    value = rows.values(tests, milk)
    extra = np.zeros(value.size) if error is None else rows.values(tests, error)
    level = rows.by_lactation(expected, "expected")
    refuse(level <= 0, level, "An expected yield is not above 0", "Leave unknown ones out.")
    which = _standards(standard, rows, tests, parity)
    frame = pd.DataFrame(
        {"lactation": rows.names, "tests": 0, "last_dim": np.nan, "yield_kg": np.nan,
         "standard_error": np.nan, "reliability": 0.0, "persistency": 0.0,
         "persistency_reliability": 0.0}
    )  # fmt: skip
    table = {name: frame[name].to_numpy(copy=True) for name in frame.columns[1:]}
    for one, chosen in which:
        index = _Index(one, days)
        scale = np.where(np.isnan(level), index.mean.sum(), level)[chosen] / index.mean.sum()
        use = ~np.isnan(value) & (rows.dim >= 1) & (rows.dim <= one.days) & chosen[rows.code]
        _predict(index, rows, value, extra, np.flatnonzero(use), scale, chosen, table)
    return BestPrediction(frame.assign(**table), days)


def daily_prediction(
    dim: npt.ArrayLike,
    milk: npt.ArrayLike,
    standard: LactationStandard,
    *,
    expected: float | None = None,
    days: int = 305,
) -> pd.DataFrame:
    """One lactation day by day: day, expected, predicted and the standard error of the prediction.

    The predicted days sum to the yield of `best_prediction`.
    """
    index = _Index(standard, days)
    when, value = (np.atleast_1d(one) for one in numbers(dim=dim, milk=milk))
    inside = (when >= 1) & (when <= standard.days) & (when % 1 == 0)
    refuse(~inside, when, "A day is outside the standard",
           f"Give whole days from 1 to {standard.days}.")  # fmt: skip
    when, value = when[~np.isnan(value)], value[~np.isnan(value)]
    day = when.astype(np.int64)
    if np.unique(day).size < day.size:
        raise refusal("twice", "A day comes twice.", "Keep one test of a day, or their mean.")
    scale = 1.0 if expected is None else expected / index.mean.sum()
    every = np.arange(1, days + 1)
    V = standard.covariance(day, day)
    C = standard.covariance(every, day)
    weights = np.linalg.solve(V, C.T).T
    deviation = value - scale * standard.mean[day - 1]
    spread = standard.deviation[:days] ** 2 - (weights * C).sum(axis=1)
    mean = scale * index.mean
    return pd.DataFrame(
        {"day": every, "expected": mean, "predicted": mean + weights @ deviation,
         "standard_error": np.sqrt(np.maximum(spread, 0))}
    )  # fmt: skip


class _Index:
    """A standard with what is needed of the predicted length."""

    def __init__(self, standard: LactationStandard, days: int) -> None:
        if not 1 <= days <= standard.days:
            raise refusal("days", f"{days} days are to be predicted.",
                          f"The standard has {standard.days} days: give 1 to that.")  # fmt: skip
        every = np.arange(1, days + 1)
        whole = np.arange(1, standard.days + 1)
        K = standard.covariance(every, whole)
        self.standard = standard
        self.mean = standard.mean[:days]
        self.with_yield = K.sum(axis=0)
        self.yield_variance = float(self.with_yield[:days].sum())
        # Persistency: sum of (day - d0) x deviation, with d0 that makes it independent of yield.
        by_day = every @ K
        middle = by_day[:days].sum() / self.yield_variance
        spread = every @ by_day[:days] - middle**2 * self.yield_variance
        # A length of one day has no persistency.
        unit = np.sqrt(spread) if days > 1 else np.inf
        self.with_persistency = (by_day - middle * self.with_yield) / unit


def _standards(
    standard: LactationStandard | Mapping[int, LactationStandard],
    rows: TestDays,
    tests: pd.DataFrame,
    parity: str | None,
) -> Iterator[tuple[LactationStandard, np.ndarray]]:
    """Each standard and the lactations that take it."""
    size = len(rows.names)
    if isinstance(standard, LactationStandard):
        yield standard, np.ones(size, bool)
        return
    if parity is None or not standard:
        raise refusal("parity", "The standards are by parity, but the tests have none.",
                      "Name the column of parities.")  # fmt: skip
    number = column(tests, parity).to_numpy(np.float64, na_value=np.nan)[rows.order]
    known = np.array(sorted(standard))
    refuse(~(number >= known[0]), number, "A parity has no standard",
           f"Give parities from {known[0]}.")  # fmt: skip
    of = np.zeros(size)
    of[rows.code] = number
    refuse(of[rows.code] != number, number, "A lactation has two parities", "Give it one.")
    place = np.searchsorted(known, of, side="right") - 1
    for at, name in enumerate(known):
        yield standard[name], place == at


def _predict(
    index: _Index,
    rows: TestDays,
    value: Floats,
    extra: Floats,
    use: Integers,
    scale: Floats,
    chosen: np.ndarray,
    out: dict[str, np.ndarray],
) -> None:
    """Fill the rows of the chosen lactations, those with equally many tests together."""
    standard = index.standard
    size = len(rows.names)
    level = np.ones(size)
    level[chosen] = scale
    day, extra = rows.dim[use].astype(np.int64), extra[use]
    deviation = value[use] - level[rows.code[use]] * standard.mean[day - 1]
    count = np.bincount(rows.code[use], minlength=size)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    out["tests"][chosen] = count[chosen]
    out["yield_kg"][chosen] = scale * index.mean.sum()
    out["standard_error"][chosen] = np.sqrt(index.yield_variance)
    for tests in np.unique(count[chosen & (count > 0)]):
        members = np.flatnonzero(chosen & (count == tests))
        for part in np.array_split(members, max(1, -(-members.size * int(tests) ** 2 // BLOCK))):
            at = start[part, None] + np.arange(tests)
            days = day[at]
            V = standard.covariance(days, days)
            noise = extra[at] * standard.deviation[days - 1] ** 2
            V[:, np.arange(tests), np.arange(tests)] += noise
            C = np.stack([index.with_yield[days - 1], index.with_persistency[days - 1]], axis=2)
            solved = np.linalg.solve(V, C)
            gain = np.einsum("ltk,lt->lk", solved, deviation[at])
            known = np.einsum("ltk,ltk->lk", solved, C)
            out["last_dim"][part] = days[:, -1]
            out["yield_kg"][part] += gain[:, 0]
            out["standard_error"][part] = np.sqrt(np.maximum(index.yield_variance - known[:, 0], 0))
            out["reliability"][part] = known[:, 0] / index.yield_variance
            out["persistency"][part] = gain[:, 1]
            out["persistency_reliability"][part] = known[:, 1]
