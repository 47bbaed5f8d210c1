"""Measures of reproduction: intervals, rates and litters. Dates in, days and shares out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from agrigen.phenotypes.checks import (
    column,
    days_since_epoch,
    grouped,
    numbers,
    refusal,
    refuse,
    together,
)
from agrigen.phenotypes.weights import MONTH_DAYS
from agrigen.types import Floats


@dataclass(frozen=True)
class Rate:
    """A share of those it could happen to.

    Attributes
    ----------
    events, eligible
        How often it happened, and how often it could have.
    left_out
        Those whose outcome is not known yet or never will be: they are in neither number.
    """

    events: int
    eligible: int
    left_out: int = 0

    @property
    def share(self) -> float:
        """events / eligible; nan if there were none."""
        return self.events / self.eligible if self.eligible else float("nan")

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Wilson's interval: sensible with few animals and near 0 and 1.

        References
        ----------
        Wilson 1927, J. Am. Stat. Assoc. 22:209
        """
        if not self.eligible:
            return float("nan"), float("nan")
        z = float(ndtri(0.5 + confidence / 2))
        n, p = self.eligible, self.share
        center = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return max(center - half, 0.0), min(center + half, 1.0)

    def __repr__(self) -> str:
        low, high = self.interval()
        return (f"{self.events:,} of {self.eligible:,} ({100 * self.share:.1f} %, "
                f"{100 * low:.1f} to {100 * high:.1f}), {self.left_out:,} left out")  # fmt: skip


def birth_intervals(
    births: pd.DataFrame, *, animal: str = "animal", date: str = "date", least_days: float = 0
) -> pd.DataFrame:
    """Days from each calving or lambing to the next: calving interval, lambing interval.

    Parameters
    ----------
    births
        One row a parturition. Abortions are none: leave them out.
    least_days
        Shortest interval that can be of the species; shorter ones are refused, because one of the
        dates is wrong or an abortion is among them. Rows of one day (twins) count once.

    Returns
    -------
    pandas.DataFrame
        animal, parity (of the later birth, counted in these rows), date, interval_days (nan for
        the first); animals in order of appearance, dates rising.
    """
    codes, names = grouped(column(births, animal))
    days = days_since_epoch(column(births, date), date)
    refuse(np.isnan(days), days, "A birth has no date", "Give it, or leave the row out.")
    rows = pd.DataFrame({"code": codes, "day": days}).drop_duplicates().sort_values(["code", "day"])
    gap = rows.groupby("code")["day"].diff()
    where = [
        f"{names[code]} {gap_days:g}" for code, gap_days in zip(rows["code"], gap, strict=True)
    ]
    refuse((gap < least_days).to_numpy(bool), np.array(where, object), "Births are too close",
           f"No interval is below {least_days:g} days: correct a date, or leave abortions out.",
           "interval")  # fmt: skip
    return pd.DataFrame(
        {
            "animal": names[rows["code"]], "parity": rows.groupby("code").cumcount() + 1,
            "date": pd.to_datetime(rows["day"], unit="D"), "interval_days": gap,
        }
    ).reset_index(drop=True)  # fmt: skip


def age_at_first_birth(born: Any, first_birth: Any, *, unit: str = "months") -> Floats:
    """Age of a female at her first calving or lambing, in "months" (of 30.4375 days) or "days"."""
    if unit not in ("months", "days"):
        raise refusal("unit", f"The unit is {unit!r}.", "Give months or days.")
    first, own = together(first_birth=days_since_epoch(first_birth, "first_birth"),
                          born=days_since_epoch(born, "born"))  # fmt: skip
    age = np.asarray(first - own)
    refuse(age <= 0, age, "A first birth is not after the mother's own", "Correct a date.")
    return age / (MONTH_DAYS if unit == "months" else 1)


def days_open(calved: Any, conceived: Any, *, last_seen: Any) -> pd.DataFrame:
    """Days from calving to conception, or to when a cow was last seen open.

    Parameters
    ----------
    calved, conceived
        Dates; conception is the service that a pregnancy was confirmed of, empty while open.
    last_seen
        When an open cow left, or today: her days are censored there.

    Returns
    -------
    pandas.DataFrame
        days, conceived (true or false): what `survival_curve` takes. A mean of the pregnant cows
        alone is too short by the cows that do not conceive.
    """
    start = days_since_epoch(calved, "calved")
    end = days_since_epoch(conceived, "conceived")
    seen = days_since_epoch(last_seen, "last_seen")
    start, end, seen = together(calved=start, conceived=end, last_seen=seen)
    pregnant = ~np.isnan(end)
    days = np.where(pregnant, end, seen) - start
    refuse(np.isnan(days), days, "A cow has no calving, or neither conceived nor was last seen",
           "Give the dates.", "date")  # fmt: skip
    refuse(days < 0, days, "A cow conceived or was last seen before she calved", "Correct a date.")
    return pd.DataFrame({"days": days, "conceived": pregnant})


def non_return_rate(
    services: pd.DataFrame,
    *,
    until: Any,
    exits: pd.Series | None = None,
    animal: str = "animal",
    date: str = "date",
    window_days: int = 56,
    same_heat_days: int = 0,
) -> Rate:
    """Share of first services without another service within so many days.

    Parameters
    ----------
    services
        One row a service, of one season or lactation of each female.
    until
        Last day that services were recorded to: females served less than `window_days` before are
        left out.
    exits
        Date on which females were sold or died, by animal; those that left within the window
        without a return are left out.
    window_days
        56 for NR56. From day 1 to this day after the first service a service is a return.
    same_heat_days
        Services this close to the first are of the same heat, and no return.
    """
    codes, names = grouped(column(services, animal))
    days = days_since_epoch(column(services, date), date)
    refuse(np.isnan(days), days, "A service has no date", "Give it, or leave the row out.")
    last = float(days_since_epoch([until], "until")[0])
    refuse(np.array(np.isnan(last)), last, "until is no date", "Give the last day of recording.")
    refuse(days > last, days, "A service is after the last day of recording", "Give a later until.")
    first = np.full(len(names), np.inf)
    np.minimum.at(first, codes, days)
    since = days - first[codes]
    returned = np.zeros(len(names), bool)
    returned[codes[(since > same_heat_days) & (since <= window_days)]] = True
    left = np.full(len(names), np.inf)
    if exits is not None:
        if exits.index.has_duplicates:
            raise refusal("twice", "exits has an animal twice.", "Give one date for each.")
        dates = exits.reindex(names)
        left = np.nan_to_num(days_since_epoch(dates, "exits"), nan=np.inf)
    seen = np.minimum(left, last) - first >= window_days
    counted = returned | seen
    return Rate(int((counted & ~returned).sum()), int(counted.sum()), int((~counted).sum()))


def conception_rate(pregnant: Any) -> Rate:
    """Services that led to pregnancy over services with a known outcome; unknown ones are empty."""
    (outcome,) = numbers(pregnant=pregnant)
    outcome = np.atleast_1d(outcome)
    known = ~np.isnan(outcome)
    refuse(known & (outcome != 0) & (outcome != 1), outcome, "An outcome is neither yes nor no",
           "Give true, false, or nothing.")  # fmt: skip
    return Rate(int(outcome[known].sum()), int(known.sum()), int((~known).sum()))


def pregnancy_rate(
    days: npt.ArrayLike, conceived: Any, *, waiting_days: npt.ArrayLike, cycle_days: float = 21
) -> Rate:
    """Pregnancies over the heat cycles in which females could have conceived: 21-day rate.

    Parameters
    ----------
    days, conceived
        Days from calving to conception, or to when she was last seen open, and which of both:
        `days_open`. Cows not to be bred end with that decision.
    waiting_days
        Voluntary waiting period: cycles are counted from its end. A pregnancy before it counts
        one cycle.
    cycle_days
        21 for cattle and goats; 17 for sheep.

    Notes
    -----
    A pregnant female counts the cycles up to and with that of conception; of an open one they
    are rounded to the nearest number (California pregnancy-rate analysis; its example is tested).
    """
    span, pregnant, waiting = (
        np.atleast_1d(one)
        for one in numbers(days=days, conceived=conceived, waiting_days=waiting_days)
    )
    if not cycle_days > 0:
        raise refusal("cycle", f"A cycle has {cycle_days} days.", "Give days above 0.")
    refuse(np.isnan(span) | np.isnan(pregnant) | np.isnan(waiting), span,
           "A number of days or an outcome is missing", "Leave such females out.")  # fmt: skip
    cycles = np.maximum(span - waiting, 0) / cycle_days
    half_up = np.floor(cycles + 0.5)
    counted = np.where(pregnant == 1, np.maximum(np.ceil(cycles), 1), half_up)
    return Rate(int((pregnant == 1).sum()), int(counted.sum()), int((counted == 0).sum()))


def litter_summary(
    females: pd.DataFrame,
    *,
    born: str = "born",
    alive: str = "alive",
    weaned: str = "weaned",
    group: str | None = None,
) -> pd.DataFrame:
    """Fertility, prolificacy and losses of females exposed to a sire.

    Parameters
    ----------
    females
        One row a female exposed: offspring born (dead ones too; 0 if barren), born alive, weaned.
        Fostered offspring count as weaned where you count them; be consistent.
    group
        Column to summarize by.

    Returns
    -------
    pandas.DataFrame
        exposed, gave_birth, fertility (gave birth / exposed), litter_size (born / gave birth),
        stillborn (share of born), survival (weaned / born alive), weaned_per_exposed: the product
        of fertility, litter size, 1 - stillborn and survival.
    """
    columns = {name: column(females, name) for name in (born, alive, weaned)}
    total, living, raised = numbers(**columns)
    refuse(np.isnan(total) | np.isnan(living) | np.isnan(raised), total, "A count is missing",
           "Give 0 for barren females, or leave unknown ones out.")  # fmt: skip
    refuse((total < 0) | (living < 0) | (raised < 0), total, "A count is below 0", "Correct it.")
    refuse(living > total, living, "More were born alive than born", "Count all in born.")
    by = pd.Series("all", females.index) if group is None else column(females, group)
    rows = pd.DataFrame({"exposed": 1, "gave_birth": (total > 0).astype(int), "born": total,
                         "alive": living, "weaned": raised})  # fmt: skip
    sums = rows.groupby(by.to_numpy(), dropna=False).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        out = pd.DataFrame(
            {
                "exposed": sums["exposed"], "gave_birth": sums["gave_birth"],
                "fertility": sums["gave_birth"] / sums["exposed"],
                "litter_size": sums["born"] / sums["gave_birth"],
                "stillborn": 1 - sums["alive"] / sums["born"],
                "survival": sums["weaned"] / sums["alive"],
                "weaned_per_exposed": sums["weaned"] / sums["exposed"],
            }
        )  # fmt: skip
    return out.rename_axis(group or "group").reset_index()
