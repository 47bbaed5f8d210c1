"""What follows from what was recorded: withdrawals, courses of treatment, carcass classes."""

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

COURSE_DAYS = 7
"""Treatments of one animal with one product at most so many days apart are one course."""
LETTERS = "PORUES"
"""EUROP from worst to best, with S above."""
THIRDS = ("-", "", "+")


def withheld_until(treated_on: date, withdrawal_days: int | None) -> date | None:
    """The last day on which meat or milk is withheld: the day of treatment and the days after.

    A period of 28 days from 1 March runs to 29 March; 30 March is free. One of 0 days withholds
    nothing.
    """
    if not withdrawal_days:
        return None
    return treated_on + timedelta(days=withdrawal_days)


def running(until: Iterable[date | None], on: date) -> date | None:
    """The latest of some last days, if it is not over."""
    latest = max((day for day in until if day), default=None)
    return latest if latest and latest >= on else None


def conformation(value: float) -> str:
    """A class of EUROP in thirds: 1 is P-, 11 is U, 18 is S+."""
    whole = round(value) - 1
    return LETTERS[whole // 3] + THIRDS[whole % 3] if 0 <= whole < 18 else f"{value:g}"


def fat_class(value: float) -> str:
    """A class of fat cover in thirds: 1 is 1-, 8 is 3, 15 is 5+."""
    whole = round(value) - 1
    return f"{whole // 3 + 1}{THIRDS[whole % 3]}" if 0 <= whole < 15 else f"{value:g}"


GRADES = {"carcass_conformation": conformation, "carcass_fat_class": fat_class}


def courses(treatments: pd.DataFrame) -> pd.DataFrame:
    """Treatments (in order of animal, product, day) with `starts`: whether a course begins."""
    same = (treatments[["animal", "product"]] == treatments[["animal", "product"]].shift()).all(1)
    days = pd.to_datetime(treatments["day"]).diff().dt.days
    return treatments.assign(starts=~(same & (days <= COURSE_DAYS)))
