"""Animals as they are shown: with their names, and only those parents that may be seen."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from hub import farms
from hub.animals import repository
from hub.animals.models import Animal
from hub.animals.schemas import AnimalRead, IdentifierRead, ParentRead
from hub.errors import Conflict, Missing
from hub.permissions import Permission
from hub.storage.transaction import Transaction

PARENTS = ("sire_id", "dam_id", "recipient_dam_id", "foster_dam_id")
_SHOWN = (
    "id", "farm_id", "tag", "name", "species", "breed", "breed_fractions", "sex", "birth_date",
    "birth_type", "status", "coat", "defects", "custom", "place_id", "note", "created_at",
    "updated_at",
)  # fmt: skip


async def find(tx: Transaction, animal_id: UUID) -> Animal:
    """The stored animal, for nouns above; one that may not be seen is missing.

    Two entries of one animal may have been made one: the id of the other finds the animal too.
    """
    animal = await repository.get(tx.session, animal_id)
    if animal is None and (kept := await repository.merged_into(tx.session, animal_id)):
        animal = await repository.get(tx.session, kept)
    if animal is None:
        raise _missing()
    return animal


def _missing() -> Missing:
    return Missing("animals.not_found", "There is no such animal, or you may not see it.")


async def find_to_change(tx: Transaction, animal_id: UUID) -> Animal:
    """As `find`, but what is to be written must name the animal by the id it has now."""
    animal = await find(tx, animal_id)
    if animal.id != animal_id:
        raise Conflict(
            "animals.merged",
            f"This entry was merged into {animal.tag} ({animal.id}). Write to that one.",
            merged_into=str(animal.id),
        )
    return animal


async def find_many(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Animal]:
    """The visible ones of these stored animals by id, for nouns above."""
    if ids:
        tx.actor.require(Permission.ANIMALS_READ)
    return await repository.get_many(tx.session, ids)


async def hold(tx: Transaction, animal_id: UUID) -> Animal:
    """The animal as it is now, of a farm on which the caller works, until the transaction ends.

    The row policy of changes lets nothing else be held; only a refusal asks why.
    """
    animal = await repository.hold(tx.session, animal_id)
    if animal is None:
        seen = await find_to_change(tx, animal_id)
        await farms.require_write(tx, seen.farm_id)
        raise _missing()
    return animal


async def read(tx: Transaction, animals: Sequence[Animal]) -> list[AnimalRead]:
    """Animals as they are shown: with identifiers, and only those parents that may be seen."""
    ids = [animal.id for animal in animals]
    sires = await repository.possible_sires(tx.session, ids)
    wanted = {getattr(animal, where) for animal in animals for where in PARENTS} - {None}
    wanted |= {sire for several in sires.values() for sire in several}
    parents = await repository.parents(tx.session, wanted)
    names = await repository.identifiers(tx.session, ids)
    seen = {id_: ParentRead.model_validate(row) for id_, row in parents.items()}
    return [
        AnimalRead.model_validate(
            {
                **{name: getattr(animal, name) for name in _SHOWN},
                **_parents(animal, seen),
                "possible_sires": [seen[one] for one in sires.get(animal.id, ()) if one in seen],
                "identifiers": [
                    IdentifierRead.model_validate(one) for one in names.get(animal.id, ())
                ],
            }
        )
        for animal in animals
    ]


def _parents(animal: Animal, seen: Mapping[UUID, ParentRead]) -> dict[str, Any]:
    """Each parent by its id and as itself; unknown where it may not be seen."""
    shown: dict[str, Any] = {}
    for where in PARENTS:
        parent = seen.get(getattr(animal, where))
        shown[where] = parent.id if parent else None
        shown[where.removesuffix("_id")] = parent
    return shown
