"""The sign-in page: institutions as links that look like buttons, the form of local accounts."""

from typing import Any, cast
from urllib.parse import urlencode

from jupyterhub.handlers.login import LoginHandler

from hub import accounts, factors, limits
from hub.accounts.schemas import LONGEST_USERNAME
from hub.errors import Denied, HubError, Missing
from hub.jupyterhub.sign_in import flow, next_page
from hub.jupyterhub.sign_in.flow import Proven
from hub.jupyterhub.sign_in.means import Means
from hub.jupyterhub.sign_in.provider import Provider

# One sentence for a wrong name, a wrong password and a closed account: it tells nobody which.
_NOT_RIGHT = "The name or the password is not right, or the account is closed."


class SignInPages(LoginHandler):
    """What all pages around signing in share: the stores, and refusals in words."""

    @property
    def means(self) -> Means:
        return cast(Means, self.authenticator.means)

    @property
    def providers(self) -> dict[str, Provider]:
        return cast(dict[str, Provider], self.authenticator.providers)

    def provider(self, name: str) -> Provider:
        if name not in self.providers:
            raise Missing("sign_in.no_institution", "There is no such institution at this hub.")
        return self.providers[name]

    def get_next_url(self, user: Any = None, default: str | None = None) -> str:
        return next_page.or_home(self.get_argument("next", ""), self.hub.base_url)

    async def say(self, error: HubError, next_url: str = "", username: str = "") -> None:
        """The refusal in words: on the sign-in page, or on a page of its own for the signed-in."""
        self.set_status(error.status)
        if error.status == 401:
            self.set_header("WWW-Authenticate", 'Bearer error="insufficient_user_authentication"')
        if wait := error.attributes.get("retry_after"):
            self.set_header("Retry-After", str(wait))
        if self.current_user:
            page = self.render_template(
                "error.html",
                status_code=error.status,
                status_message=self._reason,
                message=error.message,
                sync=False,
            )
        else:
            page = self._render(login_error=error.message, username=username, next_url=next_url)
        self.finish(await page)

    def _render(
        self, login_error: str | None = None, username: str | None = None, **more: Any
    ) -> Any:
        next_url = next_page.checked(more.pop("next_url", "") or self.get_argument("next", ""))
        way = f"?{urlencode({'next': next_url})}" if next_url else ""
        base = self.hub.base_url
        institutions = [
            {"title": one.title, "url": f"{base}oauth_login/{name}{way}"}
            for name, one in self.providers.items()
        ]
        return self.render_template(
            "login.html",
            institutions=institutions,
            local=self.means.settings.sign_in == "local",
            form_url=f"{base}login{way}",
            login_error=login_error,
            username=(username or "")[:LONGEST_USERNAME],
            passkeys=factors.relying_party(self.means.settings).is_possible,
            next_url=next_url,
            xsrf=self.xsrf_token.decode("ascii"),
            **more,
        )


class SignInPage(SignInPages):
    """The page, and the form of local accounts."""

    async def post(self) -> None:
        username = self.authenticator.normalize_username(self.get_argument("username", ""))
        try:
            proven = await self._proven(username)
            await flow.first_factor_done(self, proven, self.get_argument("next", ""))
        except HubError as error:
            self.log.warning("Sign-in of %.32r refused: %s", username, error.code)
            await self.say(error, username=username)

    async def _proven(self, username: str) -> Proven:
        """Counted before anything is checked, so that a guess costs the same whatever it is."""
        if self.means.settings.sign_in != "local":
            raise Denied("sign_in.institutions_only", "Sign in through one of the institutions.")
        means, cookie = self.means, limits.cookie_name(username)
        device = limits.known_device(means.sealer, username, self.get_cookie(cookie))
        who = {"account": username, "address": self.request.remote_ip or "", "device": device}
        await limits.guess(means.engine, **who)
        password = self.get_argument("password", "", strip=False)
        account = await accounts.sign_in_locally(means.engine, username, password)
        if account is None:
            raise Denied("sign_in.not_right", _NOT_RIGHT)
        await limits.forgive(means.engine, **who)
        return Proven(
            username=account.username,
            name=account.name,
            roles=account.roles,
            methods=frozenset({"pwd"}),
            level=1,
            person_id=account.id,
        )
