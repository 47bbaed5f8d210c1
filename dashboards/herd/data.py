"""The numbers of a herd, without any drawing: what is asked of the hub and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from agrigen.client import Evaluation, Hub, Item
from dashboards.herd.state import PAGE_ROWS, HerdState
from dashboards.together import together

FEWEST_FOR_A_MEAN = 3
MOST_BREEDS = 6


@dataclass(frozen=True)
class TraitChoice:
    """A trait with a published evaluation."""

    code: str
    name: str
    unit: str
    evaluation: Evaluation

    @property
    def maternal(self) -> str | None:
        """The effect that says what an animal gives as a mother, if the evaluation has one."""
        effects = self.evaluation.item.get("genetic_effects") or ()
        names = (
            one["name"] for one in effects
            if one["role"] == "maternal" and self.code in one["traits"]
        )  # fmt: skip
        return next(names, None)


@dataclass(frozen=True)
class Herd:
    """One farm, its animals, and their breeding values for one trait where there are any."""

    farm: Item
    summary: Item
    animals: pd.DataFrame
    trait: TraitChoice | None


def load_traits(hub: Hub) -> list[TraitChoice]:
    """Traits with a published evaluation, the newest of each, last published first."""
    got = together(
        traits=lambda: {trait["code"]: trait for trait in hub.traits.iterate()},
        published=lambda: hub.evaluations.list(limit=200, published=True),
    )
    known, published = got["traits"], got["published"]
    newest: dict[str, TraitChoice] = {}
    for evaluation in sorted(published, key=lambda one: str(one.published_at)):
        for code in evaluation.traits:
            trait = known.get(code, {})
            name = trait.get("name") or code.replace("_", " ")
            newest[code] = TraitChoice(code, name, trait.get("unit", ""), evaluation)
    return sorted(newest.values(), key=lambda one: str(one.evaluation.published_at), reverse=True)


def traits_of(choices: Sequence[TraitChoice], farm: Mapping[str, Any]) -> list[TraitChoice]:
    """Those that evaluate animals of a farm."""
    return [one for one in choices if farm["id"] in one.evaluation.farm_ids]


def load_herd(hub: Hub, farm: Item, trait: TraitChoice | None) -> Herd:
    """A farm with its animals and their breeding values."""
    got = together(
        animals=lambda: hub.animals.frame(farm=farm["id"]),
        values=lambda: _values(trait, farm["id"]),
        summary=lambda: hub.farms.summary(farm["id"]),
    )
    merged = got["animals"].merge(got["values"], how="left", left_on="id", right_on="animal_id")
    return Herd(farm, got["summary"], merged, trait)


@dataclass(frozen=True)
class Work:
    """What waits on a farm: alerts that the viewer has not seen, and what is due today."""

    alerts: int
    due: int
    overdue: int


def load_work(hub: Hub, farm: Item) -> Work:
    """Asked after the herd, because it is not what the page is opened for."""
    today = datetime.now(ZoneInfo(farm.get("time_zone") or "UTC")).date()
    got = together(
        alerts=lambda: len(hub.alerts.of_farm(farm["id"])),
        due=lambda: hub.events.due(farm["id"], today, today),
    )
    late = int(got["due"]["overdue"].sum())
    return Work(got["alerts"], len(got["due"]) - late, late)


def _values(trait: TraitChoice | None, farm_id: str) -> pd.DataFrame:
    columns = ["animal_id", "breeding_value", "accuracy", "percentile", "records"]
    if trait is None:
        return pd.DataFrame(columns=[*columns, "maternal"])
    wanted = {"trait": trait.code, "farm_id": farm_id}
    values = trait.evaluation.frame(**wanted)[columns]
    if trait.maternal is None:
        return values.assign(maternal=None)
    maternal = trait.evaluation.frame(**wanted, effect=trait.maternal)
    return values.merge(
        maternal[["animal_id", "breeding_value"]].rename(columns={"breeding_value": "maternal"}),
        how="left",
        on="animal_id",
    )


def born_per_year(animals: pd.DataFrame) -> pd.Series:
    """Number of animals by year of birth, years without births included."""
    years = animals["birth_date"].dropna().dt.year
    if years.empty:
        return pd.Series(dtype=int)
    counts = years.value_counts()
    return counts.reindex(range(int(years.min()), int(years.max()) + 1), fill_value=0)


def trend(animals: pd.DataFrame) -> pd.Series:
    """Mean breeding value by year of birth; years with too few animals are left out."""
    known = animals.dropna(subset=["birth_date", "breeding_value"])
    groups = known.groupby(known["birth_date"].dt.year)["breeding_value"]
    means = groups.mean()
    return means[groups.size() >= FEWEST_FOR_A_MEAN].astype(float)


def yearly_change(means: pd.Series) -> float | None:
    """Slope of the trend per year; none from fewer than three years."""
    if len(means) < 3:
        return None
    years = means.index.to_numpy(dtype=float)
    centered = years - years.mean()
    return float((centered * means.to_numpy()).sum() / (centered**2).sum())


def breeds(animals: pd.DataFrame) -> pd.Series:
    """Living animals by breed, largest first; the small rest together."""
    names = animals.loc[animals["status"] == "alive", "breed"].replace("", "not recorded")
    counts = names.value_counts()
    if len(counts) <= MOST_BREEDS:
        return counts
    rest = pd.Series({"other": counts.iloc[MOST_BREEDS - 1 :].sum()})
    return pd.concat([counts.iloc[: MOST_BREEDS - 1], rest])


def alive_by_sex(animals: pd.DataFrame) -> dict[str, int]:
    """Living animals: in all, females, males."""
    alive = animals.loc[animals["status"] == "alive", "sex"]
    return {"all": len(alive), "F": int((alive == "F").sum()), "M": int((alive == "M").sum())}


def chosen(animals: pd.DataFrame, state: HerdState) -> pd.DataFrame:
    """The animals that match what the viewer asked for, in the order asked for."""
    wanted = animals
    if state.status:
        wanted = wanted[wanted["status"] == state.status]
    if state.sex:
        wanted = wanted[wanted["sex"] == state.sex]
    if state.text.strip():
        needle = state.text.strip()
        hit = [
            wanted[column].fillna("").str.contains(needle, case=False, regex=False)
            for column in ("tag", "name", "breed")
        ]
        wanted = wanted[hit[0] | hit[1] | hit[2]]
    key = state.order.removeprefix("-")
    column = "breeding_value" if key == "value" else key
    rising = not state.order.startswith("-")
    return wanted.sort_values([column, "tag"], ascending=[rising, True], na_position="last")


def page_of(animals: pd.DataFrame, page: int) -> pd.DataFrame:
    """One page of the list."""
    return animals.iloc[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
