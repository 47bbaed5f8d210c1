"""Weights adjusted to one age, ratios and frame scores. Ages in days; weights in the unit given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.phenotypes.checks import (
    column,
    labels,
    males,
    numbers,
    one_of,
    refusal,
    refuse,
    together,
)
from agrigen.types import Floats

POUND_KG = 0.45359237
"""Kilograms in a pound, exactly (international yard and pound agreement of 1959)."""
INCH_CM = 2.54
MONTH_DAYS = 30.4375
"""Mean month: 365.25 / 12."""


def adjusted_weight(
    weight: npt.ArrayLike,
    age_days: npt.ArrayLike,
    *,
    target_days: float,
    birth_weight: npt.ArrayLike,
    window_days: tuple[float, float] = (1, float("inf")),
) -> Floats:
    """Weight at a target age, by the animal's own mean gain since birth.

    (weight - birth weight) / age x target + birth weight. Canadian sheep weights are of 50 and
    100 days, NSIP's of 60, 90 or 120, BIF's of 205.

    Parameters
    ----------
    weight, birth_weight
        In one unit, any.
    age_days
        Age at weighing.
    target_days
        Age that weights are brought to.
    window_days
        Youngest and oldest age that is adjusted; the result of others is nan. Boggess and others
        (1991) found the straight line good for lambs within 7 days of 30 and 60 days, and within
        28 days of 90.

    Returns
    -------
    numpy.ndarray
        Adjusted weights in the unit given; nan where a number is missing.

    Notes
    -----
    Sex, type of birth and rearing and the dam's age come after: `ClassFactors`.

    References
    ----------
    Boggess, Wilson, Rothschild and Morrical 1991, J. Anim. Sci. 69:3190
    """
    weight, age, birth = numbers(weight=weight, age_days=age_days, birth_weight=birth_weight)
    _positive(weight=weight, birth_weight=birth)
    refuse(age < 0, age, "An age is below 0 days", "Weigh after birth, or correct the birth date.")
    inside = (age >= max(window_days[0], 1)) & (age <= window_days[1])
    gain = (weight - birth) / np.where(inside, age, np.nan)
    return gain * target_days + birth


def adjusted_later_weight(
    weight: npt.ArrayLike,
    age_days: npt.ArrayLike,
    *,
    earlier_weight: npt.ArrayLike,
    earlier_age_days: npt.ArrayLike,
    adjusted_earlier: npt.ArrayLike,
    days: float,
    window_days: tuple[float, float] = (1, float("inf")),
) -> Floats:
    """An adjusted weight carried on by the gain after it.

    (weight - earlier weight) / days between x `days` + adjusted earlier weight. With `days` 160
    and a 205-day weight it is BIF's 365-day weight; with 50 and a 50-day weight the 100-day
    weight of a lamb weighed twice. Of ages outside `window_days` it is nan.
    """
    weight, age, earlier, earlier_age, adjusted = numbers(
        weight=weight, age_days=age_days, earlier_weight=earlier_weight,
        earlier_age_days=earlier_age_days, adjusted_earlier=adjusted_earlier,
    )  # fmt: skip
    _positive(weight=weight, earlier_weight=earlier)
    between = age - earlier_age
    refuse(between <= 0, between, "The later weight is not later",
           "Give the weights in the order they were taken.")  # fmt: skip
    inside = (age >= window_days[0]) & (age <= window_days[1])
    return np.where(inside, (weight - earlier) / between * days + adjusted, np.nan)


@dataclass(frozen=True)
class AgeOfDam:
    """What is added to a weaning weight for the age of the dam.

    Attributes
    ----------
    name, version
        Whose table, and of when: breed societies publish their own.
    unit
        "lb" or "kg", of the added weights.
    from_years
        Age of dam, in years, where each class begins, rising.
    male, female
        What is added in each class.
    """

    name: str
    version: str
    unit: str
    from_years: tuple[float, ...]
    male: tuple[float, ...]
    female: tuple[float, ...]

    def __post_init__(self) -> None:
        one_of("unit", self.unit, ("lb", "kg"))
        same = len(self.from_years) == len(self.male) == len(self.female)
        if not same or list(self.from_years) != sorted(set(self.from_years)):
            raise refusal("table", f"The classes of {self.name} do not fit together.",
                          "Give rising ages, and one value for each and sex.")  # fmt: skip

    def added(self, dam_age_years: npt.ArrayLike, sex: Any, *, unit: str = "lb") -> Floats:
        """What to add, in `unit`; nan where the dam's age or the sex is unknown."""
        (age,) = numbers(dam_age_years=dam_age_years)
        age, words = together(dam_age_years=np.atleast_1d(age), sex=labels(sex))
        least = self.from_years[0]
        refuse(age < least, age, "A dam is too young for the table",
               f"{self.name} begins at {least:g} years; leave the age empty.")  # fmt: skip
        place = np.searchsorted(self.from_years, np.nan_to_num(age, nan=least), side="right") - 1
        male, female = males(words)
        value = np.where(male, np.array(self.male)[place], np.array(self.female)[place])
        value = np.where((male | female) & ~np.isnan(age), value, np.nan)
        return value * _factor(self.unit, one_of("unit", unit, ("lb", "kg")))


BIF_AGE_OF_DAM = AgeOfDam(
    "BIF", "2002", "lb", (2, 3, 4, 5, 11), (60, 40, 20, 0, 20), (54, 36, 18, 0, 18)
)
"""BIF Guidelines: dams of 2, 3, 4, 5 to 10, and 11 years and more."""


def weaning_weight_205(
    weight: npt.ArrayLike,
    age_days: npt.ArrayLike,
    *,
    birth_weight: npt.ArrayLike,
    dam_age_years: npt.ArrayLike,
    sex: Any,
    unit: str = "lb",
    table: AgeOfDam = BIF_AGE_OF_DAM,
) -> Floats:
    """Adjusted 205-day weaning weight of calves (BIF).

    (weight - birth weight) / age x 205 + birth weight + what the table adds for the dam's age.
    A calf weaned before 160 or after 250 days belongs to a group of its own and gets nan.

    Parameters
    ----------
    dam_age_years
        Age of the dam at calving.
    sex
        M (bulls and steers) or F.
    unit
        Of the weights, "lb" or "kg"; the table is converted.

    References
    ----------
    Beef Improvement Federation, Guidelines for uniform beef improvement programs
    """
    adjusted = adjusted_weight(
        weight, age_days, target_days=205, birth_weight=birth_weight, window_days=(160, 250)
    )
    added = table.added(dam_age_years, sex, unit=unit)
    result, added = together(**{"weight": adjusted, "age of dam and sex": added})
    return result + added


def yearling_weight_365(
    weight: npt.ArrayLike,
    age_days: npt.ArrayLike,
    *,
    weaning_weight: npt.ArrayLike,
    weaning_age_days: npt.ArrayLike,
    adjusted_205: npt.ArrayLike,
) -> Floats:
    """Adjusted 365-day yearling weight: 160 days of gain after weaning on the 205-day weight.

    Of ages from 320 to 440 days; others are nan.

    References
    ----------
    American Angus Association, Adjusted weights (its worked example is tested)
    """
    return adjusted_later_weight(
        weight, age_days, earlier_weight=weaning_weight, earlier_age_days=weaning_age_days,
        adjusted_earlier=adjusted_205, days=160, window_days=(320, 440),
    )  # fmt: skip


def weight_ratio(values: npt.ArrayLike, group: Any) -> Floats:
    """100 x value / mean of its contemporaries, of one sex, season and management.

    nan where the group is unknown.
    """
    (value,) = numbers(values=values)
    value, groups = together(values=value, group=labels(group))
    series = pd.Series(value)
    mean = series.groupby(groups).transform("mean")
    return (100 * series / mean).to_numpy(np.float64)


FRAME = {
    # Intercept, height, age, age squared, height x age; inches and days.
    "male": (-11.548, 0.4878, -0.0289, 0.00001947, 0.0000334),
    "female": (-11.7086, 0.4723, -0.0239, 0.0000146, 0.0000759),
}
"""BIF equations of frame score from 5 to 21 months of age."""


def frame_score(
    hip_height: npt.ArrayLike, age_days: npt.ArrayLike, sex: Any, *, unit: str = "in"
) -> Floats:
    """Frame score of cattle from 5 to 21 months by height at the hips (BIF); nan at other ages.

    `unit` is "in" or "cm". The published table of bulls is met within 0.1.
    """
    one_of("unit", unit, ("in", "cm"))
    height, age = numbers(hip_height=hip_height, age_days=age_days)
    height, age, words = together(hip_height=height, age_days=age, sex=labels(sex))
    _positive(hip_height=height)
    height = height / (INCH_CM if unit == "cm" else 1)
    male, female = males(words)
    known = (male | female) & (age >= 5 * MONTH_DAYS - 1) & (age <= 21 * MONTH_DAYS + 1)
    rows = np.where(male[:, None], FRAME["male"], FRAME["female"])
    terms = np.column_stack([np.ones(age.size), height, age, age**2, height * age])
    return np.where(known, (rows * terms).sum(axis=1), np.nan)


@dataclass(frozen=True)
class ClassFactors:
    """Factors of sex, type of birth and rearing, age of dam and the like.

    Attributes
    ----------
    name, version
        Whose factors, and of when.
    multiply
        True: weights are multiplied; False: the values are added.
    factors
        Column -> class -> factor. The class that all are brought to has 1, or 0.

    Notes
    -----
    Programs keep their factors in their own tables; the Canadian ones bring lambs to a ram
    reared as a single by a ewe of four or five years. None is shipped with agrigen: give those of
    your program.
    """

    name: str
    version: str
    multiply: bool
    factors: Mapping[str, Mapping[Any, float]]

    def apply(self, weight: npt.ArrayLike, classes: pd.DataFrame) -> Floats:
        """Weights brought to the base class; nan where a class is empty.

        Raises
        ------
        DataError
            If a class has no factor, naming the ones there are.
        """
        (result,) = numbers(weight=weight)
        for name, table in self.factors.items():
            values = column(classes, name)
            unknown = values.notna() & ~values.isin(list(table))
            have = ", ".join(str(one) for one in table)
            refuse(unknown.to_numpy(bool), values.to_numpy(object), f"{name} has no factor",
                   f"{self.name} {self.version} knows {have}.")  # fmt: skip
            factor = values.map(dict(table)).to_numpy(np.float64)
            result = result * factor if self.multiply else result + factor
        return result


def _factor(one: str, other: str) -> float:
    size = {"lb": POUND_KG, "kg": 1.0}
    return size[one] / size[other]


def _positive(**values: Floats) -> None:
    for name, value in values.items():
        refuse(value <= 0, value, f"{name} is not above 0", "Leave missing ones empty.")
