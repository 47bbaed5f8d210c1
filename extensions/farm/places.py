"""Places of a farm, and the fields that it keeps of its animals."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub.animals import custom, places
from hub.animals.schemas_farm import (
    FieldCreate,
    FieldRead,
    FieldUpdate,
    PlaceCreate,
    PlaceRead,
    PlaceUpdate,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page

routes = Routes("Places and fields")

FARM = {"farm_id": SAMPLE_ID}
PLACE = {"place_id": SAMPLE_ID}


class ListQuery(Input):
    """Whether archived ones are shown as well."""

    archived: bool = False


@routes.get(
    "/farms/{farm_id}/places",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=ListQuery,
    returns=PageOf[PlaceRead],
    example={"path": FARM},
)
async def list_places(call: Call, farm_id: UUID) -> Page[PlaceRead]:
    """List the places of a farm with how many living animals stand there."""
    return Page(await places.of_farm(call.tx, farm_id, archived=call.query.archived))


@routes.post(
    "/places",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="places:create",
    body=PlaceCreate,
    returns=PlaceRead,
    status=201,
    location="/places/{id}",
    example={"body": {"farm_id": SAMPLE_ID, "name": "Low meadow", "kind": "field"}},
)
async def create_place(call: Call) -> PlaceRead:
    """Add a place to a farm on which one works."""
    return await places.create(call.tx, call.body)


@routes.get(
    "/places/{place_id}",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PlaceRead,
    example={"path": PLACE},
)
async def get_place(call: Call, place_id: UUID) -> PlaceRead:
    """Show a place."""
    return await places.get(call.tx, place_id)


@routes.patch(
    "/places/{place_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="places:update",
    body=PlaceUpdate,
    returns=PlaceRead,
    example={"path": PLACE, "body": {"name": "Lower meadow"}},
)
async def update_place(call: Call, place_id: UUID) -> PlaceRead:
    """Change a place, archive it, or use it again."""
    return await places.update(call.tx, place_id, call.body)


@routes.get(
    "/farms/{farm_id}/fields",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=ListQuery,
    returns=PageOf[FieldRead],
    example={"path": FARM},
)
async def list_fields(call: Call, farm_id: UUID) -> Page[FieldRead]:
    """List the fields that a farm keeps of its animals beside the hub's own."""
    return Page(await custom.of_farm(call.tx, farm_id, archived=call.query.archived))


@routes.post(
    "/fields",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="fields:create",
    body=FieldCreate,
    returns=FieldRead,
    status=201,
    example={
        "body": {
            "farm_id": SAMPLE_ID,
            "name": "temper",
            "label": "Temper",
            "type": "choice",
            "choices": ["calm", "lively", "wild"],
        }
    },
)
async def create_field(call: Call) -> FieldRead:
    """Add a field for a farm's animals."""
    return await custom.create(call.tx, call.body)


@routes.patch(
    "/fields/{field_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="fields:update",
    body=FieldUpdate,
    returns=FieldRead,
    example={"path": {"field_id": SAMPLE_ID}, "body": {"label": "Temperament"}},
)
async def update_field(call: Call, field_id: UUID) -> FieldRead:
    """Change a field or archive it; the values that animals have stay."""
    return await custom.update(call.tx, field_id, call.body)
