"""Add animals: one that somebody describes, or the several of a litter in a few statements."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from hub import audit, farms
from hub.animals import checking, identifiers, repository, rules, taken
from hub.animals.models import Animal, AnimalIdentifier
from hub.animals.normal import normal
from hub.animals.reading import read
from hub.animals.schemas import AnimalCreate, AnimalRead, OtherIdentifier
from hub.errors import Conflict
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.transaction import Transaction


async def create(tx: Transaction, new: AnimalCreate) -> AnimalRead:
    """Add an animal to a farm on which the caller works; every problem is told at once.

    An animal that is sent again with its own id is the one that is stored.
    """
    tx.actor.require(Permission.ANIMALS_WRITE)
    farm = await farms.require_write(tx, new.farm_id)
    if new.id and (stored := await _sent_before(tx, new)):
        return stored
    animal = _made(new, farm.species)
    await _check(tx, animal, new)
    await identifiers.refuse_taken_tags(tx, new.farm_id, [_tag(new)])
    await identifiers.refuse_taken(tx, new.farm_id, new.identifiers)
    with taken.tag(new.tag), taken.identifier():
        await repository.add(tx.session, animal, _names(animal, new))
    if new.possible_sires:
        await repository.put_possible_sires(tx.session, animal, new.possible_sires)
    await audit.write(
        tx, "animals:create", subject_id=animal.id, farm_id=animal.farm_id, after=new.model_dump()
    )
    [shown] = await read(tx, [animal])
    return shown


async def create_many(
    tx: Transaction, farm_id: UUID, species: str, new: Mapping[UUID, AnimalCreate],
    parents: Mapping[UUID, Animal],
) -> list[Animal]:  # fmt: skip
    """Add animals by their ids to a farm on which the caller was found to work.

    `parents` are those of the named parents that the caller may see. The same is checked as of
    one animal.
    """
    tx.actor.require(Permission.ANIMALS_WRITE)
    made = [_made(one.model_copy(update={"id": id_}), species) for id_, one in new.items()]
    for animal in made:
        await _check(tx, animal, new[animal.id], parents)
    tags = [_tag(one) for one in new.values()]
    await identifiers.refuse_taken_tags(tx, farm_id, tags)
    names = [name for animal in made for name in _names(animal, new[animal.id])]
    sires = [(a, sire) for a in made for sire in dict.fromkeys(new[a.id].possible_sires)]
    with taken.tag(" or ".join(one.value for one in tags)), taken.identifier():
        await repository.add_many(tx.session, made, names, sires)
    acts = {id_: {"after": one.model_dump()} for id_, one in new.items()}
    await audit.write_many(tx, "animals:create", farm_id, acts)
    return made


def _made(new: AnimalCreate, species: str) -> Animal:
    values = new.model_dump(exclude={"id", "scheme", "identifiers", "possible_sires"})
    values["custom"] = {name: one for name, one in new.custom.items() if one is not None}
    values |= {"species": new.species or species, "defects": list(new.defects)}
    return Animal(id=new.id or new_id(), **values)


def _tag(new: AnimalCreate) -> OtherIdentifier:
    return OtherIdentifier(scheme=new.scheme, value=new.tag)


async def _check(
    tx: Transaction, animal: Animal, new: AnimalCreate, parents: Mapping[UUID, Animal] | None = None
) -> None:
    named = checking.named_parents(animal, new.possible_sires)
    problems = await checking.problems_of_new(tx, checking.facts(animal), named, parents)
    problems += rules.problems_of_breeds(new.breed_fractions)
    problems += await checking.problems_of_farm(tx, animal, new.place_id, new.custom)
    if problems:
        raise checking.refusal(problems)


async def _sent_before(tx: Transaction, new: AnimalCreate) -> AnimalRead | None:
    """The animal that has this id already, if it is the one that is sent."""
    animal = await repository.get(tx.session, new.id) if new.id else None
    if animal is None:
        return None
    [shown] = await read(tx, [animal])
    sent = new.model_dump(exclude_unset=True, exclude={"scheme", "identifiers", "possible_sires"})
    if any(getattr(shown, name) != value for name, value in sent.items()):
        raise Conflict(
            "animals.id_taken",
            f"The id {new.id} is that of {animal.tag} already, which differs. Change that animal, "
            "or send a new one with an id of its own.",
        )
    return shown


def _names(animal: Animal, new: AnimalCreate) -> Sequence[AnimalIdentifier]:
    names = {(one.scheme, one.value): one for one in (_tag(new), *new.identifiers)}
    return [_name(animal, one) for _, one in sorted(names.items(), key=lambda pair: pair[0])]


def _name(animal: Animal, one: OtherIdentifier) -> AnimalIdentifier:
    return AnimalIdentifier(
        id=new_id(), farm_id=animal.farm_id, animal_id=animal.id, scheme=one.scheme,
        value=one.value, normalized=normal(one.value), valid_from=one.valid_from, state="active",
    )  # fmt: skip
