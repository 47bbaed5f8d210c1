"""Use cases of animals: list, read, add, change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms
from hub.animals import repository, rules
from hub.animals.models import Animal, AnimalIdentifier
from hub.animals.schemas import (
    AnimalCount,
    AnimalCreate,
    AnimalQuery,
    AnimalRead,
    AnimalUpdate,
    OtherIdentifier,
    ParentRead,
)
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates

_SHOWN = ("id", "farm_id", "tag", "name", "species", "breed", "sex", "birth_date", "birth_type",
          "status", "created_at", "updated_at")  # fmt: skip
_PARENTS = ("sire_id", "dam_id")


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


async def create(tx: Transaction, new: AnimalCreate) -> AnimalRead:
    """Add an animal to a farm on which the caller works; every problem is told at once."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    farm = await farms.require_write(tx, new.farm_id)
    values = new.model_dump(exclude={"scheme", "identifiers"}, mode="python")
    values["species"] = new.species or farm.species
    animal = Animal(id=new_id(), **values)
    problems = rules.problems_of_dates(animal.birth_date, _today())
    problems += await _parent_problems(tx, _facts(animal), _named_parents(animal, _PARENTS))
    if problems:
        raise _refusal(problems)
    names = {(new.scheme, new.tag), *((one.scheme, one.value) for one in new.identifiers)}
    with _refusing_taken(new.tag), _refusing_taken_identifier():
        await repository.add(tx.session, animal, _identifiers(animal, names))
    await audit.write(
        tx, "animals:create", subject_id=animal.id, farm_id=animal.farm_id, after=new.model_dump()
    )
    [shown] = await read(tx, [animal])
    return shown


async def update(tx: Transaction, animal_id: UUID, changed: AnimalUpdate) -> AnimalRead:
    """Change the given fields of an animal on a farm on which the caller works."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await find(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    changes = {
        name: value for name, value in changed.changes().items() if getattr(animal, name) != value
    }
    if changes:
        await _check_changes(tx, animal, changes)
        await _apply(tx, animal, changes)
    [shown] = await read(tx, [animal])
    return shown


async def _check_changes(tx: Transaction, animal: Animal, changes: dict[str, Any]) -> None:
    if changes.keys() & set(_PARENTS):
        await repository.lock_pedigree(tx.session)
    parents = {where: changes.get(where, getattr(animal, where)) for where in _PARENTS}
    named = {where: id_ for where, id_ in parents.items() if id_}
    facts = _facts(animal, changes)
    problems = rules.problems_of_dates(facts.birth_date, _today())
    problems += await _parent_problems(tx, facts, named, kept=named.keys() - changes.keys())
    if changes.keys() & {"sex", "birth_date"}:
        offspring = await repository.offspring_facts(tx.session, animal.id)
        problems += rules.problems_with_offspring(facts, offspring)
    if problems:
        raise _refusal(problems)


async def _apply(tx: Transaction, animal: Animal, changes: dict[str, Any]) -> None:
    before = {name: getattr(animal, name) for name in changes}
    for name, value in changes.items():
        setattr(animal, name, value)
    with _refusing_taken(animal.tag), _refusing_taken_identifier():
        await repository.store(tx.session, animal)
        if "tag" in changes:
            await repository.rename(tx.session, animal, before["tag"])
    await audit.write(
        tx, "animals:update", subject_id=animal.id, farm_id=animal.farm_id,
        before=before, after=changes,
    )  # fmt: skip


async def resolve(
    tx: Transaction, values: Sequence[str], farm_id: UUID | None = None
) -> dict[str, tuple[UUID, ...]]:
    """Ids of the visible animals that bear an identifier; more than one id is ambiguous.

    Animals of `farm_id` go before those of other farms (a shared stud, for example). Identifiers
    that nobody bears are left out.
    """
    tx.actor.require(Permission.ANIMALS_READ)
    here: dict[str, dict[UUID, None]] = {}
    elsewhere: dict[str, dict[UUID, None]] = {}
    for row in await repository.resolve(tx.session, values):
        group = here if row.farm_id == farm_id else elsewhere
        group.setdefault(row.value, {})[row.animal_id] = None
    return {value: tuple(ids) for value, ids in {**elsewhere, **here}.items()}


async def find(tx: Transaction, animal_id: UUID) -> Animal:
    """The stored animal, for nouns above; one that may not be seen is missing."""
    animal = await repository.get(tx.session, animal_id)
    if animal is None:
        raise Missing("animals.not_found", "There is no such animal, or you may not see it.")
    return animal


async def read(tx: Transaction, animals: Sequence[Animal]) -> list[AnimalRead]:
    """Animals as they are shown: with identifiers, and only those parents that may be seen."""
    wanted = {getattr(animal, where) for animal in animals for where in _PARENTS} - {None}
    parents = await repository.parents(tx.session, wanted)
    names = await repository.identifiers(tx.session, [animal.id for animal in animals])
    seen = {id_: ParentRead.model_validate(row) for id_, row in parents.items()}
    return [
        AnimalRead.model_validate(
            {
                **{name: getattr(animal, name) for name in _SHOWN},
                "sire_id": animal.sire_id if animal.sire_id in seen else None,
                "dam_id": animal.dam_id if animal.dam_id in seen else None,
                "sire": seen.get(animal.sire_id) if animal.sire_id else None,
                "dam": seen.get(animal.dam_id) if animal.dam_id else None,
                "identifiers": [
                    OtherIdentifier.model_validate(one) for one in names.get(animal.id, ())
                ],
            }
        )
        for animal in animals
    ]


@dataclass(frozen=True)
class _Facts:
    """An animal as it would be; nothing is changed before everything is checked."""

    id: UUID
    tag: str
    sex: str
    species: str
    birth_date: date | None


def _facts(animal: Animal, changes: dict[str, Any] | None = None) -> _Facts:
    names = ("id", "tag", "sex", "species", "birth_date")
    return _Facts(**{name: (changes or {}).get(name, getattr(animal, name)) for name in names})


def _named_parents(animal: Animal, fields: Collection[str]) -> dict[str, UUID]:
    return {where: id_ for where in fields if (id_ := getattr(animal, where))}


async def _parent_problems(
    tx: Transaction, animal: _Facts, named: dict[str, UUID], kept: Collection[str] = ()
) -> list[FieldError]:
    """Problems with named parents; one that is `kept` may be on a farm that is hidden by now."""
    found = await repository.get_many(tx.session, set(named.values()))
    seen: dict[str, rules.Facts] = {w: found[id_] for w, id_ in named.items() if id_ in found}
    unknown = [where for where in named if where not in seen and where not in kept]
    problems = [rules.unknown_parent_problem(where) for where in unknown]
    problems += rules.problems_of_parents(animal, seen)
    for where in seen.keys() - set(kept):
        parent = seen[where]
        if await repository.is_ancestor(tx.session, animal.id, parent.id):
            problems.append(rules.loop_problem(animal.tag, parent.tag, where))
    return problems


def _identifiers(animal: Animal, names: Collection[tuple[str, str]]) -> list[AnimalIdentifier]:
    return [
        AnimalIdentifier(
            id=new_id(), farm_id=animal.farm_id, animal_id=animal.id, scheme=scheme, value=value
        )
        for scheme, value in sorted(names)
    ]


def _refusal(problems: list[FieldError]) -> Invalid:
    text = " ".join(problem.message for problem in problems)
    return Invalid("animals.refused", text, errors=problems)


def _refusing_taken(tag: str) -> Any:
    refusal = Conflict(
        "animals.duplicate_tag",
        f"There is an animal with the tag {tag} on this farm already. Change that one, or choose "
        "another tag.",
        errors=[FieldError("tag", f"The tag {tag} is taken.", "Choose another tag.")],
    )
    return refusing_duplicates("uq_animal_farm_id_tag", refusal)


def _refusing_taken_identifier() -> Any:
    refusal = Conflict(
        "animals.duplicate_identifier",
        "Another animal of this farm bears one of these identifiers already. Correct it there or "
        "here.",
    )
    return refusing_duplicates("uq_animal_identifier_farm_id_scheme_value", refusal)


def _today() -> date:
    return rules.latest_today(datetime.now(UTC))
