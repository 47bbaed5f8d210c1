"""Groups of animals and who is in them."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from extensions.farm.places import ListQuery
from hub.animals import groups
from hub.animals.schemas_farm import (
    GroupCreate,
    GroupJoin,
    GroupLeave,
    GroupMemberRead,
    GroupRead,
    GroupUpdate,
    MembersQuery,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Groups")

GROUP = {"group_id": SAMPLE_ID}


@routes.get(
    "/farms/{farm_id}/groups",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=ListQuery,
    returns=PageOf[GroupRead],
    example={"path": {"farm_id": SAMPLE_ID}},
)
async def list_groups(call: Call, farm_id: UUID) -> Page[GroupRead]:
    """List the groups of a farm with how many animals are in each."""
    return Page(await groups.of_farm(call.tx, farm_id, archived=call.query.archived))


@routes.post(
    "/groups",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="groups:create",
    body=GroupCreate,
    returns=GroupRead,
    status=201,
    location="/groups/{id}",
    example={"body": {"farm_id": SAMPLE_ID, "name": "Tups 2026", "kind": "mating"}},
)
async def create_group(call: Call) -> GroupRead:
    """Add a group to a farm on which one works."""
    return await groups.create(call.tx, call.body)


@routes.get(
    "/groups/{group_id}",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=GroupRead,
    example={"path": GROUP},
)
async def get_group(call: Call, group_id: UUID) -> GroupRead:
    """Show a group."""
    return await groups.get(call.tx, group_id)


@routes.patch(
    "/groups/{group_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="groups:update",
    body=GroupUpdate,
    returns=GroupRead,
    example={"path": GROUP, "body": {"archived": True}},
)
async def update_group(call: Call, group_id: UUID) -> GroupRead:
    """Change a group, archive it, or use it again."""
    return await groups.update(call.tx, group_id, call.body)


@routes.get(
    "/groups/{group_id}/members",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=MembersQuery,
    returns=PageOf[GroupMemberRead],
    example={"path": GROUP, "query": {"on": "2026-10-20"}},
)
async def list_group_members(call: Call, group_id: UUID) -> Page[GroupMemberRead]:
    """List who is in a group on a day, or who ever was."""
    return await groups.members(call.tx, group_id, call.query)


@routes.post(
    "/groups/{group_id}/members",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:join",
    body=GroupJoin,
    returns=PageOf[GroupMemberRead],
    status=201,
    example={"path": GROUP, "body": {"animal_ids": [SAMPLE_ID], "from_on": "2026-10-20"}},
)
async def join_group(call: Call, group_id: UUID) -> Page[GroupMemberRead]:
    """Take animals into a group from a day on."""
    return Page(await groups.join(call.tx, group_id, call.body))


@routes.post(
    "/groups/{group_id}/leave",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:leave",
    body=GroupLeave,
    returns=GroupMemberRead,
    example={"path": GROUP, "body": {"animal_id": SAMPLE_ID, "on": "2026-11-24"}},
)
async def leave_group(call: Call, group_id: UUID) -> GroupMemberRead:
    """Let an animal leave a group."""
    return await groups.leave(call.tx, group_id, call.body.animal_id, call.body.on)


@routes.get(
    "/animals/{animal_id}/groups",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[GroupMemberRead],
    example={"path": {"animal_id": SAMPLE_ID}},
)
async def list_groups_of_animal(call: Call, animal_id: UUID) -> Page[GroupMemberRead]:
    """List every time that an animal spent in a group."""
    return Page(await groups.of_animal(call.tx, animal_id))
