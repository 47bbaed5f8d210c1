"""Weighings into gains and weights at standard ages; formulas are those of `agrigen.phenotypes`.

Everything is computed for all animals together and then told for those that were asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen.phenotypes import (
    adjusted_later_weight,
    adjusted_weight,
    average_daily_gain,
    weaning_weight_205,
    weight_ratio,
    yearling_weight_365,
)
from hub.performance.schemas import AdjustedWeight, AnimalWeights, NotUsed, Weighing

FEWEST_CONTEMPORARIES = 3
"""A ratio within fewer animals than this says little."""
YOUNGEST_DAM = 20 / 12
"""BIF's table begins at 2 years; heifers that calve from 20 months count as 2, as is usual."""


@dataclass(frozen=True)
class Target:
    """An age that weights are brought to, from weighings at which ages, and by whose rule."""

    days: int
    first: int
    last: int
    rule: str

    @property
    def name(self) -> str:
        return f"{self.days}-day"


# The Canadian program publishes no bounds of age that we found: those of lambs are ours.
LAMB = (
    Target(50, 30, 70, "straight line from birth to the weighing (Canadian sheep program)"),
    Target(100, 71, 130, "50-day weight and the gain since that weighing, or from birth"),
)
CALF = (
    Target(205, 160, 250, "gain from birth, and the dam's age (BIF)"),
    Target(365, 320, 440, "205-day weight and 160 days of the gain since (BIF)"),
)
TARGETS: dict[str, tuple[Target, ...]] = {"sheep": LAMB, "goat": LAMB, "cattle": CALF}


@dataclass(frozen=True)
class Computed:
    """Frames of all animals: who they are, their days on the scale, and each target's weights."""

    animals: pd.DataFrame
    days: pd.DataFrame
    adjusted: dict[Target, pd.DataFrame]


def compute(
    animals: pd.DataFrame, weighings: pd.DataFrame, *, assumed_birth_weight: float | None = None
) -> Computed:
    """Gains and adjusted weights of all animals."""
    animals = animals.set_index("animal")
    animals = _birth_weights(animals, weighings, assumed_birth_weight)
    days = _days(animals, weighings)
    adjusted: dict[Target, pd.DataFrame] = {}
    for target in {one: None for of in TARGETS.values() for one in of}:
        species = [name for name, of in TARGETS.items() if target in of]
        of = animals[animals["species"].isin(species)]
        adjusted[target] = _adjust(target, of, days, adjusted)
    return Computed(animals, days, adjusted)


def tell(computed: Computed, animal_ids: Sequence[str]) -> list[AnimalWeights]:
    """What is shown of some animals, in the order given."""
    chosen = computed.days[computed.days["animal"].isin(animal_ids)]
    by_animal = dict(iter(chosen.groupby("animal")))
    none = computed.days[:0]
    animals = computed.animals.loc[list(animal_ids)]
    rows = animals.reset_index().to_dict("records")
    return [_tell_one(row, by_animal.get(row["animal"], none), computed) for row in rows]


def _birth_weights(
    animals: pd.DataFrame, weighings: pd.DataFrame, assumed: float | None
) -> pd.DataFrame:
    born = weighings[weighings["trait"] == "birth_weight"]
    recorded = born.groupby("animal")["weight"].mean().reindex(animals.index)
    filled = recorded if assumed is None else recorded.fillna(assumed)
    return animals.assign(birth_weight=filled, assumed=recorded.isna() & filled.notna())


def _days(animals: pd.DataFrame, weighings: pd.DataFrame) -> pd.DataFrame:
    """One row a day on the scale, in order: age and gain since the day before, or since birth."""
    later = weighings[(weighings["trait"] != "birth_weight") & weighings["day"].notna()]
    # The weaning weight of a day gives it its name; what was weighed twice counts as the mean.
    later = later.sort_values(["animal", "day", "trait", "record"])
    days = later.groupby(["animal", "day"], sort=False, as_index=False).agg(
        record=("record", "first"), trait=("trait", "first"), weight=("weight", "mean"),
        pen=("pen", "max"),
    )  # fmt: skip
    known = animals.reindex(days["animal"])
    born = known["birth_date"].to_numpy()
    days["age"] = (days["day"].to_numpy() - born) / np.timedelta64(1, "D")
    days["sex"] = known["sex"].to_numpy()
    same = days["animal"].eq(days["animal"].shift())
    before = np.where(same, days["weight"].shift(), known["birth_weight"].to_numpy())
    passed = np.where(
        same, (days["day"] - days["day"].shift()) / np.timedelta64(1, "D"), days["age"]
    )
    passed = np.where(passed > 0, passed, np.nan)
    days["gain"] = average_daily_gain(before, days["weight"], passed)
    return days


def _adjust(
    target: Target, animals: pd.DataFrame, days: pd.DataFrame, done: dict[Target, pd.DataFrame]
) -> pd.DataFrame:
    """The weighing nearest to the target's age in its window, and what it becomes; by animal."""
    inside = days[days["age"].between(target.first, target.last)]
    inside = inside[inside["animal"].isin(animals.index)]
    order = inside.assign(off=(inside["age"] - target.days).abs())
    order = order.sort_values(["animal", "off", "trait", "day"]).drop_duplicates("animal")
    chosen = order.set_index("animal").join(animals[["birth_weight", "birth_date", "dam_birth"]])
    chosen["value"] = _value(target, chosen, done) if len(chosen) else np.nan
    return _ratios(chosen)


def _value(target: Target, row: pd.DataFrame, done: dict[Target, pd.DataFrame]) -> Any:
    weight, age, birth = (row[name].to_numpy() for name in ("weight", "age", "birth_weight"))
    if target.days == 205:
        return weaning_weight_205(
            weight, age, birth_weight=birth, dam_age_years=_dam_age(row), sex=_sex(row), unit="kg"
        )
    before = {100: LAMB[0], 365: CALF[0]}.get(target.days)
    if before is None:
        return adjusted_weight(weight, age, target_days=target.days, birth_weight=birth)
    earlier = done[before].reindex(row.index)[["weight", "age", "value"]].to_numpy(np.float64).T
    if target.days == 365:
        return yearling_weight_365(
            weight, age, weaning_weight=earlier[0], weaning_age_days=earlier[1],
            adjusted_205=earlier[2],
        )  # fmt: skip
    carried = adjusted_later_weight(
        weight, age, earlier_weight=earlier[0], earlier_age_days=earlier[1],
        adjusted_earlier=earlier[2], days=50,
    )  # fmt: skip
    alone = adjusted_weight(weight, age, target_days=100, birth_weight=birth)
    return np.where(np.isnan(carried), alone, carried)


def _dam_age(row: pd.DataFrame) -> Any:
    years = (row["birth_date"] - row["dam_birth"]).dt.days.to_numpy(np.float64) / 365.25
    years = np.where((years >= YOUNGEST_DAM) & (years < 2), 2.0, years)
    return np.where(years < 2, np.nan, years)


def _sex(row: pd.DataFrame) -> list[str | None]:
    return [one if one in ("M", "F") else None for one in row["sex"]]


def _ratios(chosen: pd.DataFrame) -> pd.DataFrame:
    """Contemporaries: of one sex, weighed on the same day in the same management group."""
    day = chosen["day"].astype("string")
    key = chosen["sex"].astype("string") + " " + day + " " + chosen["pen"].astype("string")
    key = key.where(chosen["value"].notna())
    size = key.groupby(key).transform("size").fillna(0).astype(int)
    ratio = weight_ratio(chosen["value"].to_numpy(np.float64), key.to_numpy(object, na_value=None))
    ratio = np.where(size >= FEWEST_CONTEMPORARIES, ratio, np.nan)
    return chosen.assign(ratio=ratio, contemporaries=size)


def _tell_one(animal: dict[str, Any], days: pd.DataFrame, computed: Computed) -> AnimalWeights:
    rows = days.to_dict("records")
    targets = TARGETS.get(animal["species"], ())
    return AnimalWeights(
        animal_id=animal["animal"], tag=animal["tag"], sex=animal["sex"],
        birth_date=_date(animal["birth_date"]),
        birth_weight_kg=_number(animal["birth_weight"], 3),
        birth_weight_assumed=bool(animal["assumed"]), daily_gain_kg=_whole_gain(animal, rows),
        weighings=[_weighing(row) for row in rows],
        adjusted=[_tell_target(animal, rows, one, computed.adjusted[one]) for one in targets],
    )  # fmt: skip


def _whole_gain(animal: dict[str, Any], rows: list[dict[str, Any]]) -> float | None:
    """From birth, or else from the first weighing, to the last."""
    if not rows:
        return None
    last, first = rows[-1], rows[0]
    from_birth = not np.isnan(animal["birth_weight"]) and not np.isnan(last["age"])
    start = animal["birth_weight"] if from_birth else first["weight"]
    passed = last["age"] if from_birth else (last["day"] - first["day"]).days
    if passed <= 0:
        return None
    return _number(average_daily_gain(start, last["weight"], passed), 4)


def _weighing(row: dict[str, Any]) -> Weighing:
    return Weighing(
        record_id=row["record"], weighed_on=row["day"].date(), trait=row["trait"],
        weight_kg=round(row["weight"], 3), age_days=_whole(row["age"]), group=row["pen"],
        daily_gain_kg=_number(row["gain"], 4),
    )  # fmt: skip


def _tell_target(
    animal: dict[str, Any], rows: list[dict[str, Any]], target: Target, made: pd.DataFrame
) -> AdjustedWeight:
    used = made.loc[animal["animal"]] if animal["animal"] in made.index else None
    value = None if used is None else _number(used["value"], 3)
    record = None if used is None else used["record"]
    others = [row for row in rows if row["record"] != record]
    return AdjustedWeight(
        name=target.name, target_days=target.days, weight_kg=value, record_id=record,
        weighed_on=None if used is None else used["day"].date(),
        age_days=None if used is None else int(used["age"]),
        ratio=None if used is None else _number(used["ratio"], 1),
        contemporaries=0 if used is None else int(used["contemporaries"]),
        reason=target.rule if value is not None else _missing(animal, rows, target, used),
        not_used=[_not_used(row, target) for row in others],
    )  # fmt: skip


def _missing(animal: dict[str, Any], rows: list[dict[str, Any]], target: Target, used: Any) -> str:
    """Why there is no weight at the target's age, in words."""
    if pd.isna(animal["birth_date"]):
        return "The birth date is not recorded."
    if not rows:
        return "There is no weighing."
    if used is None:
        return f"No weighing is from {target.first} to {target.last} days of age."
    if np.isnan(animal["birth_weight"]):
        return "The birth weight is not recorded."
    if target.days == 205 and used["sex"] not in ("M", "F"):
        return "The sex is not known; the table of dams' ages is by sex."
    if target.days == 205 and pd.isna(animal["dam_birth"]):
        return "The dam's birth date is not known; her age is needed."
    if target.days == 205:
        return "The dam was younger than 20 months; BIF's table begins with 2-year-olds."
    return "There is no 205-day weight to start from."


def _not_used(row: dict[str, Any], target: Target) -> NotUsed:
    age = _whole(row["age"])
    if age is None:
        reason = "The birth date is not recorded."
    elif age < 0:
        reason = f"It is {-age} days before birth; correct its date or the birth date."
    elif not target.first <= age <= target.last:
        reason = f"At {age} days of age: outside {target.first} to {target.last} days."
    else:
        reason = f"At {age} days of age: another weighing is nearer to day {target.days}."
    return NotUsed(
        record_id=row["record"], weighed_on=row["day"].date(), age_days=age, reason=reason
    )


def _date(value: Any) -> Any:
    return None if pd.isna(value) else value.date()


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _number(value: Any, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
