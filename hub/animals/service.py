"""Use cases of animals: list, read, change."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from hub import audit, farms
from hub.animals import checking, identifiers, repository, rules, taken
from hub.animals.models import Animal
from hub.animals.reading import PARENTS, find, find_to_change, read
from hub.animals.schemas import (
    AnimalCount,
    AnimalQuery,
    AnimalRead,
    AnimalUpdate,
    OtherIdentifier,
)
from hub.errors import FieldError
from hub.permissions import Permission
from hub.storage.paging import Page
from hub.storage.transaction import Transaction


async def search(tx: Transaction, query: AnimalQuery) -> Page[AnimalRead]:
    """Visible animals in order of tag."""
    tx.actor.require(Permission.ANIMALS_READ)
    if query.farm:
        await farms.require_visible(tx, query.farm)
    page = await repository.search(tx.session, query)
    return Page(await read(tx, page.items), page.next_cursor)


async def counts(tx: Transaction, query: AnimalQuery) -> list[AnimalCount]:
    """How many visible animals there are by species, breed, sex and status."""
    tx.actor.require(Permission.ANIMALS_READ)
    if query.farm:
        await farms.require_visible(tx, query.farm)
    rows = await repository.counts(tx.session, query)
    return [AnimalCount.model_validate(row) for row in rows]


async def get(tx: Transaction, animal_id: UUID) -> AnimalRead:
    """One animal that the caller may see."""
    tx.actor.require(Permission.ANIMALS_READ)
    [shown] = await read(tx, [await find(tx, animal_id)])
    return shown


async def get_many(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, AnimalRead]:
    """The visible ones of these animals by id; the others are left out."""
    tx.actor.require(Permission.ANIMALS_READ)
    found = await repository.get_many(tx.session, set(ids))
    return {shown.id: shown for shown in await read(tx, list(found.values()))}


async def update(tx: Transaction, animal_id: UUID, changed: AnimalUpdate) -> AnimalRead:
    """Change the given fields of an animal on a farm on which the caller works."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    await change(tx, animal, changed)
    [shown] = await read(tx, [animal])
    return shown


async def change(tx: Transaction, animal: Animal, changed: AnimalUpdate) -> None:
    """The same, of an animal that was found to be on a farm on which the caller works."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    before = _columns(animal)
    about_parents = changed.model_fields_set & _ABOUT_PARENTS
    if about_parents:
        sires = await repository.possible_sires(tx.session, [animal.id])
        before["possible_sires"] = sires.get(animal.id, [])
    after = _after(before, changed)
    changes = {name: value for name, value in after.items() if before[name] != value}
    if changes:
        await _check_changes(tx, animal, before, changes, dict(changed.custom or {}))
        await _apply(tx, animal, {name: before[name] for name in changes}, changes)


_ABOUT_PARENTS = {*PARENTS, "possible_sires", "sex", "birth_date"}
"""What the rules of parents look at; the rest of an animal changes without asking for them."""


def _columns(animal: Animal) -> dict[str, Any]:
    names = AnimalUpdate.model_fields.keys() - {"possible_sires"}
    return {name: getattr(animal, name) for name in names}


def _after(before: dict[str, Any], changed: AnimalUpdate) -> dict[str, Any]:
    """What the given fields come to: fields of the farm's own are changed one by one."""
    after = changed.changes()
    if "custom" in after:
        custom = {**before["custom"], **after["custom"]}
        after["custom"] = {name: value for name, value in custom.items() if value is not None}
    if "possible_sires" in after:
        after["possible_sires"] = sorted(set(after["possible_sires"]))
    return after


async def _check_changes(
    tx: Transaction,
    animal: Animal,
    before: dict[str, Any],
    changes: dict[str, Any],
    custom: dict[str, Any],
) -> None:
    if changes.keys() & {*PARENTS, "possible_sires"}:
        await repository.lock_pedigree(tx.session)
    facts = checking.facts(animal, changes)
    problems: list[FieldError] = []
    if changes.keys() & _ABOUT_PARENTS:
        sires = changes.get("possible_sires", before["possible_sires"])
        named = checking.named_parents(animal, sires, changes)
        kept = checking.named_parents(animal, before["possible_sires"])
        problems += await checking.problems(tx, facts, named, kept)
    problems += rules.problems_of_breeds(changes.get("breed_fractions", {}))
    problems += await checking.problems_of_farm(tx, animal, changes.get("place_id"), custom)
    if changes.keys() & {"sex", "birth_date"}:
        offspring = await repository.offspring_facts(tx.session, animal.id)
        problems += rules.problems_with_offspring(facts, offspring)
    if problems:
        raise checking.refusal(problems)


async def _apply(
    tx: Transaction, animal: Animal, before: dict[str, Any], changes: dict[str, Any]
) -> None:
    if "tag" in changes:
        tag = OtherIdentifier(scheme="tag", value=changes["tag"])
        await identifiers.refuse_taken_tags(tx, animal.farm_id, [tag], animal)
    for name in changes.keys() - {"possible_sires"}:
        setattr(animal, name, changes[name])
    with taken.tag(animal.tag), taken.identifier():
        await repository.store(tx.session, animal)
        if "tag" in changes:
            await repository.rename(tx.session, animal, before["tag"])
    if "possible_sires" in changes:
        await repository.put_possible_sires(tx.session, animal, changes["possible_sires"])
    await audit.write(
        tx, "animals:update", subject_id=animal.id, farm_id=animal.farm_id,
        before=before, after=changes,
    )  # fmt: skip


async def resolve(
    tx: Transaction, values: Sequence[str], farm_id: UUID | None = None
) -> dict[str, tuple[UUID, ...]]:
    """Ids of the visible animals that bear an identifier; more than one id is ambiguous.

    Animals of `farm_id` go before those of other farms (a shared stud, for example), and those
    that bear it now before those that did once. Identifiers of nobody are left out.
    """
    tx.actor.require(Permission.ANIMALS_READ)
    found: dict[str, dict[tuple[bool, bool], list[UUID]]] = {}
    for row in await repository.resolve(tx.session, values):
        nearness = (row.farm_id == farm_id, row.active)
        found.setdefault(row.value, {}).setdefault(nearness, []).append(row.animal_id)
    return {value: tuple(by_nearness[max(by_nearness)]) for value, by_nearness in found.items()}
