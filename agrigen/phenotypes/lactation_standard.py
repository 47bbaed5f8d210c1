"""Means and (co)variances of daily yields: what best prediction takes as known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import curve_fit

from agrigen.phenotypes.checks import refusal, refuse
from agrigen.phenotypes.curves import DECAY
from agrigen.phenotypes.test_days import TestDays
from agrigen.types import Floats, Integers

FEWEST_TESTS = 500
"""Fewer tests than this tell little of how days go together."""
LAG_DAYS = 10
"""Width of the classes of distance between two tests in which products are averaged."""


@dataclass(frozen=True, eq=False)
class LactationStandard:
    """Daily yields of a population: mean and standard deviation by day, correlation by distance.

    The covariance of days i and j is s_i s_j (own [i = j] + (1 - own) r^|i - j|): a part that
    belongs to the one day, and a part that fades with time (Cole and others 2009).

    Attributes
    ----------
    mean, deviation
        Of days 1, 2, ..., in the unit of the yields.
    own
        Share of the variance of a day that it shares with no other day.
    correlation
        r, of the shared part, between neighboring days.
    """

    mean: Floats
    deviation: Floats
    own: float
    correlation: float

    def __post_init__(self) -> None:
        for name in ("mean", "deviation"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            object.__setattr__(self, name, array)
        if self.mean.shape != self.deviation.shape or self.mean.ndim != 1 or not self.mean.size:
            raise refusal("shape", "Mean and deviation differ in length.", "Give both by day.")
        for name in ("mean", "deviation"):
            array = getattr(self, name)
            refuse(~(array > 0), array, f"The {name} of a day is not above 0",
                   "Give the yields of days 1, 2, ...")  # fmt: skip
        if not (0 <= self.own < 1 and 0 < self.correlation < 1):
            raise refusal("correlation", f"own is {self.own}, correlation {self.correlation}.",
                          "Give own from 0 to below 1, correlation between 0 and 1.")  # fmt: skip

    @property
    def days(self) -> int:
        """Length."""
        return int(self.mean.size)

    def covariance(self, one: Integers, other: Integers) -> Floats:
        """Between days, shape (..., days of one, days of other); days count from 1."""
        apart = np.abs(one[..., :, None] - other[..., None, :])
        shared = (1 - self.own) * self.correlation ** np.arange(self.days + 1)
        shared[0] = 1.0
        scale = self.deviation[one - 1][..., :, None] * self.deviation[other - 1][..., None, :]
        return np.asarray(shared[apart] * scale)

    @classmethod
    def from_tests(
        cls,
        tests: pd.DataFrame,
        *,
        lactation: str = "lactation",
        dim: str = "dim",
        milk: str = "milk",
        days: int = 305,
    ) -> "LactationStandard":
        """Estimated from the tests of a population; one parity, or a group of them, at a time.

        The mean is a curve 1, t, t^2, exp(-0.05 t) by least squares; the standard deviation the
        same through absolute residuals; the correlations from mean products of standardized
        residuals by distance, own = 1 - b and r of b r^distance by weighted least squares.

        Raises
        ------
        DataError
            If there are fewer than 500 tests up to `days`, or they do not reach both ends.
        """
        rows = TestDays.read(tests, lactation, dim)
        value = rows.values(tests, milk)
        use = ~np.isnan(value) & (rows.dim >= 1) & (rows.dim <= days)
        code, day, y = rows.code[use], rows.dim[use], value[use]
        if y.size < FEWEST_TESTS or day.min() > 0.1 * days or day.max() < 0.9 * days:
            remedy = f"Give at least {FEWEST_TESTS}, from early and late in milk."
            raise refusal("few", f"{y.size} tests to day {days} do not make a standard.", remedy)
        every = _basis(np.arange(1, days + 1, dtype=np.float64))
        X = _basis(day)
        mean = np.linalg.lstsq(X, y)[0]
        residual = y - X @ mean
        # Of a normal deviate the mean size is sqrt(2 / pi) standard deviations.
        spread = np.linalg.lstsq(X, np.abs(residual) * np.sqrt(np.pi / 2))[0]
        least = 0.1 * residual.std()
        standardized = residual / np.maximum(X @ spread, least)
        own, correlation = _correlations(code, day, standardized)
        return cls(np.maximum(every @ mean, 1e-6), np.maximum(every @ spread, least),
                   own, correlation)  # fmt: skip

    def __repr__(self) -> str:
        return (f"Standard of {self.days} days: {self.mean.sum():,.0f} in all, daily deviation "
                f"{self.deviation.mean():.2f}, own {self.own:.3f}, "
                f"correlation {self.correlation:.4f}")  # fmt: skip


def standard_of_curves(
    mean: Sequence[float], deviation: Sequence[float], own: float, correlation: float, *, days: int
) -> LactationStandard:
    """A standard from coefficients of 1, t, t^2, exp(-0.05 t) of its mean and deviation."""
    every = _basis(np.arange(1, days + 1, dtype=np.float64))
    return LactationStandard(every @ np.array(mean), every @ np.array(deviation), own, correlation)


def _basis(day: npt.NDArray[np.float64]) -> Floats:
    return np.column_stack([np.ones(day.size), day, day**2, np.exp(-DECAY * day)])


def _correlations(code: Integers, day: Floats, standardized: Floats) -> tuple[float, float]:
    """Share of a day's own, and correlation of neighboring days of the rest."""
    apart, product = [], []
    step = 1
    while step < day.size and (together := code[step:] == code[:-step]).any():
        apart.append((day[step:] - day[:-step])[together])
        product.append((standardized[step:] * standardized[:-step])[together])
        step += 1
    if not apart:
        raise refusal("few", "No lactation has two tests.", "Give lactations with several tests.")
    distance, value = np.concatenate(apart), np.concatenate(product)
    band = (distance // LAG_DAYS).astype(np.int64)
    count = np.bincount(band)
    full = count > 0
    x = np.bincount(band, distance)[full] / count[full]
    y = np.bincount(band, value)[full] / count[full]
    y /= np.mean(standardized**2)
    found, _ = curve_fit(lambda d, b, rate: b * np.exp(-rate * d), x, y, p0=(0.8, 0.003),
                         sigma=1 / np.sqrt(count[full]),
                         bounds=([0.01, 1e-6], [1.0, 1.0]))  # fmt: skip
    return float(max(1 - found[0], 0.0)), float(np.exp(-found[1]))
