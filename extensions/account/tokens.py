"""Personal access tokens, devices and programs that stay signed in, over REST."""

from typing import Any

from extensions.base.application import Application
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import farms, tokens
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page
from hub.tokens import (
    CodeQuery,
    DeviceAnswer,
    DeviceAsks,
    DeviceRead,
    Kind,
    Pair,
    PairCreate,
    Stored,
    Stores,
    TokenCreate,
    TokenMade,
    TokenRead,
)

routes = Routes("Tokens")

_SENSITIVE: Any = {"permission": P.ACCOUNT_WRITE, "step_up": True, "rate": Rate.SENSITIVE}
_TOKEN_ID = "personal-0198c2a47c1e7f2a9d3b0123"  # noqa: S105 - the id of a token
_DEVICE_ID = "device-0198c2a47c1e7f2a9d3b0123"
_CODE = "WDJB-MJHT"


def stores_of(app: Application) -> Stores:
    """What tokens are kept in."""
    return Stores(app.engine, app.dynamodb, app.sealer, app.settings)


@routes.get("/me/tokens", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=PageOf[TokenRead])
async def list_my_tokens(call: Call) -> Page[Stored]:
    """List one's personal access tokens, the oldest first; never the tokens themselves."""
    return Page(await tokens.list_for(call.app.dynamodb, call.actor.person_id, Kind.PERSONAL))


@routes.post(
    "/me/tokens",
    body=TokenCreate,
    returns=TokenMade,
    status=201,
    errors=(409,),
    answers_once=True,
    example={
        "body": {"name": "weights from the shed", "scopes": ["records:write"], "days": 90},
    },
    **_SENSITIVE,
    reach=Reach.ONESELF,
    act="tokens:create",
)
async def create_my_token(call: Call) -> TokenMade:
    """Make a personal access token for a program; it is shown once, in this answer."""
    made, text = await tokens.create(call.tx, call.app.dynamodb, call.body)
    return TokenMade(token=text, **TokenRead.model_validate(made).model_dump())


@routes.delete(
    "/me/tokens/{token_id}",
    errors=(404,),
    example={"path": {"token_id": _TOKEN_ID}},
    **_SENSITIVE,
    reach=Reach.ONESELF,
    act="tokens:end",
)
async def end_my_token(call: Call, token_id: str) -> None:
    """End one of one's tokens, from the next request on."""
    await tokens.end(call.tx, call.app.dynamodb, call.app.engine, token_id, Kind.PERSONAL)


@routes.post(
    "/me/tokens/session",
    body=PairCreate,
    returns=Pair,
    status=201,
    errors=(409,),
    answers_once=True,
    example={"body": {"client": "agrigen-phone", "name": "Phone"}},
    **_SENSITIVE,
    reach=Reach.ONESELF,
    act="tokens:session",
)
async def create_token_session(call: Call) -> Pair:
    """Give the page one is signed in to short-lived tokens, and one to refresh them with."""
    return await tokens.create_pair(call.tx, stores_of(call.app), call.body)


@routes.get(
    "/me/devices", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=PageOf[DeviceRead]
)
async def list_my_devices(call: Call) -> Page[Stored]:
    """List the devices and programs that one let in, the oldest first."""
    kinds = (Kind.DEVICE, Kind.FAMILY)
    return Page(await tokens.list_for(call.app.dynamodb, call.actor.person_id, *kinds))


@routes.delete(
    "/me/devices/{device_id}",
    errors=(404,),
    example={"path": {"device_id": _DEVICE_ID}},
    **_SENSITIVE,
    reach=Reach.ONESELF,
    act="devices:end",
)
async def end_my_device(call: Call, device_id: str) -> None:
    """Let a device or a program in no more, from its next request on."""
    kinds = (Kind.DEVICE, Kind.FAMILY)
    await tokens.end(call.tx, call.app.dynamodb, call.app.engine, device_id, *kinds)


@routes.get(
    "/me/devices/approve",
    query=CodeQuery,
    returns=DeviceAsks,
    errors=(404, 429),
    example={"query": {"user_code": _CODE}},
    **_SENSITIVE,
    reach=Reach.ONESELF,
)
async def look_at_device(call: Call) -> DeviceAsks:
    """Show what waits with a code: its name, from where it asked, and what it wants to do."""
    return await tokens.look(stores_of(call.app), call.actor, call.query.user_code)


@routes.post(
    "/me/devices/approve",
    body=DeviceAnswer,
    errors=(404, 429),
    example={"body": {"user_code": _CODE, "approve": True}},
    **_SENSITIVE,
    reach=Reach.ONESELF,
    act="devices:approve",
)
async def answer_device(call: Call) -> None:
    """Let a waiting device in, in one's own name, perhaps for one farm only; or refuse it."""
    if call.body.farm_id is not None:
        await farms.get(call.tx, call.body.farm_id)
    await tokens.answer(stores_of(call.app), call.tx, call.body)
