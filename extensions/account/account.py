"""The caller's account and sign-in sessions, and the people of the hub."""

from datetime import datetime

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import accounts
from hub.accounts import Me, PeopleQuery, PersonRead, sessions
from hub.accounts.sessions import SignInSession
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


@routes.get("/me", permission=P.ACCOUNT_READ, returns=Me)
async def get_me(call: Call) -> Me:
    """Tell who is calling and what this sign-in or token may do."""
    return await accounts.me(call.tx)


@routes.get("/me/sessions", permission=P.ACCOUNT_READ, returns=list[SignInSessionRead])
async def list_my_sessions(call: Call) -> list[SignInSession]:
    """List the browsers in which one is signed in, the last used first."""
    return await sessions.list_for(call.app.dynamodb, call.actor.username)


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
