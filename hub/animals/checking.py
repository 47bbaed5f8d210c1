"""Whether an animal can be as somebody says: its facts against those of parents and offspring."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hub.animals import custom, repository, rules
from hub.animals.models import Animal, Place
from hub.animals.reading import PARENTS
from hub.errors import FieldError, Invalid
from hub.storage.transaction import Transaction

Named = tuple[str, UUID]
"""A parent and the field that names it."""
_GENETIC = ("sire_id", "dam_id", "possible_sires")


@dataclass(frozen=True)
class Facts:
    """An animal as it would be; nothing is changed before everything is checked."""

    id: UUID
    tag: str
    sex: str
    species: str
    birth_date: date | None


def facts(animal: Animal, changes: Mapping[str, Any] | None = None) -> Facts:
    names = ("id", "tag", "sex", "species", "birth_date")
    return Facts(**{name: (changes or {}).get(name, getattr(animal, name)) for name in names})


def named_parents(
    animal: Animal, sires: Iterable[UUID], changes: Mapping[str, Any] | None = None
) -> list[Named]:
    """Every parent that an animal would have, with the field that names it."""
    after = {where: (changes or {}).get(where, getattr(animal, where)) for where in PARENTS}
    named = [(where, id_) for where, id_ in after.items() if id_]
    return named + [("possible_sires", sire) for sire in sires]


async def problems(
    tx: Transaction, animal: Facts, named: Collection[Named], kept: Collection[Named] = ()
) -> list[FieldError]:
    """Everything wrong with an animal's dates and parents.

    A parent that is `kept` may be on a farm that is hidden by now.
    """
    found = await repository.get_many(tx.session, {id_ for _, id_ in named})
    problems = _problems(animal, named, found, kept)
    for where, id_ in named:
        if id_ in found and where in _GENETIC and (where, id_) not in kept:
            problems += await _loop(tx, animal, found[id_], where)
    return problems


async def problems_of_new(
    tx: Transaction, animal: Facts, named: Collection[Named],
    parents: Mapping[UUID, Animal] | None = None,
) -> list[FieldError]:  # fmt: skip
    """The same of an animal that is not stored yet: nobody descends from it, so there is no loop.

    `parents` are the visible ones of those that are named, where they were read already.
    """
    if parents is None:
        parents = await repository.get_many(tx.session, {id_ for _, id_ in named})
    return _problems(animal, named, parents, ())


def _problems(
    animal: Facts, named: Collection[Named], found: Mapping[UUID, Animal], kept: Collection[Named]
) -> list[FieldError]:
    problems = rules.problems_of_dates(animal.birth_date, today())
    problems += [
        rules.unknown_parent_problem(where)
        for where, id_ in named
        if id_ not in found and (where, id_) not in kept
    ]
    seen: list[tuple[str, rules.Facts]] = [(w, found[id_]) for w, id_ in named if id_ in found]
    return problems + rules.problems_of_parents(animal, seen)


async def _loop(
    tx: Transaction, animal: Facts, parent: rules.Facts, where: str
) -> list[FieldError]:
    if await repository.is_ancestor(tx.session, animal.id, parent.id):
        return [rules.loop_problem(animal.tag, parent.tag, where)]
    return []


async def problems_of_farm(
    tx: Transaction, animal: Animal, place_id: UUID | None, values: Mapping[str, Any]
) -> list[FieldError]:
    """What the animal's farm does not have: a place, a field of its own, such a value of it."""
    found = await custom.problems(tx, animal.farm_id, values)
    place = await tx.session.get(Place, place_id) if place_id else None
    if place_id and (place is None or place.farm_id != animal.farm_id or place.archived):
        message = "The farm of this animal has no such place in use."
        found.append(FieldError("place_id", message, "Add the place first, or leave it out."))
    return found


def refusal(problems: list[FieldError]) -> Invalid:
    text = " ".join(problem.message for problem in problems)
    return Invalid("animals.refused", text, errors=problems)


def today() -> date:
    return rules.latest_today(datetime.now(UTC))
