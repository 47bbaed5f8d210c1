"""Use cases of the pedigree as the hub keeps it: ancestors and offspring."""

from uuid import UUID

from hub.animals import repository
from hub.animals.models import Animal
from hub.animals.reading import find, read
from hub.animals.schemas import AnimalRead, PedigreeNode
from hub.errors import FieldError, Invalid
from hub.permissions import Permission
from hub.schemas import PageQuery
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

MOST_GENERATIONS = 10


async def pedigree(tx: Transaction, animal_id: UUID, generations: int = 3) -> list[PedigreeNode]:
    """The animal and its visible ancestors, nearest generation first, each once.

    A parent that the caller may not see is unknown, and so is everything above it.
    """
    tx.actor.require(Permission.ANIMALS_READ)
    _check_depth(generations)
    animal = await find(tx, animal_id)
    depth = await repository.generations(tx.session, animal.id, generations)
    animals = await repository.get_many(tx.session, depth.keys())
    above = {p for a in animals.values() for p in (a.sire_id, a.dam_id) if p}
    beyond = await repository.parents(tx.session, above - animals.keys())
    seen = animals.keys() | beyond.keys()
    nodes = [_node(animal, depth[id_], seen) for id_, animal in animals.items()]
    return sorted(nodes, key=lambda node: (node.generation, node.tag, node.id))


async def offspring(tx: Transaction, animal_id: UUID, page: PageQuery) -> Page[AnimalRead]:
    """The visible offspring of an animal, youngest first."""
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await find(tx, animal_id)
    found = await repository.offspring(tx.session, animal.id, page)
    return Page(await read(tx, found.items), found.next_cursor)


async def count_offspring(tx: Transaction, animal_id: UUID) -> int:
    """How many visible offspring an animal has."""
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await find(tx, animal_id)
    return await repository.count_offspring(tx.session, animal.id)


def _node(animal: Animal, generation: int, seen: set[UUID]) -> PedigreeNode:
    columns = ("id", "farm_id", "tag", "name", "species", "breed", "sex", "birth_date")
    return PedigreeNode(
        **{name: getattr(animal, name) for name in columns},
        sire_id=animal.sire_id if animal.sire_id in seen else None,
        dam_id=animal.dam_id if animal.dam_id in seen else None,
        generation=generation,
    )


def _check_depth(generations: int) -> None:
    if 1 <= generations <= MOST_GENERATIONS:
        return
    message = f"A pedigree has 1 to {MOST_GENERATIONS} generations, not {generations}."
    error = FieldError("generations", message, "Ask for fewer generations.")
    raise Invalid("animals.too_many_generations", message, errors=[error])
