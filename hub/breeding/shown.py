"""Plans and indexes as they are shown, with words; pure functions."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd

from agrigen.io.csv import harmless
from hub.breeding.models import MatingPlan
from hub.breeding.schemas import (
    CandidateRead,
    IndexRead,
    IndexTrait,
    MaleUse,
    MatingRead,
    OneMating,
    PlanRead,
    PlanSummary,
    Unmated,
)
from hub.breeding.valuation import EMPHASIS, GoalTrait, goal_sd
from hub.breeding.words import notice, percent, say
from hub.schemas import Language


def index(
    farm: Any,
    evaluated: Sequence[GoalTrait],
    goal: Sequence[GoalTrait],
    names: Mapping[str, Any],
    language: Language,
) -> IndexRead:
    """An index with an explanation."""
    traits = [
        IndexTrait(name=names[one.trait].name, unit=names[one.trait].unit, **goal_trait(one))
        for one in goal
    ]
    return IndexRead(
        farm_id=farm.id,
        species=farm.species,
        traits=traits,
        sd=goal_sd(goal) or None,
        explanation=_explained(farm.species, evaluated, goal, language),
    )


def _explained(
    species: str, evaluated: Sequence[GoalTrait], goal: Sequence[GoalTrait], language: Language
) -> str:
    if not evaluated:
        return say("index.none", language)
    if not goal:
        traits = ", ".join(one.trait for one in evaluated)
        return say("index.unweighted", language, {"traits": traits})
    emphasis = EMPHASIS[species]
    told = ", ".join(f"{one.trait} {emphasis[one.trait]:g}" for one in goal)
    return say("index.default", language, {"emphases": told})


def goal_trait(one: GoalTrait) -> dict[str, Any]:
    """A trait that counts, as it is stored and shown."""
    return {
        "trait": one.trait,
        "weight": one.weight,
        "genetic_sd": one.genetic_sd,
        "evaluation_id": str(one.evaluation_id),
        "evaluation": one.evaluation,
        "published_at": one.published_at.isoformat() if one.published_at else None,
    }


def candidate(animal: Any, value: float | None, place: Mapping[str, Any]) -> CandidateRead:
    """An animal with its place among its like."""
    known = value is not None and not isnan(value)
    columns = ("tag", "name", "sex", "breed", "birth_date")
    return CandidateRead(
        animal_id=animal.id,
        **{name: getattr(animal, name) for name in columns},
        index=value,
        rank=int(place["rank"]) if known else None,
        percentile=place["percentile"] if known else None,
    )


def summary(row: MatingPlan) -> PlanSummary:
    """A plan without its list."""
    return PlanSummary(**_head(row))


def _head(row: MatingPlan) -> dict[str, Any]:
    own = ("id", "farm_id", "name", "created_at")
    of_result = ("females", "mated", "mean_index", "mean_inbreeding")
    return {name: getattr(row, name) for name in own} | {n: row.result[n] for n in of_result}


def plan(row: MatingPlan, language: Language) -> PlanRead:
    """A plan with its list, notices in words."""
    result = row.result
    return PlanRead(
        **_head(row),
        settings=row.settings,
        evaluation_ids=row.evaluation_ids,
        provenance=row.provenance,
        matings=[_mating(one, language) for one in result["matings"]],
        unmated=[Unmated(**_told(one, language)) for one in result["unmated"]],
        males=[MaleUse(**one) for one in result["males"]],
    )


def _mating(one: Mapping[str, Any], language: Language) -> MatingRead:
    second = OneMating(**_told(one["second"], language)) if one["second"] else None
    return MatingRead(**{**_told(one, language), "second": second})


def _told(one: Mapping[str, Any], language: Language) -> dict[str, Any]:
    told = [notice(code, language, parameters) for code, parameters in one["notices"]]
    return {**one, "notices": told}


def csv(found: PlanRead) -> bytes:
    """One row a female: who she goes to, who would be next, and what there is to know."""
    rows = [
        {
            "female": one.female_tag,
            "male": one.male_tag,
            "index": _rounded(one.index),
            "inbreeding_percent": percent(one.inbreeding),
            "second_male": one.second.male_tag if one.second else "",
            "second_index": _rounded(one.second.index) if one.second else "",
            "second_inbreeding_percent": percent(one.second.inbreeding) if one.second else "",
            "remarks": " ".join(note.message for note in one.notices),
        }
        for one in found.matings
    ]
    left = [
        {"female": one.female_tag, "remarks": " ".join(note.message for note in one.notices)}
        for one in found.unmated
    ]
    columns = ["female", "male", "index", "inbreeding_percent", "second_male", "second_index",
               "second_inbreeding_percent", "remarks"]  # fmt: skip
    frame = pd.DataFrame([*rows, *left], columns=columns).fillna("").astype(object)
    return harmless(frame).to_csv(index=False).encode("utf-8-sig")


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
