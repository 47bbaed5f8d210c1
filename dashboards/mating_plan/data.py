"""What mating plans are made of and what they say, asked of the hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen.client import Hub, Item
from agrigen.client.breeding import Plan
from dashboards.downloads import CSV, Made
from dashboards.mating_plan.state import PAGE_ROWS
from dashboards.together import together

MOST_PLANS = 50
BARS = 24


@dataclass(frozen=True)
class Start:
    """What a plan of a farm starts from."""

    farm: Item
    index: Item
    candidates: pd.DataFrame
    studs: pd.DataFrame
    plans: list[Plan]

    @property
    def females(self) -> pd.DataFrame:
        return _of_sex(self.candidates, "F")

    @property
    def males(self) -> pd.DataFrame:
        """Males of the farm, then those of farms that are shared with everybody."""
        return pd.concat([_of_sex(self.candidates, "M"), self.studs], ignore_index=True)


def _of_sex(candidates: pd.DataFrame, sex: str) -> pd.DataFrame:
    return candidates[candidates["sex"] == sex].sort_values(
        ["index", "tag"], ascending=[False, True], na_position="last"
    )


def load_start(hub: Hub, farm: Item, farms: Sequence[Item]) -> Start:
    """Index, candidates and kept plans of a farm, with the males of shared farms."""
    studs = [
        one for one in farms
        if one["shared"] and one["id"] != farm["id"] and one["species"] == farm["species"]
    ]  # fmt: skip
    got = together(
        index=lambda: hub.breeding.index(farm["id"]),
        candidates=lambda: _candidates(hub, farm),
        studs=lambda: [_of_sex(_candidates(hub, one), "M") for one in studs],
        plans=lambda: hub.breeding.plans.list(limit=MOST_PLANS, farm=farm["id"]),
    )
    return Start(farm, got["index"], got["candidates"], _joined(got["studs"]), got["plans"])


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in frames if not frame.empty]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=COLUMNS)


COLUMNS = (
    "animal_id", "tag", "name", "sex", "breed", "birth_date", "index", "rank", "percentile", "farm",
)  # fmt: skip


def _candidates(hub: Hub, farm: Item) -> pd.DataFrame:
    found = hub.breeding.candidates(farm["id"]).assign(farm=farm["name"])
    return found.reindex(columns=COLUMNS)


def emphases(index: Mapping[str, Any]) -> dict[str, float]:
    """Share of each trait in the index: its weight times what animals differ in it."""
    spread = {one["trait"]: abs(one["weight"] * one["genetic_sd"]) for one in index["traits"]}
    total = sum(spread.values())
    return {trait: value / total for trait, value in spread.items()} if total else {}


def weights_of(index: Mapping[str, Any], points: Mapping[str, float]) -> dict[str, float] | None:
    """Weights a unit, from points for one genetic standard deviation; None when unchanged."""
    usual = {one["trait"]: one["weight"] for one in index["traits"]}
    given = {
        one["trait"]: points.get(one["trait"], 0.0) / one["genetic_sd"] for one in index["traits"]
    }
    same = all(abs(given[trait] - usual[trait]) <= 1e-3 * abs(usual[trait]) for trait in usual)
    return None if same else given


def points_of(one: Mapping[str, Any]) -> float:
    """Index points of an animal that is one genetic standard deviation better in a trait."""
    return round(float(one["weight"] * one["genetic_sd"]), 2)


def load_plan(hub: Hub, id: str) -> Plan:
    return hub.breeding.plans.get(id)


def page_of(rows: Sequence[Any], page: int) -> Sequence[Any]:
    return rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]


@dataclass(frozen=True)
class Spread:
    """How many living candidates of the farm have which index."""

    edges: list[float]
    counts: list[int]


def spread_of(candidates: pd.DataFrame) -> Spread | None:
    """The index of the herd as bars; None without at least two values."""
    values = candidates["index"].dropna().to_numpy(dtype=float)
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    counts, edges = np.histogram(values, bins=min(BARS, max(6, len(values) // 8)))
    return Spread(edges.tolist(), counts.tolist())


def better_share(candidates: pd.DataFrame, value: float) -> float | None:
    """Share of the herd whose index is lower than a value."""
    values = candidates["index"].dropna()
    return float((values < value).mean()) if len(values) else None


def matings_csv(hub: Hub, id: str) -> Made:
    """A kept plan as a table for a spreadsheet."""
    plan = load_plan(hub, id)
    return Made("mating-plan.csv", CSV, plan.csv())
