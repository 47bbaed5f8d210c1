"""Weights of an animal: at standard ages, the gains between, and the picture."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboards.animals.data import AnimalCard
from dashboards.components import charts
from dashboards.components.pieces import card, figure, table, text, tiles
from dashboards.components.units import in_unit, weight_with_unit
from dashboards.theme import MISSING, day, missing, number, words

GRAMS = 1000
FEWEST_FOR_A_PICTURE = 2


def weights(known: AnimalCard, unit: str) -> str:
    """Adjusted weights as tiles, weighings as a table; "" for an animal without any."""
    told = (known.performance or {}).get("weights") or {}
    weighed, born = told.get("weighings") or [], told.get("birth_weight_kg")
    if not weighed and not born:
        return ""
    adjusted = [_adjusted(one, unit) for one in told["adjusted"] if not missing(one["weight_kg"])]
    boxes = [(weight_with_unit(born, unit), "at birth")] if born else []
    boxes += adjusted
    if not missing(told.get("daily_gain_kg")):
        boxes.append((_gain(told["daily_gain_kg"], unit), "gain a day"))
    head = [("Day", ""), ("Age", "number"), ("Weight", "number"), ("Gain a day before", "number"),
            ("Kind", "")]  # fmt: skip
    cells = (
        [
            text(day(one["weighed_on"])),
            figure(f"{one['age_days']:,} days" if one["age_days"] is not None else MISSING),
            figure(weight_with_unit(one["weight_kg"], unit)),
            figure(_gain(one["daily_gain_kg"], unit)),
            text(words(one["trait"])),
        ]
        for one in reversed(weighed)
    )
    listed = table("Weighings", head, cells) if weighed else ""
    return card("Weights", tiles(boxes) + '<div style="height:.75rem"></div>' + listed)


def _adjusted(one: Mapping[str, Any], unit: str) -> tuple[str, str]:
    ratio = "" if missing(one["ratio"]) else f", {number(one['ratio'])} % of its group"
    return weight_with_unit(one["weight_kg"], unit), f"{one['name']} weight{ratio}"


def _gain(kilograms: Any, unit: str) -> str:
    if missing(kilograms):
        return MISSING
    if unit == "kg":
        return f"{kilograms * GRAMS:,.0f} g"
    return f"{in_unit(kilograms, unit):,.2f} {unit}"


def picture(known: AnimalCard, unit: str) -> list[Any]:
    """The weighings over time, from birth on where that is known."""
    told = (known.performance or {}).get("weights") or {}
    points = [(one["weighed_on"], one["weight_kg"]) for one in told.get("weighings") or ()]
    if told.get("birth_weight_kg") and told.get("birth_date"):
        points.insert(0, (told["birth_date"], told["birth_weight_kg"]))
    if len(points) < FEWEST_FOR_A_PICTURE:
        return []
    days = pd.to_datetime([on for on, _ in points])
    plot = charts.points_over_time([("", days, [in_unit(kg, unit) for _, kg in points])], unit)
    plot.y_range.start = 0
    return [charts.panel_of(plot, "Growth", "Weighings from birth on.")]
