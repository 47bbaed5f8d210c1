"""Signing out, both ways: here and then at the institution; there and then here."""

import json

from jupyterhub.handlers import BaseHandler, LogoutHandler

from hub import sessions
from hub.errors import Denied, HubError
from hub.jupyterhub.sign_in import assertions, institution_sessions, pending
from hub.jupyterhub.sign_in.assertions import NOTICE_SECONDS, NotVerifiedError
from hub.jupyterhub.sign_in.institution_sessions import Resting, Vouched
from hub.jupyterhub.sign_in.provider import Provider
from hub.sessions import Ended as Because

_LONGEST_NOTICE = 40_000
_REPLAY_SECONDS = 2 * NOTICE_SECONDS


class SignOut(LogoutHandler):
    """Ends the session in every process, then leads to the institution that vouched for it."""

    _vouched: Vouched | None = None

    async def default_handle_logout(self) -> None:
        """What vouched for the session is looked up before it is over."""
        if session_id := self.get_session_cookie():
            try:
                means = self.authenticator.means
                self._vouched = await institution_sessions.of_session(means, session_id)
            except HubError as error:
                self.log.error("The institution of a session could not be found: %s", error)
        await super().default_handle_logout()
        self.clear_login_cookie()  # also when the session was over already
        pending.forget(self)

    async def render_logout_page(self) -> None:
        self.redirect(await self._institutions_page() or self.settings["login_url"])

    async def _institutions_page(self) -> str:
        if (said := self._vouched) is None:
            return ""
        provider: Provider | None = self.authenticator.providers.get(said.institution)
        if provider is None:
            return ""
        back = f"{self.authenticator.means.settings.base_url}/hub/login"
        try:
            return await provider.end_session(said.id_token, back)
        except HubError:
            return ""  # signed out here all the same


class BackChannelLogout(BaseHandler):
    """Where institutions tell that somebody signed out there (OpenID Connect Back-Channel Logout).

    No cookie and no page's token comes along: the notice itself is signed.
    """

    _accept_cookie_auth = False

    def check_xsrf_cookie(self) -> None:
        """The notice is signed, and no browser sends it."""

    async def post(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        try:
            ended = await self._take(self.get_body_argument("logout_token", ""))
        except NotVerifiedError as error:
            self._refuse(400, str(error))
        except HubError as error:
            self._refuse(400 if error.status < 500 else 503, error.message)
        else:
            self.log.info("An institution ended %d sessions", ended)
            self.finish("{}")

    def _refuse(self, status: int, why: str) -> None:
        self.log.warning("A notice of signing out was refused: %s", why)
        self.set_status(status)
        self.finish(json.dumps({"error": "invalid_request", "error_description": why}))

    async def _take(self, token: str) -> int:
        provider, claims = await self._verified(token[:_LONGEST_NOTICE])
        means, issuer = self.authenticator.means, provider.institution.issuer
        known = await institution_sessions.first_time(means, issuer, claims["jti"], _REPLAY_SECONDS)
        if not known:
            raise Denied("sign_in.notice_again", "this notice was sent before")
        subject, sid = claims.get("sub", ""), claims.get("sid", "")
        there = await institution_sessions.to_end(means, issuer, subject, sid)
        for one in there:
            await self._end(one)
        return len(there)

    async def _verified(self, token: str) -> tuple[Provider, dict[str, str]]:
        """Tried with each institution of this issuer: two may share it with different clients."""
        issuer, problem = assertions.unverified_issuer(token), NotVerifiedError("nobody known")
        for provider in self.authenticator.providers.values():
            if provider.institution.issuer == issuer:
                try:
                    return provider, await provider.notice(token)
                except NotVerifiedError as error:
                    problem = error
        raise problem

    async def _end(self, one: Resting) -> None:
        means, why = self.authenticator.means, Because.INSTITUTION
        await sessions.end(means.engine, means.store, None, one.username, one.digest, reason=why)
