"""Use cases of results: read what an evaluation gave, as far as one may see its animals."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hub import datasets
from hub.datasets import parquet
from hub.errors import FieldError, Invalid, Missing
from hub.evaluations import repository, rules, service, tables
from hub.evaluations.models import BreedingValue
from hub.evaluations.schemas import (
    AnimalValue,
    BreedingValueRead,
    BreedingValuesQuery,
    ContrastRead,
    DiagnosticsRead,
    EvaluationRead,
    MarkerEffectRead,
    MarkerEffectsQuery,
    RatioRead,
    ResultQuery,
    TrendRead,
    VarianceRead,
)
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

SOLUTIONS = "solutions.csv"
VALUES = "breeding_values.parquet"
VARIANCES = "variances.csv"
RATIOS = "ratios.csv"
TRENDS = "trends.parquet"
DIAGNOSTICS = "diagnostics.json"
PROVENANCE = "provenance.json"
MARKER_EFFECTS = "marker_effects.parquet"
CONTRASTS = "contrasts.parquet"
START = "start.json"
"""Where an interrupted estimation is to go on; gone when it is done."""


async def breeding_values(
    tx: Transaction, evaluation_id: UUID, query: BreedingValuesQuery
) -> Page[BreedingValueRead]:
    """Breeding values of animals on farms that the actor reads, best first by default."""
    evaluation = await service.get(tx, evaluation_id)
    trait, effect = _chosen(evaluation, query.trait, query.effect)
    page = await repository.breeding_values(tx.session, evaluation_id, trait, effect, query)
    shown = await repository.animals(tx.session, [value.animal_id for value in page.items])
    genetic = _genetic(evaluation)
    items = [
        BreedingValueRead(**_columns(value, shown[value.animal_id], genetic))
        for value in page.items
    ]
    return Page(items, page.next_cursor)


def _chosen(evaluation: EvaluationRead, trait: str | None, effect: str | None) -> tuple[str, str]:
    """The trait and effect asked for; by default the first trait and its direct effect."""
    trait = trait or evaluation.traits[0]
    there = rules.effects_of(_genetic(evaluation), trait)
    if not there:
        traits = ", ".join(evaluation.traits)
        raise _not_there("trait", f"{trait!r}", f"It evaluates {traits}.")
    if effect and effect not in there:
        found = f"Effects of {trait} are {', '.join(there)}."
        raise _not_there("effect", f"{effect!r} for {trait}", found)
    return trait, effect or there[0]


def _not_there(where: str, what: str, remedy: str) -> Invalid:
    message = f"The evaluation gives no breeding values of {where} {what}."
    return Invalid(f"evaluations.no_{where}", message, errors=[FieldError(where, message, remedy)])


def _genetic(evaluation: EvaluationRead) -> list[dict[str, Any]]:
    """Its genetic effects; one asked for by the release before names none and has values of "a"."""
    named = [effect.model_dump() for effect in evaluation.genetic_effects]
    return named or [{"name": "a", "role": "direct", "traits": evaluation.traits}]


async def of_animal(tx: Transaction, animal_id: UUID) -> list[AnimalValue]:
    """What the latest published evaluation of each trait says about an animal, direct first."""
    tx.actor.require(Permission.EVALUATIONS_READ)
    rows = await repository.of_animal(tx.session, animal_id)
    shown = await repository.animals(tx.session, [animal_id])
    found = [
        AnimalValue(
            **_columns(value, shown[animal_id], genetic), evaluation=name, published_at=published
        )
        for value, name, published, genetic, _ in rows
        if animal_id in shown
    ]
    return sorted(found, key=lambda one: (one.trait, one.role == "maternal"))


def _columns(value: BreedingValue, animal: Any, genetic: list[dict[str, Any]]) -> dict[str, Any]:
    numbers = ("value", "se", "reliability", "accuracy", "inbreeding", "records", "percentile")
    known = ("tag", "animal_name", "sex", "breed", "birth_date", "status", "farm")
    return {
        "evaluation_id": value.evaluation_id,
        "trait": value.trait_code,
        "effect": value.effect,
        "role": rules.role_of(genetic, value.effect),
        "animal_id": value.animal_id,
        "farm_id": value.farm_id,
        **{name: getattr(value, name) for name in numbers},
        **{name: getattr(animal, name) for name in known},
    }


async def content(tx: Transaction, objects: ObjectStore, evaluation_id: UUID, name: str) -> bytes:
    """A result file; it covers all farms of the evaluation, so one must read all of them."""
    evaluation = await service.get(tx, evaluation_id)
    await datasets.find(tx, evaluation.dataset_id)
    if name not in evaluation.objects:
        there = ", ".join(sorted(evaluation.objects)) or "none yet"
        raise Missing("evaluations.no_file", f"There is no result file {name!r}; there is {there}.")
    return await asyncio.to_thread(objects.get, evaluation.objects[name])


async def variances(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID, query: ResultQuery
) -> list[VarianceRead]:
    """Variance components of the whole population, with standard errors where estimated."""
    evaluation = await service.get(tx, evaluation_id)
    rows = await _table(objects, evaluation, VARIANCES, tables.VARIANCE_COLUMNS)
    return [
        VarianceRead.model_validate(row)
        for row in rules.masked(rows, await _hidden_names(tx, objects, evaluation))
        if query.trait in (None, row["trait_1"], row["trait_2"])
        and query.effect in (None, *row["effect"].split(":"))
    ]


async def ratios(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID, query: ResultQuery
) -> list[RatioRead]:
    """Heritabilities, repeatabilities and correlations, with errors where estimated."""
    evaluation = await service.get(tx, evaluation_id)
    rows = await _table(objects, evaluation, RATIOS, tables.RATIO_COLUMNS)
    return [
        RatioRead.model_validate(row)
        for row in rules.masked(rows, await _hidden_names(tx, objects, evaluation))
        if query.trait in (None, *map(rules.without_group, (row["trait_1"], row["trait_2"])))
        and query.effect in (None, row["effect_1"], row["effect_2"])
    ]


async def _hidden_names(
    tx: Transaction, objects: ObjectStore, evaluation: EvaluationRead
) -> list[str]:
    """Names of residual groups, which can be those of farms, where the actor is an outsider."""
    if await datasets.may_read(tx, evaluation.dataset_id):
        return []
    rows = await _table(objects, evaluation, VARIANCES, tables.VARIANCE_COLUMNS)
    return sorted({row["group"] for row in rows if row["group"]})


async def trends(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID, query: ResultQuery
) -> list[TrendRead]:
    """Mean breeding values by year of birth, of the whole population."""
    evaluation = await service.get(tx, evaluation_id)
    everything = await datasets.may_read(tx, evaluation.dataset_id)
    rows = parquet.rows(await _file(objects, evaluation, TRENDS))
    genetic = _genetic(evaluation)
    return [
        TrendRead(**row, role=rules.role_of(genetic, row["effect"]))
        for row in rules.shown_trends(rows, everything=everything)
        if query.trait in (None, row["trait"]) and query.effect in (None, row["effect"])
    ]


async def diagnostics(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID
) -> DiagnosticsRead:
    """How the numbers were found: convergence, reliabilities, and what there is to remark."""
    evaluation = await service.get(tx, evaluation_id)
    everything = await datasets.may_read(tx, evaluation.dataset_id)
    found = json.loads(await _file(objects, evaluation, DIAGNOSTICS))
    names = [str(name) for name in found.pop("residual_groups", ())]
    shown = rules.shown_diagnostics(found, names, everything=everything)
    genetic = _genetic(evaluation)
    counts = [
        {**one, "role": rules.role_of(genetic, one["effect"])} for one in shown["reliability"]
    ]
    return DiagnosticsRead.model_validate({**shown, "reliability": counts})


async def marker_effects(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID, query: MarkerEffectsQuery
) -> Page[MarkerEffectRead]:
    """Effects of markers; they name no animals, so who may see the evaluation reads all.

    None of an evaluation without genotypes. Of few animals they are for those who read all farms:
    see `rules.FEWEST_GENOTYPED`.
    """
    evaluation = await service.get(tx, evaluation_id)
    if evaluation.genotype_set_id is None:
        return Page([], None)
    stored = await _file(objects, evaluation, await _of_genomic(tx, evaluation))
    genomic = rules.genomic_effects(evaluation.model, evaluation.traits)
    trait = query.trait or evaluation.traits[0]
    effect = query.effect or next((name for name, traits in genomic if trait in traits), None)
    wanted = parquet.Slice(
        query.limit,
        query.cursor,
        equal={"trait": trait, "effect": effect, "chromosome": query.chromosome},
        order=None if query.order == "position" else query.order,
    )
    page = await asyncio.to_thread(parquet.page, stored, wanted)
    return Page([MarkerEffectRead.model_validate(row) for row in page.items], page.next_cursor)


async def marker_effects_csv(tx: Transaction, objects: ObjectStore, evaluation_id: UUID) -> bytes:
    """Effects of all markers, traits and genomic effects, as CSV; without genotypes its head."""
    evaluation = await service.get(tx, evaluation_id)
    if evaluation.genotype_set_id is None:
        return (",".join(MarkerEffectRead.model_fields) + "\n").encode()
    stored = await _file(objects, evaluation, await _of_genomic(tx, evaluation))
    return await asyncio.to_thread(parquet.to_csv, stored)


async def _of_genomic(tx: Transaction, evaluation: EvaluationRead) -> str:
    animals = evaluation.summary.get("genotypes", {}).get("animals", 0)
    if animals < rules.FEWEST_GENOTYPED and not await datasets.may_read(tx, evaluation.dataset_id):
        message = (
            f"Fewer than {rules.FEWEST_GENOTYPED} animals are genotyped, so effects of markers are "
            "shown only to those who read all of their farms."
        )
        raise Missing("evaluations.too_few_genotyped", message)
    return MARKER_EFFECTS


async def contrasts(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID
) -> list[ContrastRead]:
    """Differences that were asked for; they are of animals, so one must read all farms."""
    evaluation = await service.get(tx, evaluation_id)
    await datasets.find(tx, evaluation.dataset_id)
    if CONTRASTS not in evaluation.objects and evaluation.state == "done":
        return []
    stored = await _file(objects, evaluation, CONTRASTS)
    return [ContrastRead.model_validate(row) for row in parquet.rows(stored)]


async def _table(
    objects: ObjectStore, evaluation: EvaluationRead, name: str, columns: Sequence[str]
) -> list[dict[str, Any]]:
    return tables.rows_of(await _file(objects, evaluation, name), columns)


async def _file(objects: ObjectStore, evaluation: EvaluationRead, name: str) -> bytes:
    """A result file; what may be shown of it is decided by whoever asks for it here."""
    if name in evaluation.objects:
        return await asyncio.to_thread(objects.get, evaluation.objects[name])
    text = (
        "it was made before they were kept; run it again"
        if evaluation.state == "done"
        else f"it is {evaluation.state}"
    )
    raise Missing("evaluations.no_results", f"The evaluation has no such results: {text}.")
