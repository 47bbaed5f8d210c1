"""Use cases of evaluations: ask for one, follow it, read its breeding values, publish it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import agrigen as ag
from hub import audit, datasets, farms, jobs
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.evaluations import frozen, genotyped, groups, policy, repository, rules, snapshot
from hub.evaluations.models import Evaluation
from hub.evaluations.schemas import (
    EvaluationCreate,
    EvaluationRead,
    EvaluationsQuery,
    ModelDeclaration,
)
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND = "evaluation"
TASK = "evaluations.run"
MOST_SAMPLES = 500_000
"""Samples are held in memory: with thirty parameters these are 120 MB."""


async def create(tx: Transaction, objects: ObjectStore, new: EvaluationCreate) -> EvaluationRead:
    """Check the model, freeze the data as they are now and queue the computation."""
    policy.require_create(tx.actor, publish=new.publish)
    checked = check_model(new.model)
    version = await _version(tx, new)
    set_id = frozen.genotypes(version, new) if version else new.genotypes
    _check_genotypes(checked.model, given=set_id is not None)
    chosen = await genotyped.choose(tx, set_id) if set_id else None
    species = new.species or (chosen.set.species if chosen else None)
    selection = snapshot.Selection(new.farms, species, new.breed, new.rows)
    if version:
        taken = await frozen.take(tx, objects, version, selection, checked.model.traits)
    else:
        taken = await snapshot.take(tx, selection, checked.model.traits)
    _check_columns(checked.model, list(taken.data.columns))
    groups.check(taken.pedigree, new.model)
    if version and frozen.is_input(version):
        dataset = version
    else:
        if chosen:
            taken, chosen = genotyped.matched(checked.model, taken, chosen)
        dataset = await _freeze(tx, objects, new, taken, chosen, version)
    evaluation = Evaluation(
        id=new_id(),
        person_id=tx.actor.person_id,
        dataset_id=dataset.id,
        genotype_set_id=set_id,
        name=new.name,
        model=stored_model(new.model, checked.model),
        traits=list(checked.model.traits),
        genetic_effects=rules.genetic_effects(checked.model),
        farm_ids=dataset.farm_ids,
        publish_when_done=new.publish,
    )
    await repository.add(tx.session, evaluation)
    job = await jobs.create(tx, KIND, evaluation.id, TASK, evaluation_id=str(evaluation.id))
    evaluation.job_id = job.id
    await audit.write(
        tx, "evaluations:create", subject_id=evaluation.id, name=new.name, traits=evaluation.traits
    )
    return await read(tx, await repository.flush(tx.session, evaluation))


async def _version(tx: Transaction, new: EvaluationCreate) -> datasets.DatasetRead | None:
    """The version that is to be evaluated, if one was named and it can be."""
    if new.dataset_id is None:
        return None
    found = await datasets.get(tx, new.dataset_id)
    frozen.check(found, new)
    return found


async def _freeze(
    tx: Transaction,
    objects: ObjectStore,
    new: EvaluationCreate,
    taken: snapshot.Snapshot,
    chosen: genotyped.Chosen | None,
    version: datasets.DatasetRead | None,
) -> datasets.DatasetRead:
    """The data as they are now, and of a genotype set which sample is which animal."""
    description = new.model_dump(mode="json", exclude={"publish"}) | {"rows": taken.rows}
    origin, beside = taken.origin(taken.pedigree, taken.data)
    description |= origin
    if version:
        about = {"id": str(version.id), "content_hash": version.content_hash}
        description |= {"imports": version.description.get("imports", {}), "version": about}
    farm_ids, more = taken.farm_ids, {}
    if chosen:
        description["genotypes"] = chosen.description
        farm_ids = sorted({*farm_ids, *chosen.set.farm_ids})
        more = {genotyped.TABLE: chosen.links}
    return await datasets.freeze(
        tx, objects, new.name, taken.pedigree, taken.data, farm_ids, description, more, beside,
        parent_ids=[version.id] if version else [],
    )  # fmt: skip


def check_model(declared: ModelDeclaration) -> ag.ModelFile:
    """The model as agrigen understands it, or every problem with it.

    Groups have names when there is a pedigree, so they are checked then.
    """
    stated = declared.model_dump(mode="json", exclude_defaults=True, exclude={"groups", "gamma"})
    try:
        checked = ag.load_model(stated)
    except (ag.ModelError, ag.NotAvailable) as error:
        problems = [
            FieldError(f"model.{problem.kind}", problem.message, problem.remedy)
            for problem in error.problems
        ]
        raise Invalid(error.code, "The model cannot be evaluated.", errors=problems) from error
    if checked.model.animal is None:
        message = "The model has no effect of type animal or genomic, so no breeding values."
        fix = FieldError("model.effects", message, "Add {name: a, type: animal, column: animal}.")
        raise Invalid("evaluations.no_animal_effect", message, errors=[fix])
    if rules.kept_samples(checked.options) > MOST_SAMPLES:
        message = f"The options keep more than {MOST_SAMPLES:,} samples."
        fix = FieldError("model.options", message, "Raise thin, or lower iterations.")
        raise Invalid("evaluations.too_many_samples", message, errors=[fix])
    return checked


def _check_genotypes(model: ag.Model, *, given: bool) -> None:
    """Genotypes and effects that take them come together."""
    wanted = [effect.name for effect in model.effects if isinstance(effect, ag.Genomic)]
    if bool(wanted) == given:
        return
    message = (
        f"The genomic effect {wanted[0]} needs genotypes."
        if wanted
        else "The model has no genomic effect, so it takes no genotypes."
    )
    remedy = (
        "Name a genotype set that is done: genotypes."
        if wanted
        else "Add {name: g, type: genomic, method: single_step}, or leave genotypes out."
    )
    fix = FieldError("genotypes", message, remedy)
    raise Invalid("evaluations.genotypes", message, errors=[fix])


def stored_model(declared: ModelDeclaration, model: ag.Model) -> dict[str, Any]:
    """As declared; a formula as the traits and effects that it stands for."""
    stated = declared.model_dump(mode="json", exclude_defaults=True)
    if stated.pop("formula", None) is None:
        return stated
    return {**stated, **model.to_mapping()}


def _check_columns(model: ag.Model, there: Sequence[str]) -> None:
    """Every column that the model reads must be in the frozen data."""
    remedy = f"The data have {', '.join(there)}."
    missing = [
        FieldError("model.effects", f"The data have no column {name!r}.", remedy)
        for name in sorted(rules.columns_of(model) - set(there))
    ]
    if missing:
        raise Invalid(
            "evaluations.unknown_column", "The model names unknown columns.", errors=missing
        )


async def read(tx: Transaction, row: Evaluation) -> EvaluationRead:
    """What may be said of an evaluation; names of levels, animals and the genotype set only to who
    reads all of its farms.
    """
    found = EvaluationRead.model_validate(row)
    names = rules.level_names(found.model, found.summary)
    naming = names or rules.naming_animals(found.model) or found.genotype_set_id
    if not naming or await datasets.may_read(tx, found.dataset_id):
        return found
    hidden = {
        part: rules.masked(getattr(found, part), names)
        for part in ("model", "summary", "provenance")
    }
    hidden = {part: _nameless(value) for part, value in hidden.items()}
    return found.model_copy(update=hidden)


def _nameless(part: dict[str, Any]) -> dict[str, Any]:
    """A model, summary or provenance without animals that the model names, and the set's name."""
    nested = {
        key: _nameless(value)
        for key, value in part.items()
        if key in ("model", "parameters") and isinstance(value, dict)
    }
    if isinstance(part.get("genotypes"), dict):
        known = part["genotypes"]
        nested["genotypes"] = {key: known[key] for key in known if key != "name"}
    return {**rules.without_animals(part), **nested}


async def get(tx: Transaction, evaluation_id: UUID) -> EvaluationRead:
    """One evaluation: published, one's own, or any for a steward."""
    tx.actor.require(Permission.EVALUATIONS_READ)
    return await read(tx, await _evaluation(tx, evaluation_id))


async def search(tx: Transaction, query: EvaluationsQuery) -> Page[EvaluationRead]:
    """Evaluations one may know of, newest first."""
    tx.actor.require(Permission.EVALUATIONS_READ)
    page = await repository.search(tx.session, query)
    return Page([await read(tx, row) for row in page.items], page.next_cursor)


async def latest(tx: Transaction, trait: str) -> EvaluationRead:
    """The official evaluation of a trait: the one that was published last.

    Somebody who belongs to farms gets the last one that covers any of them, so that publishing one
    of other people's animals does not take theirs away.
    """
    tx.actor.require(Permission.EVALUATIONS_READ)
    found = await repository.latest(tx.session, trait, await farms.belonging(tx))
    if found is None:
        raise await _none_published(tx, trait)
    return await read(tx, found)


async def _none_published(tx: Transaction, trait: str) -> Missing:
    """A misspelt trait is the usual reason, so the traits that have one are named."""
    page = await repository.search(tx.session, EvaluationsQuery(published=True, limit=100))
    there = sorted({trait for row in page.items for trait in row.traits})
    text = f"No evaluation of {trait} is published for you."
    return Missing(
        "evaluations.none_published",
        f"{text} Published traits are {', '.join(there)}." if there else text,
    )


async def cancel(tx: Transaction, evaluation_id: UUID) -> EvaluationRead:
    """Stop an evaluation that waits or runs."""
    tx.actor.require(Permission.EVALUATIONS_RUN)
    await jobs.cancel(tx, jobs.of(await _evaluation(tx, evaluation_id)))
    return await get(tx, evaluation_id)


async def retry(tx: Transaction, evaluation_id: UUID) -> EvaluationRead:
    """Run a failed or cancelled evaluation again, on the data that were frozen for it."""
    tx.actor.require(Permission.EVALUATIONS_RUN)
    await jobs.retry(tx, jobs.of(await _evaluation(tx, evaluation_id)))
    return await get(tx, evaluation_id)


async def publish(tx: Transaction, evaluation_id: UUID) -> EvaluationRead:
    """Make an evaluation visible to everybody; each sees the animals of the farms they read."""
    evaluation = await _evaluation(tx, evaluation_id, lock=True)
    policy.require_publishable(tx.actor, evaluation)
    evaluation.published_at, evaluation.withdrawn_at = datetime.now(UTC), None
    await audit.write(
        tx, "evaluations:publish", subject_id=evaluation_id, result_hash=evaluation.result_hash
    )
    return await read(tx, await repository.flush(tx.session, evaluation))


async def withdraw(tx: Transaction, evaluation_id: UUID) -> EvaluationRead:
    """Take a published evaluation back; the one published before it is the latest again."""
    tx.actor.require(Permission.EVALUATIONS_PUBLISH)
    evaluation = await _evaluation(tx, evaluation_id, lock=True)
    if evaluation.published_at is None or evaluation.withdrawn_at is not None:
        raise Conflict("evaluations.not_published", "The evaluation is not published.")
    evaluation.withdrawn_at = datetime.now(UTC)
    await audit.write(tx, "evaluations:withdraw", subject_id=evaluation_id)
    return await read(tx, await repository.flush(tx.session, evaluation))


async def follow(tx: Transaction, evaluation_id: UUID, state: str, error: str) -> None:
    """Keep the evaluation's state equal to its job's."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"state": state, "error": error}
    values["finished_at"] = now if state in jobs.FINAL else None
    if state == "running":
        values["started_at"] = now
    await repository.change(tx.session, evaluation_id, values)


async def _evaluation(tx: Transaction, evaluation_id: UUID, *, lock: bool = False) -> Evaluation:
    evaluation = await repository.get(tx.session, evaluation_id, lock=lock)
    if evaluation is None:
        raise Missing("evaluations.not_found", "There is no such evaluation that you may see.")
    return evaluation
