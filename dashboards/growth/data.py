"""Weights, lactations, condition and withdrawals of a farm, asked of the hub."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from agrigen.client import Denied, Hub, Item
from dashboards.growth.state import PAGE_ROWS
from dashboards.together import together

YEARS_BACK = 8
MOST_SIRES = 12
DROP = 0.20
"""A fall of milk from one test to the next that deserves a look (facts of the alerts)."""
DAIRY_FIRST = ("cattle",)


@dataclass(frozen=True)
class Growth:
    """The young of one year: every weighing, weights at standard ages, sires beside each other."""

    year: int
    young: list[Item]
    sires: pd.DataFrame

    @property
    def targets(self) -> list[int]:
        """Standard ages that at least one animal was brought to."""
        found = {
            one["target_days"]
            for animal in self.young
            for one in animal["adjusted"]
            if one["weight_kg"] is not None
        }
        return sorted(found)

    @property
    def usual(self) -> int:
        """The age that most animals have a weight at; 0 where none has."""
        known = {days: len(adjusted_weights(self.young, days)) for days in self.targets}
        return max(known, key=lambda days: known[days], default=0)


@dataclass(frozen=True)
class Milk:
    """Lactations of a farm, what its herd gives by day in milk, and which cows fell."""

    lactations: pd.DataFrame
    curves: pd.DataFrame
    drops: pd.DataFrame

    @property
    def running(self) -> pd.DataFrame:
        return self.lactations[~self.lactations["finished"].astype(bool)]

    @property
    def listed(self) -> pd.DataFrame:
        """The running ones, newest first; where none runs, those that are over."""
        shown = self.lactations if self.running.empty else self.running
        return shown.sort_values("calved_on", ascending=False)


@dataclass(frozen=True)
class Health:
    """Whose meat or milk is withheld, and condition scores of the last year."""

    withdrawals: pd.DataFrame
    scores: pd.DataFrame


def load_growth(hub: Hub, farm: Item, year: int | None) -> Growth:
    """The young of a year; without one, of the last year with weighings."""
    today = date.today().year
    years = [year] if year else range(today, today - YEARS_BACK, -1)
    young: list[Item] = []
    for one in years:
        young = weighed(_born_in(hub, farm, one))
        if young:
            break
    sires = optional(lambda: hub.reports.frames(farm["id"], "growth")["growth_by_sire"])
    return Growth(one if young else (year or today), young, sires)


def _born_in(hub: Hub, farm: Item, year: int) -> list[Item]:
    return hub.performance.weight_items(
        farm["id"], born_from=f"{year}-01-01", born_to=f"{year}-12-31"
    )


def weighed(animals: Sequence[Item]) -> list[Item]:
    """Those with a weighing after birth."""
    return [one for one in animals if one["weighings"]]


def optional(ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """A part that the page can do without: nothing for who may not see it."""
    try:
        return ask()
    except Denied:
        return pd.DataFrame()


def load_milk(hub: Hub, farm: Item) -> Milk:
    """Lactations of the last two years, and curves of the last three."""
    since = f"{date.today().year - 2}-01-01"
    got = together(
        lactations=lambda: hub.performance.lactations(farm["id"], calved_from=since),
        curves=lambda: optional(lambda: hub.reports.frames(farm["id"], "milk")["milk_curves"]),
        drops=lambda: optional(lambda: hub.alerts.of_farm(farm["id"], seen=True)),
    )
    return Milk(got["lactations"], got["curves"], milk_drops(got["drops"]))


def milk_drops(alerts: pd.DataFrame) -> pd.DataFrame:
    """Of all alerts those that tell of falling milk."""
    return alerts[alerts["kind"] == "milk_drop"] if "kind" in alerts else pd.DataFrame()


def load_health(hub: Hub, farm: Item) -> Health:
    """Running withdrawals and the condition scores of a year."""
    since = f"{date.today().year - 1}-01-01"
    got = together(
        withdrawals=lambda: optional(lambda: hub.performance.withdrawals(farm["id"])),
        scores=lambda: hub.records.of_farm(
            farm["id"], trait="body_condition", limit=5000, from_=since
        ),
    )
    return Health(got["withdrawals"], got["scores"])


def load_cow(hub: Hub, animal_id: str) -> list[Item]:
    """Lactations of one cow with test days and curve, newest first."""
    return hub.performance.lactations_of(animal_id)


def gains(young: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every weighing as a point: tag, age in days, weight, sex; birth is age 0."""
    rows = []
    for one in young:
        if one["birth_weight_kg"] is not None and not one["birth_weight_assumed"]:
            rows.append((one["tag"], 0, one["birth_weight_kg"], one["sex"]))
        rows += [
            (one["tag"], each["age_days"], each["weight_kg"], one["sex"])
            for each in one["weighings"]
            if each["age_days"] is not None
        ]
    return pd.DataFrame(rows, columns=["tag", "age", "kg", "sex"])


def adjusted_of(one: Mapping[str, Any], days: int) -> Mapping[str, Any] | None:
    """The weight of an animal brought to an age, with its reasons."""
    return next((each for each in one["adjusted"] if each["target_days"] == days), None)


def adjusted_weights(young: Sequence[Mapping[str, Any]], days: int) -> pd.Series:
    """The weights at one age that are known, by tag."""
    found = {one["tag"]: adjusted_of(one, days) for one in young}
    known = {tag: one["weight_kg"] for tag, one in found.items()
             if one and one["weight_kg"] is not None}  # fmt: skip
    return pd.Series(known, dtype=float)


def heaviest_first(young: Sequence[Item], days: int) -> list[Item]:
    """By weight at an age; those without one last, by tag."""

    def key(one: Item) -> tuple[bool, float, str]:
        known = adjusted_of(one, days)
        weight = known["weight_kg"] if known else None
        return weight is None, -(weight or 0.0), one["tag"]

    return sorted(young, key=key)


def reasons(one: Mapping[str, Any], days: int) -> list[str]:
    """How the weight was made or why there is none, and why other weighings were not used."""
    known = adjusted_of(one, days)
    if known is None:
        return []
    unused = [f"{each['weighed_on']}: {each['reason']}" for each in known["not_used"]]
    return [known["reason"], *unused]


def never_used(one: Mapping[str, Any]) -> int:
    """How many weighings no adjusted weight was made from."""
    used = {known["record_id"] for known in one["adjusted"]}
    unused = {each["record_id"] for known in one["adjusted"] for each in known["not_used"]}
    return len(unused - used)


def sires_of(sires: pd.DataFrame, days: int) -> pd.DataFrame:
    """Sires with the weight at an age (or at weaning) of their young, best first."""
    if sires.empty:
        return sires
    wanted = sires[sires["measure"].str.startswith(f"{days}-day weight")]
    if wanted.empty:
        wanted = sires[sires["measure"].str.startswith("weaning weight")]
    wanted = wanted.assign(shown=wanted["adjusted_mean"].fillna(wanted["mean"]))
    wanted = wanted[(wanted["sire"] != "*") & wanted["shown"].notna()]
    return wanted.sort_values("shown", ascending=False).head(MOST_SIRES)


def tests_with_drops(tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Test days in order with the change of milk since the test before."""
    told: list[dict[str, Any]] = []
    before = None
    for one in sorted(tests, key=lambda test: test["dim"]):
        milk = one["milk_kg"]
        change = milk / before - 1 if milk is not None and before else None
        told.append({**one, "change": change, "drop": change is not None and change <= -DROP})
        before = milk if milk is not None else before
    return told


def find_tag(tags: Sequence[str], written: str) -> str | None:
    """The tag that was meant: the same, or the only one that contains it."""
    wanted = written.strip().lower()
    if not wanted:
        return None
    known = list(dict.fromkeys(tags))  # a cow stands in a list once a lactation
    same = [tag for tag in known if tag.lower() == wanted]
    near = same or [tag for tag in known if wanted in tag.lower()]
    return near[0] if len(near) == 1 else None


def page_of(rows: Sequence[Any], page: int) -> Sequence[Any]:
    return rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
