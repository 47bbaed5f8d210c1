"""What an animal is worth by an index of published breeding values; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt
from typing import Any
from uuid import UUID

import numpy as np

POINTS = 10.0
"""Points of the default index for one genetic standard deviation of a trait of emphasis 1."""

_DAIRY = {
    "milk_yield": 1.0, "milk_305d": 1.0, "fat_percent": 0.25, "fat_305d": 0.5,
    "protein_percent": 0.5, "protein_305d": 1.0, "somatic_cell_count": -0.5,
    "somatic_cell_score": -0.5,
}  # fmt: skip
EMPHASIS: dict[str, dict[str, float]] = {
    "sheep": {"weaning_weight": 1.0, "pre_weaning_gain": 1.0, "litter_size": 1.0, **_DAIRY},
    "goat": {"weaning_weight": 0.5, "pre_weaning_gain": 0.5, "litter_size": 0.5, **_DAIRY},
    "cattle": {"weaning_weight": 1.0, "pre_weaning_gain": 1.0, **_DAIRY},
    "pig": {"weaning_weight": 0.5, "litter_size": 1.0},
}
"""Emphasis of traits where a farm gives no weights: set by us, as a start; less is better below 0.
Birth weight has none, because neither more nor less is better everywhere."""


@dataclass(frozen=True)
class GoalTrait:
    """A trait of an index: where its breeding values are, and what they count."""

    trait: str
    effect: str
    evaluation_id: UUID
    evaluation: str
    published_at: datetime | None
    weight: float = 0.0
    genetic_sd: float = 0.0


@dataclass(frozen=True)
class Worth:
    """What is known of one animal; breeding values and standard errors by trait."""

    values: Mapping[str, tuple[float, float]]
    index: float | None = None
    se: float = 0.0


def published(rows: Iterable[Any]) -> list[GoalTrait]:
    """Traits with a published evaluation, each with its direct genetic effect."""
    return [
        GoalTrait(row.trait, _direct(row.genetic_effects, row.trait), row.id, row.name,
                  row.published_at)
        for row in rows
    ]  # fmt: skip


def _direct(effects: Sequence[Mapping[str, Any]], trait: str) -> str:
    """The effect an animal is judged by: direct ones stand first."""
    return next((str(one["name"]) for one in effects if trait in one["traits"]), "a")


def goal(
    traits: Sequence[GoalTrait],
    rows: Sequence[Any],
    species: str,
    weights: Mapping[str, float] | None,
) -> list[GoalTrait]:
    """The traits that count, with weights and genetic standard deviations."""
    emphasis = EMPHASIS.get(species, {})
    found = []
    for one in traits:
        sd = _genetic_sd([row for row in rows if row.trait_code == one.trait])
        by_default = POINTS * emphasis.get(one.trait, 0.0) / sd if sd else 0.0
        weight = by_default if weights is None else weights.get(one.trait, 0.0)
        if weight and sd:
            found.append(replace(one, weight=weight, genetic_sd=sd))
    return found


def _genetic_sd(rows: Sequence[Any]) -> float:
    """From standard errors and reliabilities: se² = (1 - reliability) (1 + F) variance.

    Where an evaluation gave none, the standard deviation of the breeding values, which is less.
    """
    known = [
        row.se**2 / ((1 - row.reliability) * (1 + row.inbreeding))
        for row in rows
        if row.se and row.reliability is not None and row.reliability < 0.999
    ]
    if known:
        return sqrt(float(np.median(known)))
    return float(np.std([row.value for row in rows])) if len(rows) > 1 else 0.0


def goal_sd(traits: Iterable[GoalTrait]) -> float:
    """Genetic standard deviation of the index, traits taken as independent."""
    return sqrt(sum((one.weight * one.genetic_sd) ** 2 for one in traits))


def worths(traits: Sequence[GoalTrait], rows: Iterable[Any]) -> dict[UUID, Worth]:
    """Breeding values of each animal, and its index where no trait is missing."""
    values: dict[UUID, dict[str, tuple[float, float]]] = {}
    for row in rows:
        values.setdefault(row.animal_id, {})[row.trait_code] = (row.value, row.se or 0.0)
    return {animal: _worth(traits, found) for animal, found in values.items()}


def _worth(traits: Sequence[GoalTrait], values: Mapping[str, tuple[float, float]]) -> Worth:
    if not traits or any(one.trait not in values for one in traits):
        return Worth(values)
    index = sum(one.weight * values[one.trait][0] for one in traits)
    se = sqrt(sum((one.weight * values[one.trait][1]) ** 2 for one in traits))
    return Worth(values, index, se)
