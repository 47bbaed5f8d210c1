"""The caller's account and sign-in sessions, and the people of the hub."""

from datetime import datetime

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import accounts, farms
from hub.accounts import Me, PeopleQuery, PersonRead, sessions
from hub.accounts.sessions import SignInSession
from hub.farms import FarmRead
from hub.permissions import Permission as P
from hub.schemas import Output
from hub.storage.paging import Page

routes = Routes("Account")


class SignInSessionRead(Output):
    """A browser that is signed in, or was a short while ago."""

    id: str
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class MeWithFarms(Me):
    """The caller with the farms they belong to."""

    farms: list[FarmRead]


@routes.get("/me", permission=P.ACCOUNT_READ, returns=MeWithFarms)
async def get_me(call: Call) -> MeWithFarms:
    """Tell who is calling, where they belong and what this sign-in or token may do."""
    me = await accounts.me(call.tx)
    return MeWithFarms(**me.model_dump(), farms=await farms.mine(call.tx))


@routes.get("/me/sessions", permission=P.ACCOUNT_READ, returns=PageOf[SignInSessionRead])
async def list_my_sessions(call: Call) -> Page[SignInSession]:
    """List the browsers in which one is signed in, the last used first."""
    return Page(await sessions.list_for(call.app.dynamodb, call.actor.username))


@routes.get(
    "/people",
    permission=P.PEOPLE_READ,
    query=PeopleQuery,
    returns=PageOf[PersonRead],
    example={"query": {"role": "farmer", "limit": 10}},
)
async def list_people(call: Call) -> Page[PersonRead]:
    """List the people of the hub with their roles."""
    return await accounts.people(call.tx, call.query)
