"""Sharing over REST: what farms give to people and projects, and the consent to it."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import sharing
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.sharing import GrantCreate, GrantRead, GrantUpdate, MyGrants, RestsOn
from hub.storage.paging import Page

routes = Routes("Sharing")

FARM = {"farm_id": SAMPLE_ID}
GRANT = FARM | {"grant_id": SAMPLE_ID}


@routes.get("/me/grants", permission=P.SHARING_READ, reach=Reach.ONESELF, returns=MyGrants)
async def get_my_grants(call: Call) -> MyGrants:
    """Tell what is shared with one, what one's own farms share, and what each kind means."""
    return await sharing.mine(call.tx)


@routes.get(
    "/farms/{farm_id}/grants",
    permission=P.SHARING_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[GrantRead],
    example={"path": FARM},
)
async def list_grants(call: Call, farm_id: UUID) -> Page[GrantRead]:
    """List what a farm shares and shared, as far as one may know."""
    return Page(await sharing.of_farm(call.tx, farm_id))


@routes.post(
    "/farms/{farm_id}/grants",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="sharing:grant",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=GrantCreate,
    returns=GrantRead,
    status=201,
    location="/farms/{farm_id}/grants",
    example={
        "path": FARM,
        "body": {
            "username": "rita",
            "kinds": ["pedigree", "records"],
            "purpose": "Breeding values for lamb weights in the ram circle",
            "valid_until": "2035-01-01T00:00:00Z",
        },
    },
)
async def give_grant(call: Call, farm_id: UUID) -> GrantRead:
    """Share kinds of a farm's data with a person or project, for a purpose and a time."""
    return await sharing.give(call.tx, farm_id, call.body)


@routes.patch(
    "/farms/{farm_id}/grants/{grant_id}",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="sharing:set_end",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=GrantUpdate,
    returns=GrantRead,
    example={"path": GRANT, "body": {"valid_until": "2034-01-01T00:00:00Z"}},
)
async def set_end_of_grant(call: Call, farm_id: UUID, grant_id: UUID) -> GrantRead:
    """Give a grant another end."""
    return await sharing.set_end(call.tx, farm_id, grant_id, call.body)


@routes.delete(
    "/farms/{farm_id}/grants/{grant_id}",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    act="sharing:revoke",
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": GRANT},
)
async def revoke_grant(call: Call, farm_id: UUID, grant_id: UUID) -> None:
    """End a grant at once and for good."""
    await sharing.revoke(call.tx, farm_id, grant_id)


@routes.get(
    "/farms/{farm_id}/grants/{grant_id}/results",
    permission=P.SHARING_MANAGE,
    reach=Reach.FARMS_OWNED,
    returns=PageOf[RestsOn],
    example={"path": GRANT},
)
async def list_results_of_grant(call: Call, farm_id: UUID, grant_id: UUID) -> Page[RestsOn]:
    """List what was made from data that a grant gave: datasets, exports, evaluations, studies."""
    return Page(await sharing.rests_on(call.tx, farm_id, grant_id))
