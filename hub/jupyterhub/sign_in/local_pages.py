"""Pages around accounts of this hub: a new password, a proved address, an accepted invitation.

Codes come behind the `#` of a link, which browsers send to nobody; a small script puts them into
the form, or people paste them. They reach the hub in the body of a form only, so no log has them.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import HTTPError, StaticFileHandler

from hub import accounts, limits, sessions
from hub.accounts import LocalAccount
from hub.accounts.schemas import LONGEST_PASSWORD
from hub.actor import Actor
from hub.errors import Denied, HubError, Invalid
from hub.jupyterhub.sign_in import flow
from hub.jupyterhub.sign_in.flow import Proven
from hub.jupyterhub.sign_in.means import Means
from hub.permissions import Permission
from hub.sharing import invitations

STATIC = Path(__file__).parent / "static"
_LONGEST_CODE = 100


class LocalPage(BaseHandler):
    """What these pages share: a template, the way a post goes, refusals in words."""

    template = ""

    @property
    def means(self) -> Means:
        means: Means = self.authenticator.means
        return means

    @property
    def ways(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What the forms of the page ask for, by the field `how`."""
        return {}

    async def get(self) -> None:
        await self.show()

    async def post(self) -> None:
        how = self.get_body_argument("how", "")
        if how not in self.ways:
            raise HTTPError(400, "This form is not known. Open the page again.")
        try:
            await self.ways[how]()
        except HubError as error:
            await self.refuse(error)

    async def refuse(self, error: HubError) -> None:
        """The page again, with what was wrong at its top."""
        self.set_status(error.status)
        if wait := error.attributes.get("retry_after"):
            self.set_header("Retry-After", str(wait))
        said = [error.message, *(one.message for one in error.errors)]
        await self.show(problem=" ".join(dict.fromkeys(said)))

    async def show(self, **values: Any) -> None:
        """The page; what was typed stands in it again, but for passwords."""
        shown = {
            "problem": "",
            "done": "",
            "code": self.code if self.request.method == "POST" else "",
            "longest": LONGEST_PASSWORD,
            "signed_in": self.current_user.name if self.current_user else "",
            "xsrf": self.xsrf_token.decode("ascii"),
        }
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template(self.template, **shown | values))

    @property
    def code(self) -> str:
        return str(self.get_body_argument("code", ""))[:_LONGEST_CODE]

    def new_password(self) -> str:
        """The password that was typed, twice the same."""
        password: str = self.get_body_argument("password", "", strip=False)
        if password != self.get_body_argument("again", "", strip=False):
            raise Invalid(
                "accounts.passwords_differ", "The two passwords differ. Nothing was changed."
            )
        return password

    async def count_guess(self, what: str) -> None:
        """Refuse when too much was tried from one address or for one account."""
        address = self.request.remote_ip or ""
        await limits.guess(self.means.engine, account=what, address=address)


class ResetPage(LocalPage):
    """Asks for a link, and sets a password with it."""

    template = "reset.html"

    @property
    def ways(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"ask": self.ask, "set": self.set_password}

    async def ask(self) -> None:
        """The answer is the same for every name: whether it is somebody's, the worker finds out."""
        name = self.get_body_argument("name", "")
        await self.count_guess(f"reset of {name.strip().casefold()[:254]}")
        await accounts.ask_reset(self.means.engine, self.means.sealer, name)
        await self.show(done="asked")

    async def set_password(self) -> None:
        """A new password signs nobody in: second factors are asked for as ever."""
        means, code, password = self.means, self.code, self.new_password()
        await self.count_guess(f"code {code[:12]}")
        owner = await accounts.redeem_password(means.engine, code, password)
        await sessions.end_all(means.engine, means.store, owner.id, owner.username)
        if self.current_user and self.current_user.name == owner.username:
            self.clear_login_cookie()
            self._jupyterhub_user = None
        self.log.info("%s set a new password with a code", owner.username)
        await self.show(done="set", code="", username=owner.username)


class VerifyPage(LocalPage):
    """Proves an address; for the person who gave it, signed in."""

    template = "verify.html"

    @property
    def ways(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"verify": self.verify}

    async def verify(self) -> None:
        if self.current_user is None:
            raise Denied("sign_in.first", "Sign in first, then open the link again.")
        means, username = self.means, self.current_user.name
        await self.count_guess(f"address of {username}")
        await accounts.redeem_address(means.engine, means.sealer, username, self.code)
        await self.show(done="proved", code="")


class InvitationPage(LocalPage):
    """Shows what an invitation is to; accepts it as the signed-in person, or makes an account."""

    template = "invitation.html"

    @property
    def ways(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"look": self.look, "accept": self.accept, "join": self.join}

    async def look(self) -> None:
        await self.show(invitation=await invitations.look(self.means.engine, self.code))

    async def accept(self) -> None:
        if self.current_user is None:
            raise Denied("sign_in.first", "Sign in first, then open the invitation again.")
        actor = await self._actor()
        shown = await invitations.accept(self.means.engine, self.code, actor)
        await self.show(done="accepted", invitation=shown, code="")

    async def join(self) -> None:
        """An account for somebody who has none; it is signed in, because it was made here."""
        await self.count_guess(f"invitation {self.code[:12]}")
        username = self.authenticator.normalize_username(self.get_body_argument("username", ""))
        name = self.get_body_argument("name", "")
        new = invitations.new_account(username, name, self.new_password())
        account = await invitations.join(self.means.engine, self.code, new)
        await flow.first_factor_done(self, _proven(account))

    async def refuse(self, error: HubError) -> None:
        """With what the invitation says, as long as it can be accepted."""
        self.set_status(error.status)
        said = [error.message, *(one.message for one in error.errors)]
        try:
            shown = await invitations.look(self.means.engine, self.code)
        except HubError:
            shown = None
        await self.show(
            problem=" ".join(dict.fromkeys(said)),
            invitation=shown,
            username=self.get_body_argument("username", "")[:100],
            full_name=self.get_body_argument("name", "")[:200],
        )

    async def _actor(self) -> Actor:
        user = self.current_user
        return await accounts.identify(
            self.means.engine,
            username=user.name,
            name="",
            roles=flow.roles_of(user),
            permissions=frozenset({Permission.ACCOUNT_WRITE}),
        )


class Script(StaticFileHandler):
    """The script of these pages, for everybody."""


def handlers() -> list[tuple[Any, ...]]:
    """For the authenticator to register."""
    return [
        (r"/reset", ResetPage),
        (r"/verify", VerifyPage),
        (r"/invitation", InvitationPage),
        (r"/sign-in/static/(code\.js)", Script, {"path": str(STATIC)}),
    ]


def _proven(account: LocalAccount) -> Proven:
    return Proven(
        username=account.username,
        name=account.name,
        roles=account.roles,
        methods=frozenset({"pwd"}),
        level=1,
        person_id=account.id,
    )
