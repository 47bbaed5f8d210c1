"""Weighings into gains and weights at standard ages; formulas are those of `agrigen.phenotypes`.

Everything is computed for all animals together and then told for those that were asked for.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from agrigen.types import Floats
from hub.performance.schemas import AdjustedWeight, AnimalWeights, NotUsed, Weighing

Row = dict[Hashable, Any]

EPOCH = date(1970, 1, 1)

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
    """All animals, their days on the scale, and each target's weights.

    `at`, the row of an animal, stands for it: numbers sort and join faster than ids.
    """

    animals: pd.DataFrame
    days: pd.DataFrame
    adjusted: dict[Target, pd.DataFrame]


def compute(
    animals: pd.DataFrame, weighings: pd.DataFrame, *, assumed_birth_weight: float | None = None
) -> Computed:
    """Gains and adjusted weights of all animals."""
    at = pd.Index(animals["animal"]).get_indexer(pd.Index(weighings["animal"]))
    weighings = weighings.assign(at=at, born=(weighings["trait"] == "birth_weight").to_numpy())
    animals = _birth_weights(animals, weighings, assumed_birth_weight)
    days = _days(animals, weighings)
    adjusted: dict[Target, pd.DataFrame] = {}
    species = animals["species"].to_numpy(object)
    for targets in (LAMB, CALF):
        of = np.isin(species, [name for name, own in TARGETS.items() if own is targets])
        for target in targets:
            adjusted[target] = _adjust(target, animals, days[of[days["at"].to_numpy()]], adjusted)
    return Computed(animals, days, adjusted)


def tell(computed: Computed, animal_ids: Sequence[str]) -> list[AnimalWeights]:
    """What is shown of some animals, in the order given."""
    shown = pd.Index(computed.animals["animal"]).get_indexer(pd.Index(list(animal_ids)))
    chosen = computed.days[np.isin(computed.days["at"], shown)]
    days: dict[int, list[Row]] = {}
    for row in chosen.to_dict("records"):
        days.setdefault(row["at"], []).append(row)
    made = {
        target: frame[np.isin(frame.index, shown)].to_dict("index")
        for target, frame in computed.adjusted.items()
    }
    rows = computed.animals.iloc[shown].to_dict("records")
    return [
        _tell_one(row, days.get(at, []), {one: found.get(at) for one, found in made.items()})
        for at, row in zip(shown.tolist(), rows, strict=True)
    ]


def _birth_weights(
    animals: pd.DataFrame, weighings: pd.DataFrame, assumed: float | None
) -> pd.DataFrame:
    born = weighings["born"].to_numpy()
    at, weight = weighings["at"].to_numpy()[born], weighings["weight"].to_numpy()[born]
    count = np.bincount(at, minlength=len(animals))
    total = np.bincount(at, weight, minlength=len(animals))
    recorded = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    filled = recorded if assumed is None else np.where(np.isnan(recorded), assumed, recorded)
    return animals.assign(
        birth_weight=filled, assumed=np.isnan(recorded) & ~np.isnan(filled),
        born=_since_epoch(animals["birth_date"]), dam_born=_since_epoch(animals["dam_birth"]),
    )  # fmt: skip


def _days(animals: pd.DataFrame, weighings: pd.DataFrame) -> pd.DataFrame:
    """One row a day on the scale, in order: age and gain since the day before, or since birth."""
    later = weighings[~weighings["born"].to_numpy() & weighings["day"].notna().to_numpy()]
    day = _since_epoch(later["day"])
    at = later["at"].to_numpy()
    # The weaning weight of a day gives it its name; what was weighed twice counts as the mean.
    other = (later["trait"] != "weaning_weight").to_numpy()
    order = np.lexsort((other, day, at))
    at, day, weight = at[order], day[order], later["weight"].to_numpy()[order]
    same = (np.diff(at, prepend=-1) == 0) & (np.diff(day, prepend=-1) == 0)
    first = np.flatnonzero(~same)
    if same.any():
        weight = np.add.reduceat(weight, first) / np.diff(np.append(first, len(at)))
    rows = later.iloc[order[first]]
    at, day = at[first], day[first]
    frame = pd.DataFrame(
        {"at": at, "day": day, "weight": weight, "age": day - animals["born"].to_numpy()[at],
         "record": rows["record"].array, "trait": rows["trait"].array, "pen": rows["pen"].array}
    )  # fmt: skip
    return frame.assign(gain=_gains(frame, animals["birth_weight"].to_numpy()[at]))


def _gains(days: pd.DataFrame, birth_weight: Floats) -> Floats:
    at, day, weight, age = (days[name].to_numpy() for name in ("at", "day", "weight", "age"))
    again = np.diff(at, prepend=-1) == 0
    before = np.where(again, np.roll(weight, 1), birth_weight)
    passed = np.where(again, day - np.roll(day, 1), age)
    return average_daily_gain(before, weight, np.where(passed > 0, passed, np.nan))


def _adjust(
    target: Target, animals: pd.DataFrame, days: pd.DataFrame, done: dict[Target, pd.DataFrame]
) -> pd.DataFrame:
    """The weighing nearest to the target's age in its window, and what it becomes; by animal."""
    age = days["age"].to_numpy()
    inside = np.flatnonzero((age >= target.first) & (age <= target.last))
    at = days["at"].to_numpy()[inside]
    order = np.lexsort((np.abs(age[inside] - target.days), at))
    nearest = inside[order[np.diff(at[order], prepend=-1) != 0]]
    chosen = days.iloc[nearest].set_index("at")
    of = animals[["sex", "birth_weight", "born", "dam_born"]].iloc[chosen.index]
    chosen = chosen.assign(**{name: of[name].array for name in of})
    chosen["value"] = _value(target, chosen, done) if len(chosen) else np.nan
    return _ratios(chosen)


def _value(target: Target, row: pd.DataFrame, done: dict[Target, pd.DataFrame]) -> Floats:
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


def _dam_age(row: pd.DataFrame) -> Floats:
    years = (row["born"] - row["dam_born"]).to_numpy() / 365.25
    years = np.where((years >= YOUNGEST_DAM) & (years < 2), 2.0, years)
    return np.where(years < 2, np.nan, years)


def _sex(row: pd.DataFrame) -> list[str | None]:
    return [one if one in ("M", "F") else None for one in row["sex"]]


def _ratios(chosen: pd.DataFrame) -> pd.DataFrame:
    """Contemporaries: of one sex, weighed on the same day in the same management group."""
    group = chosen.groupby(["sex", "day", "pen"], sort=False).ngroup().to_numpy()
    known = chosen["value"].notna().to_numpy()
    size = np.bincount(group[known], minlength=len(chosen))[group] * known
    ratio = weight_ratio(chosen["value"], group) if len(chosen) else chosen["value"]
    ratio = np.where(size >= FEWEST_CONTEMPORARIES, ratio, np.nan)
    return chosen.assign(ratio=ratio, contemporaries=size)


def _since_epoch(dates: pd.Series) -> Floats:
    """Days since 1970, nan unknown."""
    days = dates.to_numpy("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def _calendar(day: float) -> date:
    return EPOCH + timedelta(days=int(day))


def _tell_one(animal: Row, rows: list[Row], made: dict[Target, Row | None]) -> AnimalWeights:
    targets = TARGETS.get(animal["species"], ())
    return AnimalWeights(
        animal_id=animal["animal"], tag=animal["tag"], sex=animal["sex"],
        birth_date=_date(animal["birth_date"]),
        birth_weight_kg=_number(animal["birth_weight"], 3),
        birth_weight_assumed=bool(animal["assumed"]), daily_gain_kg=_whole_gain(animal, rows),
        weighings=[_weighing(row) for row in rows],
        adjusted=[_tell_target(animal, rows, one, made[one]) for one in targets],
    )  # fmt: skip


def _whole_gain(animal: Row, rows: list[Row]) -> float | None:
    """From birth, or else from the first weighing, to the last."""
    if not rows:
        return None
    last, first = rows[-1], rows[0]
    from_birth = not np.isnan(animal["birth_weight"]) and not np.isnan(last["age"])
    start = animal["birth_weight"] if from_birth else first["weight"]
    passed = last["age"] if from_birth else last["day"] - first["day"]
    if passed <= 0:
        return None
    return _number(average_daily_gain(start, last["weight"], passed), 4)


def _weighing(row: Row) -> Weighing:
    return Weighing(
        record_id=row["record"], weighed_on=_calendar(row["day"]), trait=row["trait"],
        weight_kg=round(row["weight"], 3), age_days=_whole(row["age"]), group=row["pen"],
        daily_gain_kg=_number(row["gain"], 4),
    )  # fmt: skip


def _tell_target(animal: Row, rows: list[Row], target: Target, used: Row | None) -> AdjustedWeight:
    value = None if used is None else _number(used["value"], 3)
    record = None if used is None else used["record"]
    others = [row for row in rows if row["record"] != record]
    return AdjustedWeight(
        name=target.name, target_days=target.days, weight_kg=value, record_id=record,
        weighed_on=None if used is None else _calendar(used["day"]),
        age_days=None if used is None else int(used["age"]),
        ratio=None if used is None else _number(used["ratio"], 1),
        contemporaries=0 if used is None else int(used["contemporaries"]),
        reason=target.rule if value is not None else _missing(animal, rows, target, used),
        not_used=[_not_used(row, target) for row in others],
    )  # fmt: skip


def _missing(animal: Row, rows: list[Row], target: Target, used: Any) -> str:
    """Why there is no weight at the target's age, in words."""
    if pd.isna(animal["birth_date"]):
        return "The birth date is not recorded."
    if not rows:
        return "There is no weighing."
    if used is None:
        return f"No weighing is from {target.first} to {target.last} days of age."
    if np.isnan(animal["birth_weight"]):
        return "The birth weight is not recorded."
    if target.days == 205 and animal["sex"] not in ("M", "F"):
        return "The sex is not known; the table of dams' ages is by sex."
    if target.days == 205 and np.isnan(animal["dam_born"]):
        return "The dam's birth date is not known; her age is needed."
    if target.days == 205:
        return "The dam was younger than 20 months; BIF's table begins with 2-year-olds."
    return "There is no 205-day weight to start from."


def _not_used(row: Row, target: Target) -> NotUsed:
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
        record_id=row["record"], weighed_on=_calendar(row["day"]), age_days=age, reason=reason
    )


def _date(value: Any) -> Any:
    return None if pd.isna(value) else value.date()


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _number(value: Any, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
