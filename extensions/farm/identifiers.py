"""Names of animals: whoever bears what was read, new tags, lost ones."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import animals
from hub.animals import AnimalMatch, AnimalRead, IdentifierChange, OtherIdentifier, Retag
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Identifier, Input
from hub.storage.paging import Page

routes = Routes("Animals")

ANIMAL = {"animal_id": SAMPLE_ID}


class LookupQuery(Input):
    """What was typed or scanned, and on which farm."""

    text: Identifier = Field(description="A tag or transponder in any spelling, or its last digits")
    farm: UUID | None = Field(default=None, description="None: all farms that one sees")


@routes.get(
    "/animals/lookup",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=LookupQuery,
    returns=PageOf[AnimalMatch],
    example={"query": {"text": "982 000123456789"}},
)
async def lookup_animals(call: Call) -> Page[AnimalMatch]:
    """Find animals by what is written on a tag or read from a transponder, the nearest first."""
    return Page(await animals.lookup(call.tx, call.query.farm, call.query.text))


@routes.post(
    "/animals/{animal_id}/retag",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:retag",
    body=Retag,
    returns=AnimalRead,
    example={
        "path": ANIMAL,
        "body": {"value": "UK 0123456 00042", "on": "2026-05-04", "reason": "lost"},
    },
)
async def retag_animal(call: Call, animal_id: UUID) -> AnimalRead:
    """Give an animal another tag from a day on; the one before ends that day."""
    new = call.body
    return await animals.retag(call.tx, animal_id, new.scheme, new.value, new.on, new.reason)


@routes.post(
    "/animals/{animal_id}/identifiers",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:identify",
    body=OtherIdentifier,
    returns=AnimalRead,
    status=201,
    example={"path": ANIMAL, "body": {"scheme": "rfid", "value": "982 000123456789"}},
)
async def add_identifier(call: Call, animal_id: UUID) -> AnimalRead:
    """Add a further name of an animal."""
    return await animals.identifiers.add(call.tx, animal_id, call.body)


@routes.patch(
    "/animals/{animal_id}/identifiers/{identifier_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:identify",
    body=IdentifierChange,
    returns=AnimalRead,
    example={
        "path": {**ANIMAL, "identifier_id": SAMPLE_ID},
        "body": {"state": "lost", "valid_to": "2026-05-04"},
    },
)
async def change_identifier(call: Call, animal_id: UUID, identifier_id: UUID) -> AnimalRead:
    """Correct from when to when a name was borne, and how it ended."""
    return await animals.identifiers.change(call.tx, animal_id, identifier_id, call.body)
