"""Second factors over REST."""

from uuid import UUID

from extensions.base.routing import Call, Routes
from hub import factors, sessions
from hub.factors import (
    FactorName,
    FactorRead,
    FactorsRead,
    PasskeyAnswer,
    PasskeyOptions,
    RecoveryCodes,
    TotpConfirm,
    TotpStarted,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach

routes = Routes("Second factors")
SENSITIVE = {"step_up": True, "rate": Rate.SENSITIVE}
_ID = "0198c2a4-7c1e-7f2a-9d3b-0123456789ab"


@routes.get("/me/factors", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=FactorsRead)
async def list_my_factors(call: Call) -> FactorsRead:
    """List one's authenticator apps and passkeys, and how many recovery codes are left."""
    return await factors.mine(call.tx, call.app.settings)


@routes.post(
    "/me/factors/totp",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="",
    body=FactorName,
    returns=TotpStarted,
    status=201,
    answers_once=True,
    example={"body": {"name": "phone"}},
    **SENSITIVE,
)
async def start_totp(call: Call) -> TotpStarted:
    """Start adding an authenticator app; it counts once it is confirmed with a code."""
    return await factors.start_totp(call.tx, call.app.settings, call.app.sealer, call.body.name)


@routes.post(
    "/me/factors/totp/{factor_id}/confirm",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="factors:add",
    body=TotpConfirm,
    returns=FactorRead,
    errors=(404, 409, 410),
    example={"path": {"factor_id": _ID}, "body": {"code": "123456"}},
    **SENSITIVE,
)
async def confirm_totp(call: Call, factor_id: UUID) -> FactorRead:
    """Make an authenticator app count, with the code it shows now."""
    return await factors.confirm_totp(call.tx, call.app.sealer, factor_id, call.body.code)


@routes.post(
    "/me/factors/passkeys/options",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="",
    returns=PasskeyOptions,
    errors=(503,),
    answers_once=True,
    **SENSITIVE,
)
async def passkey_options(call: Call) -> PasskeyOptions:
    """Ask what a browser needs to make a passkey for this account."""
    return PasskeyOptions(options=await factors.passkey_options(call.tx, call.app.settings))


@routes.post(
    "/me/factors/passkeys",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="factors:add",
    body=PasskeyAnswer,
    returns=FactorRead,
    status=201,
    errors=(403, 409, 410, 503),
    example={"body": {"name": "laptop", "credential": {"id": "...", "type": "public-key"}}},
    **SENSITIVE,
)
async def add_passkey(call: Call) -> FactorRead:
    """Add the passkey that the browser made."""
    body: PasskeyAnswer = call.body
    return await factors.add_passkey(call.tx, call.app.settings, body.name, body.credential)


@routes.patch(
    "/me/factors/{factor_id}",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="factors:rename",
    body=FactorName,
    returns=FactorRead,
    errors=(404,),
    example={"path": {"factor_id": _ID}, "body": {"name": "old phone"}},
    **SENSITIVE,
)
async def rename_factor(call: Call, factor_id: UUID) -> FactorRead:
    """Call a factor something else in the list."""
    return await factors.rename(call.tx, factor_id, call.body.name)


@routes.delete(
    "/me/factors/{factor_id}",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="factors:remove",
    errors=(404, 409),
    example={"path": {"factor_id": _ID}},
    **SENSITIVE,
)
async def remove_factor(call: Call, factor_id: UUID) -> None:
    """Remove a factor; the last one stays where one's roles ask for two."""
    await factors.remove(call.tx, call.app.settings, factor_id)


@routes.post(
    "/me/recovery-codes",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="recovery_codes:renew",
    returns=RecoveryCodes,
    status=201,
    errors=(409,),
    answers_once=True,
    **SENSITIVE,
)
async def renew_recovery_codes(call: Call) -> RecoveryCodes:
    """Make ten new recovery codes, shown this once; those of before work no more."""
    return await factors.renew_codes(call.tx)


@routes.delete(
    "/people/{person_id}/factors",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="factors:reset",
    errors=(403, 404, 422),
    example={"path": {"person_id": _ID}},
    **SENSITIVE,
)
async def reset_factors(call: Call, person_id: UUID) -> None:
    """Take all factors of somebody who lost them, and end their sign-ins."""
    username = await factors.reset(call.tx, person_id)
    await sessions.end_all(call.app.engine, call.app.dynamodb, person_id, username)
