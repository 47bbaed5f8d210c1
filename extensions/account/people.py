"""People of the hub: the list, and what administrators change."""

from uuid import UUID

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import accounts
from hub.accounts import (
    OpeningLink,
    PeopleQuery,
    PersonCreate,
    PersonRead,
    PersonUpdate,
    PolicyRead,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("People")

_PERSON = "0198c2a4-7c1e-7f2a-9d3b-0123456789ab"


class PersonMade(PersonRead):
    """A new person, with the link that chooses their password, shown this once."""

    url: str


@routes.get(
    "/people",
    permission=P.PEOPLE_READ,
    reach=Reach.ADMINISTRATORS,
    query=PeopleQuery,
    returns=PageOf[PersonRead],
    example={"query": {"role": "farmer", "limit": 10}},
)
async def list_people(call: Call) -> Page[PersonRead]:
    """List the people of the hub with their roles."""
    return await accounts.people(call.tx, call.query)


@routes.post(
    "/people",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="accounts:create",
    body=PersonCreate,
    returns=PersonMade,
    answers_once=True,
    status=201,
    errors=(409, 422),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"body": {"username": "nora", "name": "Nora North", "roles": ["farmer"]}},
)
async def create_person(call: Call) -> PersonMade:
    """Make an account; its owner chooses a password with the link, within 24 hours.

    The link is mailed where an address is given. Nobody gives roles above their own.
    """
    person, url = await accounts.create(
        call.tx, call.app.sealer, call.app.settings.base_url, call.body
    )
    return PersonMade(**person.model_dump(), url=url)


@routes.patch(
    "/people/{person_id}",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="accounts:change",
    body=PersonUpdate,
    returns=PersonRead,
    errors=(404, 409, 422),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": {"person_id": _PERSON}, "body": {"roles": ["farmer", "adviser"]}},
)
async def change_person(call: Call, person_id: UUID) -> PersonRead:
    """Change a name or roles, let somebody in no more (`disabled`), or again.

    It holds from their next request on. The last administrator stays one.
    """
    return await accounts.change(call.tx, person_id, call.body)


@routes.post(
    "/people/{person_id}/reset-link",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="accounts:reset_link",
    returns=OpeningLink,
    answers_once=True,
    status=201,
    errors=(404, 409),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": {"person_id": _PERSON}},
)
async def make_reset_link(call: Call, person_id: UUID) -> OpeningLink:
    """Make a link to hand over that sets a new password, once and within ten minutes.

    Second factors stay: it opens no account whose second factor one does not have.
    """
    return await accounts.opening_link(call.tx, call.app.settings.base_url, person_id)


@routes.get("/policy", permission=P.PEOPLE_MANAGE, reach=Reach.ADMINISTRATORS, returns=PolicyRead)
async def read_policy(call: Call) -> PolicyRead:
    """See what the settings ask of everybody: factors, lengths of sessions, limits of requests.

    Only whoever operates the hub changes them; `settings` names the variable of each.
    """
    return accounts.policy_in_force(call.actor, call.app.settings)
