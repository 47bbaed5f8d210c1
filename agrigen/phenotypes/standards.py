"""Standards of daily milk that come with the library, and the level of a herd against them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from agrigen.phenotypes.checks import column, refuse
from agrigen.phenotypes.lactation_standard import LactationStandard, standard_of_curves
from agrigen.phenotypes.test_days import TestDays

# Intercept, day, day squared, exp(-0.05 day): daily milk in kg and its standard deviation; then the
# share of a day's own and the correlation of neighboring days. `LactationStandard.from_tests` of
# the 32,505 different test days that Bovi (Cornell University, MIT license) publishes:
# tests/agrigen/phenotypes/test_standards.py makes them again.
_HOLSTEIN = {
    1: ((33.4174, -0.045639, 1.59174e-05, -16.8365),
        (5.2083, -0.00466991, 1.41148e-05, -1.47222), 0.1162606, 0.9974878),
    2: ((46.3, -0.110812, 9.0341e-05, -21.8287),
        (6.87981, -0.0101794, 2.71849e-05, -2.07867), 0.1078086, 0.9970749),
    3: ((50.7205, -0.131352, 0.00010826, -25.6945),
        (7.997, -0.0180523, 4.53726e-05, -2.39962), 0.0943720, 0.9960347),
}  # fmt: skip

PRIOR_TESTS = 10
"""Tests at the standard's own level that are added to a herd's: a few tests move it little."""


def dairy_standards() -> dict[int, LactationStandard]:
    """Daily milk (kg) of Holstein cows in their first, second and later lactations, 305 days.

    From public test days of herds in the United States: give `best_prediction` the level of your
    own herd (`expected_yields`).
    """
    return {parity: standard_of_curves(*known, days=305) for parity, known in _HOLSTEIN.items()}


def expected_yields(
    tests: pd.DataFrame,
    standards: Mapping[int, LactationStandard],
    *,
    dim: str = "dim",
    milk: str = "milk",
    parity: str = "parity",
    days: int = 305,
) -> dict[int, float]:
    """Yield of `days` days that a herd's cows of each parity are expected to give.

    The standard's yield times the herd's tests over what the standard gives on those days in milk.
    The herd's level is one for all parities; `PRIOR_TESTS` tests at the standard's level are added.

    Parameters
    ----------
    tests
        Recent test days of the herd: days in milk, milk, parity. Tests outside the standard's
        days are not used.
    standards
        By parity; the last stands for all later ones.
    """
    row = TestDays.read(tests.assign(_row=np.arange(len(tests))), "_row", dim)
    day, value = row.dim, row.values(tests, milk)
    number = column(tests, parity).to_numpy(np.float64)[row.order]
    known = np.array(sorted(standards))
    refuse(~(number >= known[0]), number, "A parity has no standard",
           f"Give parities from {known[0]}.")  # fmt: skip
    length = min(one.days for one in standards.values())
    mean = np.stack([standards[name].mean[:length] for name in known])
    use = (day >= 1) & (day <= length) & ~np.isnan(value)
    group = np.searchsorted(known, number[use], side="right") - 1
    given = mean[group, day[use].astype(np.int64) - 1]
    prior = PRIOR_TESTS * float(mean.mean())
    level = (value[use].sum() + prior) / (given.sum() + prior)
    return {int(name): float(level * mean[at, :days].sum()) for at, name in enumerate(known)}


def standard_for(standards: Mapping[int, Any], parity: int) -> Any:
    """What stands for a parity: its own, or that of the last one before."""
    known = [one for one in sorted(standards) if one <= parity]
    return standards[known[-1] if known else min(standards)]
