"""The caller's account: who they are, their password and their e-mail address."""

from pydantic import Field, SecretStr

from extensions.base.routing import Call, Routes
from hub import accounts, farms, sessions, tokens
from hub.accounts import Me
from hub.farms import FarmRead
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input, Output

routes = Routes("Account")

_LONGEST = 1000  # of what is looked at; the rules say what is taken


class MeWithFarms(Me):
    """The caller with the farms they belong to."""

    farms: list[FarmRead]


class PasswordChange(Input):
    """The password as it is, and as it is to be."""

    current: SecretStr = Field(max_length=_LONGEST)
    new: SecretStr = Field(max_length=_LONGEST, description="8 to 256 characters of any kind")
    end_other_sessions: bool = Field(default=True, description="Sign out everywhere else")


class EmailChange(Input):
    """Where letters of the hub go to."""

    email: str = Field(max_length=254)


class EmailRead(Output):
    """The address that was proved; empty without one."""

    email: str


@routes.get("/me", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=MeWithFarms)
async def get_me(call: Call) -> MeWithFarms:
    """Tell who is calling, where they belong and what this sign-in or token may do."""
    me = await accounts.me(call.tx)
    return MeWithFarms(**me.model_dump(), farms=await farms.mine(call.tx))


@routes.put(
    "/me/password",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="accounts:change_password",
    body=PasswordChange,
    errors=(403, 409, 422),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"body": {"current": "wool over nobody's eyes", "new": "seven sheep in a boat"}},
)
async def change_password(call: Call) -> None:
    """Change one's password, and sign out in all other browsers.

    Passwords that stand in lists of stolen ones are refused, and those made of one's name.
    """
    body, actor = call.body, call.actor
    await accounts.change_password(
        call.tx, body.current.get_secret_value(), body.new.get_secret_value()
    )
    if body.end_other_sessions:
        await sessions.end_all(
            call.app.engine,
            call.app.dynamodb,
            actor.person_id,
            actor.username,
            but=actor.session_id,
        )
        await tokens.end_all(
            call.app.engine, call.app.dynamodb, actor.person_id, tokens.Kind.FAMILY
        )


@routes.get("/me/email", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=EmailRead)
async def get_email(call: Call) -> EmailRead:
    """The e-mail address that one proved."""
    return EmailRead(email=await accounts.my_address(call.tx, call.app.sealer))


@routes.put(
    "/me/email",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="accounts:ask_address",
    body=EmailChange,
    status=202,
    errors=(422,),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"body": {"email": "fiona@hill-farm.example"}},
)
async def change_email(call: Call) -> None:
    """Mail a link to another address, which becomes one's own when the link is opened."""
    await accounts.ask_address(call.tx, call.app.sealer, call.body.email)


@routes.delete(
    "/me/email",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="accounts:remove_address",
    step_up=True,
    rate=Rate.SENSITIVE,
)
async def remove_email(call: Call) -> None:
    """Take one's e-mail address away."""
    await accounts.forget_address(call.tx)
