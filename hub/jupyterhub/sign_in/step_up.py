"""Confirming who one is before something that matters: password, passkey, or the institution."""

from dataclasses import replace
from urllib.parse import urlencode

from tornado import web

from hub import accounts, factors, limits, sessions
from hub.actor import Actor
from hub.errors import Denied, HubError
from hub.jupyterhub.sign_in import pending, second
from hub.jupyterhub.sign_in.flow import Proven, roles_of
from hub.jupyterhub.sign_in.institution_pages import institution_behind, step_up_at_institution
from hub.storage.transaction import begin


class StepUpPage(second.FactorPage):
    """A page for somebody whose browser is signed in."""

    async def prepare(self) -> None:
        """With the roles of this moment: they say how many factors are asked for."""
        await super().prepare()
        if self.current_user is not None:
            await self.refresh_auth(self.current_user, force=True)

    def me(self, methods: frozenset[str] = frozenset(), level: int = 1) -> Proven:
        """The person of this browser's session, with what they just proved."""
        user = self.current_user
        return Proven(user.name, user.name, roles_of(user), methods, level)

    async def person(self) -> Actor:
        return await pending.person(self, self.me())

    def session(self) -> str:
        return sessions.digest_of(self.get_session_cookie() or "")

    async def _page(self, next_url: str, error: HubError | None = None) -> None:
        engine, name = self.means.engine, self.current_user.name
        async with begin(engine, await self.person()) as tx:
            kinds = await factors.kinds(tx)
        behind = await institution_behind(self)
        await self.show(
            "step-up.html",
            error,
            kinds=kinds,
            next=next_url,
            password=await accounts.may_sign_in(engine, name),
            institution=behind.institution.title if behind else "",
            way=urlencode({"next": next_url}),
        )


class StepUp(StepUpPage):
    """`/hub/step-up?next=...`: prove it again and go on where it was asked for."""

    @web.authenticated
    async def get(self) -> None:
        """The page, with the ways that this person has."""
        await self._page(self.get_argument("next", ""))

    @web.authenticated
    async def post(self) -> None:
        """A password or a passkey's answer."""
        next_url = self.get_body_argument("next", "")
        try:
            if self.get_body_argument("how", "") == "passkey":
                await self._passkey(next_url)
            else:
                await self._password(next_url)
        except HubError as error:
            await self._page(next_url, error)

    async def _password(self, next_url: str) -> None:
        name, counted = self.current_user.name, self.counted(self.current_user.name)
        await limits.guess(self.means.engine, **counted)
        password = self.get_body_argument("password", "", strip=False)
        if await accounts.sign_in_locally(self.means.engine, name, password) is None:
            raise Denied("sign_in.wrong_password", "This is not your password. Type it again.")
        await limits.forgive(self.means.engine, **counted)
        await second.step_up_done(self, self.me(frozenset({"pwd"})), next_url)

    async def _passkey(self, next_url: str) -> None:
        methods = await second.passkey_methods(self, await self.person())
        proven = replace(self.me(methods), level=2)
        await second.note_step_up(self, proven, next_url, self.session())


class StepUpAway(StepUpPage):
    """Confirming it at the institution that the person came from."""

    @web.authenticated
    async def get(self) -> None:
        """Send them there: a link and no form, which browsers let lead to this hub only."""
        next_url = self.get_argument("next", "")
        behind = await institution_behind(self)
        async with begin(self.means.engine, await self.person()) as tx:
            own = bool(await factors.kinds(tx))
        wanted = self.means.settings.wanted_level(self.me().roles)
        able = behind is not None and max(behind.institution.acr_levels.values(), default=1) > 1
        level = wanted if able and not own else 1  # what is missing is asked for here afterwards
        try:
            sent = await step_up_at_institution(self, level=level, next_url=next_url)
        except HubError as error:
            await self._page(next_url, error)
            return
        if not sent:
            self.redirect(f"{self.hub.base_url}step-up?{urlencode({'next': next_url})}")


class StepUpOptions(StepUpPage):
    """What the browser asks the person's own passkeys for."""

    @web.authenticated
    async def post(self) -> None:
        """The options as JSON."""
        try:
            async with begin(self.means.engine, await self.person()) as tx:
                options = await factors.ask_passkey(tx, self.means.settings)
        except HubError as error:
            self.refuse(error)
        else:
            self.send({"make": False, "options": options})
