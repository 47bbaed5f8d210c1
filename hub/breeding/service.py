"""Use cases of mating plans: an index, candidates, a plan, and plans that were kept."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from agrigen.selection import standings
from hub import audit, events, farms
from hub.breeding import planning, repository, rules, shown, valuation
from hub.breeding.models import MatingPlan
from hub.breeding.planning import Herd
from hub.breeding.schemas import (
    MOST_FEMALES,
    MOST_MALES,
    CandidateRead,
    IndexRead,
    PlanCreate,
    PlanRead,
    PlansQuery,
    PlanSummary,
)
from hub.breeding.valuation import GoalTrait, Worth
from hub.errors import FieldError, Invalid, Missing
from hub.farms.models import Farm
from hub.permissions import Permission
from hub.schemas import Language
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

LONGEST_PREGNANCY = timedelta(days=400)
"""Further back no mating is asked for."""
AT_A_TIME = 250


async def index(tx: Transaction, farm_id: UUID, language: Language) -> IndexRead:
    """What animals of a farm are ranked by when it gives no weights, and why."""
    tx.actor.require(Permission.BREEDING_PLAN)
    farm = await farms.require_visible(tx, farm_id)
    animals = await repository.candidates(tx.session, farm_id)
    evaluated = await evaluated_traits(tx, farm_id)
    goal, _ = await worth(tx, evaluated, animals, farm.species, None)
    names = await repository.traits(tx.session, [one.trait for one in goal])
    return shown.index(farm, evaluated, goal, names, language)


async def candidates(tx: Transaction, farm_id: UUID, on: date | None = None) -> list[CandidateRead]:
    """Animals of a farm that can be mated on a day, with rank and percentile in breed and sex."""
    tx.actor.require(Permission.BREEDING_PLAN)
    farm = await farms.require_visible(tx, farm_id)
    animals = await _ready(tx, farm_id, on or farms.today(farm))
    evaluated = await evaluated_traits(tx, farm_id)
    _, found = await worth(tx, evaluated, animals, farm.species, None)
    values = [found[one.id].index if one.id in found else None for one in animals]
    table = standings(values, [f"{one.sex} {one.breed}" for one in animals])
    return [
        shown.candidate(one, value, place)
        for one, value, place in zip(animals, values, table.to_dict("records"), strict=True)
    ]


async def create(tx: Transaction, new: PlanCreate, language: Language) -> PlanRead:
    """Compute the best allocation within the limits, and keep it."""
    tx.actor.require(Permission.BREEDING_PLAN)
    farm = await farms.require_write(tx, new.farm_id)
    females, males = await _chosen(tx, new, farm)
    evaluated = await evaluated_traits(tx, new.farm_id)
    _check_weights(new, evaluated)
    herd, goal = await herd_of(tx, evaluated, females, males, new.weights)
    # Fractions of a second for a large flock, during which the API must answer others.
    result, provenance = await asyncio.to_thread(planning.plan, herd, new)
    settings = new.model_dump(mode="json", exclude={"farm_id", "name"})
    settings["goal"] = [shown.goal_trait(one) for one in goal]
    row = MatingPlan(
        id=new_id(),
        farm_id=new.farm_id,
        person_id=tx.actor.person_id,
        name=new.name,
        settings=settings,
        evaluation_ids=sorted({one.evaluation_id for one in goal}),
        result=result,
        provenance=provenance,
    )
    await repository.add_plan(tx.session, row)
    await audit.write(tx, "breeding:plan", subject_id=row.id, farm_id=row.farm_id, name=row.name)
    return shown.plan(row, language)


async def get(tx: Transaction, plan_id: UUID, language: Language) -> PlanRead:
    """One plan with its list."""
    tx.actor.require(Permission.BREEDING_PLAN)
    return shown.plan(await _plan(tx, plan_id), language)


async def search(tx: Transaction, query: PlansQuery) -> Page[PlanSummary]:
    """Plans of visible farms, newest first."""
    tx.actor.require(Permission.BREEDING_PLAN)
    if query.farm:
        await farms.require_visible(tx, query.farm)
    page = await repository.plans(tx.session, query)
    return Page([shown.summary(row) for row in page.items], page.next_cursor)


async def csv(tx: Transaction, plan_id: UUID, language: Language) -> bytes:
    """The list of a plan as a table for a spreadsheet."""
    found = await get(tx, plan_id, language)
    return await asyncio.to_thread(shown.csv, found)


async def delete(tx: Transaction, plan_id: UUID) -> None:
    """Throw a plan of one's own farm away."""
    tx.actor.require(Permission.BREEDING_PLAN)
    row = await _plan(tx, plan_id)
    await farms.require_write(tx, row.farm_id)
    await repository.remove_plan(tx.session, row)
    await audit.write(tx, "breeding:delete", subject_id=plan_id, farm_id=row.farm_id, name=row.name)


async def evaluated_traits(tx: Transaction, farm_id: UUID) -> list[GoalTrait]:
    """Traits of which a published evaluation has animals of the farm."""
    return valuation.published(await repository.evaluations(tx.session, farm_id))


async def worth(
    tx: Transaction,
    evaluated: Sequence[GoalTrait],
    animals: Sequence[Any],
    species: str,
    weights: Mapping[str, float] | None,
) -> tuple[list[GoalTrait], dict[UUID, Worth]]:
    """What counts, and what each animal is worth by it."""
    wanted = [(one.evaluation_id, one.trait, one.effect) for one in evaluated]
    rows = await repository.values(tx.session, wanted, [one.id for one in animals])
    goal = valuation.goal(evaluated, rows, species, weights)
    return goal, valuation.worths(goal, rows)


async def herd_of(
    tx: Transaction,
    evaluated: Sequence[GoalTrait],
    females: Sequence[Any],
    males: Sequence[Any],
    weights: Mapping[str, float] | None = None,
) -> tuple[Herd, list[GoalTrait]]:
    """All that numbers are made of, for these animals."""
    animals = [*females, *males]
    goal, found = await worth(tx, evaluated, animals, females[0].species, weights)
    genes = await repository.genes(tx.session, {one.farm_id for one in animals})
    ids = {one.id for one in animals} | {row.animal_id for row in genes}
    pedigree = await repository.pedigree(tx.session, ids)
    return Herd(females, males, found, valuation.goal_sd(goal), pedigree, genes), goal


async def _chosen(
    tx: Transaction, new: PlanCreate, farm: Farm
) -> tuple[Sequence[Any], Sequence[Any]]:
    ready = await _ready(tx, new.farm_id, new.on or farms.today(farm))
    named = {*(new.female_ids or ()), *(new.male_ids or ())}
    found = await repository.animals(tx.session, named) if named else {}
    first = [found[one].species for one in new.female_ids or () if one in found]
    species = first[0] if first else farm.species
    sides = []
    for sex, ids, where in (("F", new.female_ids, "female_ids"), ("M", new.male_ids, "male_ids")):
        if ids is None:
            side = [one for one in ready if one.sex == sex and one.species == species]
        else:
            side = rules.checked(ids, found, sex, where, species)
        if not side:
            raise rules.nobody(sex)
        sides.append(side)
    _check_size(sides[0], sides[1])
    return sides[0], sides[1]


def _check_size(females: Collection[Any], males: Collection[Any]) -> None:
    for where, there, most in (
        ("female_ids", len(females), MOST_FEMALES), ("male_ids", len(males), MOST_MALES),
    ):  # fmt: skip
        if there > most:
            message = f"A plan has {most} animals of this sex at most; {there} are ready."
            error = FieldError(where, message, "Name those that are to take part.")
            raise Invalid("breeding.too_many", message, errors=[error])


def _check_weights(new: PlanCreate, evaluated: Sequence[GoalTrait]) -> None:
    there = [one.trait for one in evaluated]
    unknown = sorted(set(new.weights or ()) - set(there))
    if unknown:
        message = f"No published evaluation of {', '.join(unknown)} has animals of this farm."
        remedy = f"There are {', '.join(there)}." if there else "There is none; leave weights out."
        error = FieldError("weights", message, remedy)
        raise Invalid("breeding.no_evaluation", message, errors=[error])


async def _ready(tx: Transaction, farm_id: UUID, on: date) -> Sequence[Any]:
    """Living animals of a farm that are old enough, without those that carry young that day."""
    found = await repository.candidates(tx.session, farm_id)
    served = await repository.served(tx.session, farm_id, on - LONGEST_PREGNANCY, on)
    asked = [one.id for one in found if one.id in served]
    states: dict[UUID, events.ReproductiveState] = {}
    for at in range(0, len(asked), AT_A_TIME):  # between them the API answers others
        states |= await events.states(tx, animal_ids=asked[at : at + AT_A_TIME], on=on)
    return [one for one in found if rules.of_age(one, on) and rules.free(states.get(one.id), on)]


async def _plan(tx: Transaction, plan_id: UUID) -> MatingPlan:
    row = await repository.plan(tx.session, plan_id)
    if row is None:
        raise Missing("breeding.no_such_plan", "There is no such plan, or you may not see it.")
    return row
