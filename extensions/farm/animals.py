"""Animals: search, cards, changes and pedigrees."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Call, Routes
from hub import animals
from hub.animals import (
    AnimalCount,
    AnimalCreate,
    AnimalQuery,
    AnimalRead,
    AnimalUpdate,
    HistoryRead,
    PedigreeNode,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page

routes = Routes("Animals")

ANIMAL = {"animal_id": SAMPLE_ID}


class PedigreeQuery(Input):
    """How far back."""

    generations: int = Field(default=4, ge=1, le=10, description="1 is the parents")


@routes.get(
    "/animals",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnimalQuery,
    returns=PageOf[AnimalRead],
    example={"query": {"sex": "F", "limit": 10}},
)
async def list_animals(call: Call) -> Page[AnimalRead]:
    """List the animals one may see, in order of tag."""
    return await animals.search(call.tx, call.query)


@routes.get(
    "/animals/counts",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnimalQuery,
    returns=PageOf[AnimalCount],
    example={"query": {"status": "alive"}},
)
async def count_animals(call: Call) -> Page[AnimalCount]:
    """Count the animals one may see by species, breed, sex and status."""
    return Page(await animals.counts(call.tx, call.query))


@routes.post(
    "/animals",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:create",
    body=AnimalCreate,
    returns=AnimalRead,
    status=201,
    location="/animals/{id}",
    example={
        "body": {
            "farm_id": SAMPLE_ID,
            "tag": "UK123456700001",
            "sex": "F",
            "birth_date": "2026-03-14",
            "birth_type": 2,
        }
    },
)
async def create_animal(call: Call) -> AnimalRead:
    """Add an animal to a farm on which one works."""
    return await animals.create(call.tx, call.body)


@routes.get(
    "/animals/{animal_id}",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=AnimalRead,
    example={"path": ANIMAL},
)
async def get_animal(call: Call, animal_id: UUID) -> AnimalRead:
    """Show one animal with its parents as far as one may see them."""
    return await animals.get(call.tx, animal_id)


@routes.patch(
    "/animals/{animal_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:update",
    body=AnimalUpdate,
    returns=AnimalRead,
    example={"path": ANIMAL, "body": {"name": "Daisy"}},
)
async def update_animal(call: Call, animal_id: UUID) -> AnimalRead:
    """Change the given fields of an animal; the others stay."""
    return await animals.update(call.tx, animal_id, call.body)


@routes.get(
    "/animals/{animal_id}/pedigree",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=PedigreeQuery,
    returns=PageOf[PedigreeNode],
    example={"path": ANIMAL, "query": {"generations": 3}},
)
async def get_pedigree(call: Call, animal_id: UUID) -> Page[PedigreeNode]:
    """Show an animal and its ancestors as far as one may see them, itself first."""
    return Page(await animals.pedigree(call.tx, animal_id, generations=call.query.generations))


@routes.get(
    "/animals/{animal_id}/offspring",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[AnimalRead],
    example={"path": ANIMAL},
)
async def list_offspring(call: Call, animal_id: UUID) -> Page[AnimalRead]:
    """List the offspring of an animal that one may see, youngest first."""
    return await animals.offspring(call.tx, animal_id, call.query)


@routes.get(
    "/animals/{animal_id}/history",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_BELONGED,
    query=PageQuery,
    returns=PageOf[HistoryRead],
    example={"path": ANIMAL},
)
async def get_animal_history(call: Call, animal_id: UUID) -> Page[HistoryRead]:
    """List every change of an animal, newest first: who, what, when, before, after."""
    return await animals.history(call.tx, animal_id, call.query)
