"""Farms and who belongs to them."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import farms
from hub.farms import (
    FarmCreate,
    FarmQuery,
    FarmRead,
    FarmSummary,
    FarmUpdate,
    MemberAdd,
    MemberRead,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Farms")

FARM = {"farm_id": SAMPLE_ID}


@routes.get(
    "/farms",
    permission=P.FARMS_READ,
    reach=Reach.FARMS_SEEN,
    query=FarmQuery,
    returns=PageOf[FarmRead],
    example={"query": {"mine": True}},
)
async def list_farms(call: Call) -> Page[FarmRead]:
    """List the farms one may see, with one's place on each."""
    return await farms.search(call.tx, call.query)


@routes.post(
    "/farms",
    permission=P.FARMS_WRITE,
    reach=Reach.STEWARDS,
    act="farms:create",
    body=FarmCreate,
    returns=FarmRead,
    status=201,
    location="/farms/{id}",
    example={"body": {"code": "BROOK", "name": "Brook Farm", "species": "sheep", "region": "West"}},
)
async def create_farm(call: Call) -> FarmRead:
    """Create a farm."""
    return await farms.create(call.tx, call.body)


@routes.get(
    "/farms/{farm_id}",
    permission=P.FARMS_READ,
    reach=Reach.FARMS_SEEN,
    returns=FarmRead,
    example={"path": FARM},
)
async def get_farm(call: Call, farm_id: UUID) -> FarmRead:
    """Show a farm and one's place on it."""
    return await farms.get(call.tx, farm_id)


@routes.patch(
    "/farms/{farm_id}",
    permission=P.FARMS_WRITE,
    reach=Reach.STEWARDS,
    act="farms:update",
    body=FarmUpdate,
    returns=FarmRead,
    example={"path": FARM, "body": {"time_zone": "Europe/Zurich"}},
)
async def update_farm(call: Call, farm_id: UUID) -> FarmRead:
    """Change the given fields of a farm, such as its time zone; the others stay."""
    return await farms.update(call.tx, farm_id, call.body)


@routes.get(
    "/farms/{farm_id}/summary",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=FarmSummary,
    example={"path": FARM},
)
async def get_farm_summary(call: Call, farm_id: UUID) -> FarmSummary:
    """Show a flock or herd at one glance: animals by kind and birth year, records by trait."""
    return await farms.summary(call.tx, farm_id)


@routes.get(
    "/farms/{farm_id}/members",
    permission=P.FARMS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[MemberRead],
    example={"path": FARM},
)
async def list_farm_members(call: Call, farm_id: UUID) -> Page[MemberRead]:
    """List who belongs to a farm, as far as one may know."""
    return Page(await farms.members(call.tx, farm_id))


@routes.post(
    "/farms/{farm_id}/members",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="farms:add_member",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=MemberAdd,
    returns=MemberRead,
    example={"path": FARM, "body": {"username": "fiona", "role": "owner"}},
)
async def put_farm_member(call: Call, farm_id: UUID) -> MemberRead:
    """Give a person a place on a farm, or change it."""
    return await farms.add_member(call.tx, farm_id, call.body)


@routes.delete(
    "/farms/{farm_id}/members/{person_id}",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="farms:remove_member",
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": FARM | {"person_id": SAMPLE_ID}},
)
async def remove_farm_member(call: Call, farm_id: UUID, person_id: UUID) -> None:
    """Take a person's place on a farm away."""
    await farms.remove_member(call.tx, farm_id, person_id)
