"""Gain and use of feed: average daily gain, feed conversion, residual feed intake."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.citations import Citation
from agrigen.phenotypes.checks import grouped, labels, numbers, refusal, refuse, together
from agrigen.phenotypes.sources import KOCH_1963
from agrigen.types import Floats


def average_daily_gain(
    first_weight: npt.ArrayLike, second_weight: npt.ArrayLike, days: npt.ArrayLike
) -> Floats:
    """(second - first) / days, in the unit of the weights a day."""
    first, second, days = numbers(first_weight=first_weight, second_weight=second_weight, days=days)
    refuse(days <= 0, days, "There are no days between the weights", "Give days above 0.")
    return (second - first) / days


def gain_on_test(animal: Any, day: npt.ArrayLike, weight: npt.ArrayLike) -> pd.DataFrame:
    """Gain of each animal by regression of its weights on days, and its weight in mid-test.

    Returns
    -------
    pandas.DataFrame
        animal, weights (their number), days (first to last), gain (a day), mid_weight (of the
        line, halfway between the first and last weighing). nan with fewer than two days.
    """
    day, weight = numbers(day=day, weight=weight)
    who, day, weight = together(animal=labels(animal), day=day, weight=weight)
    codes, names = grouped(who)
    use = ~np.isnan(day) & ~np.isnan(weight)
    code, x, y = codes[use], day[use], weight[use]
    count = np.bincount(code, minlength=len(names)).astype(np.float64)
    filled = np.maximum(count, 1)
    mean_x, mean_y = (np.bincount(code, one, len(names)) / filled for one in (x, y))
    deviation = x - mean_x[code]
    square = np.bincount(code, deviation**2, len(names))
    product = np.bincount(code, deviation * y, len(names))
    gain = np.divide(product, square, out=np.full(len(names), np.nan), where=square > 0)
    ends = pd.Series(x).groupby(code).agg(["min", "max"]).reindex(range(len(names)))
    middle = ends.mean(axis=1).to_numpy(np.float64)
    return pd.DataFrame(
        {
            "animal": names, "weights": count.astype(np.int64),
            "days": (ends["max"] - ends["min"]).to_numpy(np.float64), "gain": gain,
            "mid_weight": mean_y + gain * (middle - mean_x),
        }
    )  # fmt: skip


def feed_conversion(feed: npt.ArrayLike, gain: npt.ArrayLike) -> Floats:
    """Feed for one unit of gain, both over the same days; nan where nothing was gained."""
    feed, gain = numbers(feed=feed, gain=gain)
    refuse(feed < 0, feed, "Feed is below 0", "Give what was eaten.")
    return np.divide(feed, gain, out=np.full(feed.shape, np.nan), where=gain > 0)


@dataclass(frozen=True, eq=False)
class ResidualIntake:
    """Feed eaten beyond what gain and weight call for.

    Attributes
    ----------
    residual
        One for each animal, in the unit of intake; below 0 is thrifty. nan where a number was
        missing.
    coefficients
        One row a group: group, animals, intercept, gain, metabolic_weight, r_squared.
    """

    residual: Floats
    coefficients: pd.DataFrame

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (KOCH_1963,)

    def to_frame(self) -> pd.DataFrame:
        """The regression in each group."""
        return self.coefficients

    def __repr__(self) -> str:
        known = int((~np.isnan(self.residual)).sum())
        return f"Residual feed intake of {known:,} animals in {len(self.coefficients)} groups"


def residual_feed_intake(
    intake: npt.ArrayLike, gain: npt.ArrayLike, mid_weight: npt.ArrayLike, *, group: Any = 0
) -> ResidualIntake:
    """Residual of daily dry-matter intake on daily gain and mid-test weight to the power 0.75.

    Ordinary least squares with an intercept, within each group (pen, test, sex).

    Raises
    ------
    DataError
        If a group has too few animals, or its gains or weights do not vary.

    References
    ----------
    Koch, Swiger, Chambers and Gregory 1963, J. Anim. Sci. 22:486
    """
    intake, gain, mid = numbers(intake=intake, gain=gain, mid_weight=mid_weight)
    refuse(mid <= 0, mid, "A mid-test weight is not above 0", "Leave missing ones empty.")
    intake, gain, mid, groups = together(intake=intake, gain=gain, mid_weight=mid,
                                         group=labels(group))  # fmt: skip
    codes, names = grouped(groups)
    design = np.column_stack([np.ones(intake.size), gain, mid**0.75])
    known = ~np.isnan(intake) & ~np.isnan(design).any(axis=1)
    residual = np.full(intake.size, np.nan)
    rows = []
    for code, name in enumerate(names):
        use = known & (codes == code)
        solution, _, rank, _ = np.linalg.lstsq(design[use], intake[use])
        if use.sum() <= 3 or rank < 3:
            raise refusal("few", f"Group {name} has {use.sum()} animals with all three numbers, or "
                          "gains or weights that do not vary.",
                          "Give at least four, or join groups.")  # fmt: skip
        residual[use] = intake[use] - design[use] @ solution
        total = ((intake[use] - intake[use].mean()) ** 2).sum()
        explained = 1 - (residual[use] ** 2).sum() / total if total > 0 else np.nan
        rows.append((name, int(use.sum()), *solution, explained))
    columns = ["group", "animals", "intercept", "gain", "metabolic_weight", "r_squared"]
    return ResidualIntake(residual, pd.DataFrame(rows, columns=columns))
