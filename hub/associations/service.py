"""Use cases of association studies: ask for one, follow it, publish it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import agrigen as ag
from hub import audit, datasets, jobs
from hub.associations import policy, repository, selection
from hub.associations.models import Association
from hub.associations.schemas import AssociationCreate, AssociationRead, AssociationsQuery
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.evaluations import genotyped, rules, snapshot
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND = "association"
TASK = "associations.run"
ANIMAL = "animal"
"""Column and effect of the animals that are tested."""
SETTINGS = {
    "effects", "method", "test", "relationship", "leave_one_chromosome_out", "condition_on",
    "min_maf", "max_missing", "records", "window",
}  # fmt: skip
OF_ONE_METHOD = (
    ("test", "wald", ("exact", "approximate")),
    ("relationship", "vanraden1", ("exact", "approximate", "calibrated", "binary")),
    ("leave_one_chromosome_out", False, ("exact", "approximate", "calibrated", "binary")),
)
"""Settings with what they are when nobody asks, and the methods that have them."""


async def create(tx: Transaction, objects: ObjectStore, new: AssociationCreate) -> AssociationRead:
    """Check the model, freeze the records of genotyped animals and queue the tests."""
    policy.require_create(tx.actor, publish=new.publish)
    _check_settings(new)
    model = model_of(new.trait, new.effects, new.formula)
    chosen = await genotyped.choose(tx, new.genotypes)
    dataset = await _freeze(tx, objects, new, model, chosen)
    settings = new.model_dump(mode="json", include=SETTINGS)
    settings["effects"] = [e for e in model.to_mapping()["effects"] if e["type"] != "animal"]
    association = Association(
        id=new_id(),
        person_id=tx.actor.person_id,
        dataset_id=dataset.id,
        genotype_set_id=chosen.set.id,
        name=new.name,
        trait=new.trait,
        settings=settings,
        farm_ids=dataset.farm_ids,
        publish_when_done=new.publish,
    )
    await repository.add(tx.session, association)
    job = await jobs.create(tx, KIND, association.id, TASK, association_id=str(association.id))
    association.job_id = job.id
    await audit.write(
        tx, "associations:create", subject_id=association.id, name=new.name, trait=new.trait
    )
    return AssociationRead.model_validate(await repository.flush(tx.session, association))


async def _freeze(
    tx: Transaction,
    objects: ObjectStore,
    new: AssociationCreate,
    model: ag.Model,
    chosen: genotyped.Chosen,
) -> datasets.DatasetRead:
    """One record of each genotyped animal, and which sample is which animal."""
    species = new.species or chosen.set.species
    wanted = snapshot.Selection(new.farms, species, new.breed, "date")
    taken = await snapshot.take(tx, wanted, [new.trait])
    _check_columns(model, list(taken.data.columns))
    mine = taken.data[taken.data["animal"].isin(chosen.links["animal"])]
    genotyped.require_records(chosen, mine, [new.trait])
    data = selection.one_an_animal(mine, model, new.records)
    pedigree = taken.pedigree[taken.pedigree["id"].isin(data["animal"])].reset_index(drop=True)
    description = new.model_dump(mode="json", exclude={"publish"})
    description |= {"genotypes": chosen.description, "of_records": len(taken.data)}
    origin, beside = taken.origin(pedigree, data)
    links = {genotyped.TABLE: chosen.links}
    return await datasets.freeze(
        tx, objects, new.name, pedigree, data, chosen.set.farm_ids, description | origin, links,
        beside,
    )  # fmt: skip


def model_of(trait: str, effects: Sequence[dict[str, Any]], formula: str | None = None) -> ag.Model:
    """The model that is tested, or every problem with it."""
    if formula is not None and effects:
        message = "The study has a formula and effects."
        error = FieldError("formula", message, "Say it once: leave out one of them.")
        raise Invalid("associations.formula", message, errors=[error])
    random = [effect for effect in effects if effect.get("type") not in ("fixed", "covariate")]
    if random:
        raise _random_effect(random[0].get("name"), random[0].get("type"))
    animal = {"name": ANIMAL, "type": "animal", "column": ANIMAL}
    declared: dict[str, Any] = {"traits": [trait], "effects": [*effects, animal]}
    if formula is not None:
        declared = {"formula": f"{trait} ~ {formula} + animal({ANIMAL}, name={ANIMAL})"}
    model = _checked(declared)
    for effect in model.random:
        if effect.name != ANIMAL:
            raise _random_effect(effect.name, type(effect).__name__.lower())
    return model


def _random_effect(name: object, kind: object) -> Invalid:
    message = f"The effect {name!r} is of type {kind!r}."
    remedy = "Give fixed effects and covariates; relationships are those of the genotypes."
    error = FieldError("effects", message, remedy)
    return Invalid("associations.random_effect", message, errors=[error])


def _checked(declared: dict[str, Any]) -> ag.Model:
    try:
        return ag.load_model({**declared, "estimate": "reml"}).model
    except (ag.ModelError, ag.NotAvailable) as error:
        problems = [FieldError(f"effects.{p.kind}", p.message, p.remedy) for p in error.problems]
        raise Invalid(error.code, "The model cannot be tested.", errors=problems) from error


def _check_settings(new: AssociationCreate) -> None:
    """Refuse what the method would not heed."""
    errors = [
        FieldError(
            name,
            f"The method {new.method} has no {name.replace('_', ' ')}.",
            f"Leave it out, or use {', '.join(methods)}.",
        )
        for name, default, methods in OF_ONE_METHOD
        if getattr(new, name) != default and new.method not in methods
    ]
    if errors:
        raise Invalid("associations.settings", errors[0].message, errors=errors)


def _check_columns(model: ag.Model, there: Sequence[str]) -> None:
    missing = sorted(rules.columns_of(model) - set(there))
    if missing:
        remedy = f"The data have {', '.join(there)}."
        errors = [FieldError("effects", f"The data have no column {n!r}.", remedy) for n in missing]
        raise Invalid(
            "associations.unknown_column", "The effects name unknown columns.", errors=errors
        )


async def get(tx: Transaction, association_id: UUID) -> AssociationRead:
    """One study: published, one's own, or any for a steward."""
    tx.actor.require(Permission.ASSOCIATIONS_READ)
    return AssociationRead.model_validate(await _association(tx, association_id))


async def search(tx: Transaction, query: AssociationsQuery) -> Page[AssociationRead]:
    """Studies one may know of, newest first."""
    tx.actor.require(Permission.ASSOCIATIONS_READ)
    page = await repository.search(tx.session, query)
    return Page([AssociationRead.model_validate(row) for row in page.items], page.next_cursor)


async def cancel(tx: Transaction, association_id: UUID) -> AssociationRead:
    """Stop a study that waits or runs."""
    tx.actor.require(Permission.ASSOCIATIONS_RUN)
    await jobs.cancel(tx, jobs.of(await _association(tx, association_id)))
    return await get(tx, association_id)


async def retry(tx: Transaction, association_id: UUID) -> AssociationRead:
    """Run a failed or cancelled study again, on the data that were frozen for it."""
    tx.actor.require(Permission.ASSOCIATIONS_RUN)
    await jobs.retry(tx, jobs.of(await _association(tx, association_id)))
    return await get(tx, association_id)


async def publish(tx: Transaction, association_id: UUID) -> AssociationRead:
    """Make a study visible to everybody who may see studies; it names no animals."""
    association = await _association(tx, association_id, lock=True)
    policy.require_publishable(tx.actor, association)
    association.published_at, association.withdrawn_at = datetime.now(UTC), None
    await audit.write(
        tx,
        "associations:publish",
        subject_id=association_id,
        result_hash=association.result_hash,
    )
    return AssociationRead.model_validate(await repository.flush(tx.session, association))


async def withdraw(tx: Transaction, association_id: UUID) -> AssociationRead:
    """Take a published study back."""
    tx.actor.require(Permission.EVALUATIONS_PUBLISH)
    association = await _association(tx, association_id, lock=True)
    if association.published_at is None or association.withdrawn_at is not None:
        raise Conflict("associations.not_published", "The study is not published.")
    association.withdrawn_at = datetime.now(UTC)
    await audit.write(tx, "associations:withdraw", subject_id=association_id)
    return AssociationRead.model_validate(await repository.flush(tx.session, association))


async def follow(tx: Transaction, association_id: UUID, state: str, error: str) -> None:
    """Keep the study's state equal to its job's."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"state": state, "error": error}
    values["finished_at"] = now if state in jobs.FINAL else None
    if state == "running":
        values["started_at"] = now
    await repository.change(tx.session, association_id, values)


async def _association(tx: Transaction, association_id: UUID, *, lock: bool = False) -> Association:
    association = await repository.get(tx.session, association_id, lock=lock)
    if association is None:
        raise Missing("associations.not_found", "There is no such study that you may see.")
    return association
