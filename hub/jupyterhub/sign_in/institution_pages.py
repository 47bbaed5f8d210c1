"""To an institution and back: signing in, proving it again, linking an account."""

import time
from dataclasses import replace
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado import web

from hub import accounts, sessions
from hub.actor import Assurance, Credential
from hub.errors import Denied, HubError, SignInAgain
from hub.institutions import ONLY
from hub.jupyterhub.sign_in import claims as meaning
from hub.jupyterhub.sign_in import errand as errands
from hub.jupyterhub.sign_in import fetching, flow, institution_sessions, next_page, people, second
from hub.jupyterhub.sign_in.assertions import LEEWAY_SECONDS
from hub.jupyterhub.sign_in.errand import Errand, Purpose
from hub.jupyterhub.sign_in.pages import SignInPages
from hub.jupyterhub.sign_in.provider import Provider
from hub.storage import transaction

_LONGEST_CODE = 4096


async def send(handler: BaseHandler, provider: Provider, errand: Errand) -> str:
    """Leave the errand in the browser and give the institution's address."""
    asked = {
        "state": errand.state,
        "nonce": errand.nonce,
        "code_challenge": errand.challenge,
    }
    if errand.purpose is not Purpose.SIGN_IN:
        asked |= {"prompt": "login", "max_age": "0"}
    if errand.level >= 2 and (wanted := _strong(provider)):
        asked["acr_values"] = " ".join(wanted)
    address = await provider.authorization(**asked)
    errands.leave(handler, errand, f"{handler.hub.base_url}{provider.institution.callback}")
    return address


def _strong(provider: Provider) -> list[str]:
    """What the institution calls two factors."""
    return [acr for acr, level in provider.institution.acr_levels.items() if level >= 2]


async def step_up_at_institution(
    handler: BaseHandler, *, level: int = 1, next_url: str = ""
) -> bool:
    """Send somebody to the institution that they came from, to prove it anew; False: from none.

    When they come back their session is noted as proved just now, at the level that the
    institution's tables give, and they go on to `next_url`; a lower level than `level` is refused.
    """
    behind = await institution_behind(handler)
    if behind is None or handler.current_user is None:
        return False
    errand = Errand(
        institution=behind.institution.name,
        purpose=Purpose.STEP_UP,
        next_url=next_page.checked(next_url),
        username=handler.current_user.name,
        session=sessions.digest_of(handler.get_session_cookie() or ""),
        level=level,
    )
    handler.redirect(await send(handler, behind, errand))
    return True


async def institution_behind(handler: BaseHandler) -> Provider | None:
    """The institution that vouched for the session of this browser, if one did."""
    session_id = handler.get_session_cookie()
    if not session_id:
        return None
    said = await institution_sessions.of_session(handler.authenticator.means, session_id)
    provider: Provider | None = handler.authenticator.providers.get(
        said.institution if said else ""
    )
    return provider


class ToInstitution(SignInPages):
    """GET sends somebody there to sign in; POST gives who is signed in the address for linking.

    Linking answers with the address because browsers follow no form to another place
    (`form-action`); it asks for the page's own token because another page could start it too.
    """

    async def get(self, name: str) -> None:
        next_url = next_page.checked(self.get_argument("next", ""))
        try:
            errand = Errand(institution=name, next_url=next_url)
            self.redirect(await send(self, self.provider(name), errand))
        except HubError as error:
            await self.say(error, next_url)

    @web.authenticated
    async def post(self, name: str) -> None:
        errand = Errand(
            institution=name,
            purpose=Purpose.LINK,
            next_url=next_page.checked(self.get_argument("next", "")),
            username=self.current_user.name,
            session=sessions.digest_of(self.get_session_cookie() or ""),
        )
        try:
            address = await send(self, self.provider(name), errand)
        except HubError as error:
            await self.say(error)
        else:
            self.set_header("Content-Type", "application/json")
            self.finish({"address": address})


class FromInstitution(SignInPages):
    """Where institutions send people back to; nothing counts before the errand is found."""

    async def get(self, name: str = ONLY) -> None:
        try:
            await self._arrive(self.provider(name))
        except HubError as error:
            self.log.warning("Answer of institution %s refused: %s", name, error.message)
            await self.say(error)

    def post(self, name: str = ONLY) -> None:
        raise web.HTTPError(405)

    async def _arrive(self, provider: Provider) -> None:
        errand = self._errand(provider)
        await self._check_sender(provider)
        if error := self.get_argument("error", ""):
            raise _not_signed_in(provider, error, errand)
        code = self.get_argument("code", "")
        if not 0 < len(code) <= _LONGEST_CODE:
            raise fetching.refused(provider.title, "it sent no code")
        claims, token = await provider.redeem(code, errand.verifier, errand.nonce)
        match errand.purpose:
            case Purpose.SIGN_IN:
                await self._sign_in(provider, errand, claims, token)
            case Purpose.STEP_UP:
                await self._prove(provider, errand, claims)
            case Purpose.LINK:
                await self._link(provider, errand, claims)

    async def _sign_in(
        self, provider: Provider, errand: Errand, claims: dict[str, Any], token: str
    ) -> None:
        """Once more with two factors, where the roles want two and the institution can do it."""
        who = await people.proven(self.means, provider.institution, claims, token)
        wanted = self.means.settings.wanted_level(who.roles)
        if who.level < wanted and errand.level < wanted and _strong(provider):
            again = Errand(provider.institution.name, next_url=errand.next_url, level=wanted)
            self.redirect(await send(self, provider, again))
        else:
            await flow.first_factor_done(self, who, errand.next_url)

    def _errand(self, provider: Provider) -> Errand:
        path = f"{self.hub.base_url}{provider.institution.callback}"
        state = self.get_argument("state", "")
        found = errands.take(self, provider.institution.name, state, path)
        if found is None:
            raise Denied(
                "sign_in.no_errand",
                "You are not signed in: this answer belongs to no sign-in that was started in this "
                f"browser in the last {errands.MINUTES} minutes. Start again.",
            )
        return found

    async def _check_sender(self, provider: Provider) -> None:
        """Who answers says so (RFC 9207), so that one institution cannot pass for another."""
        said = self.get_arguments("iss")
        promised = "authorization_response_iss_parameter_supported"
        if not said and (await provider.document()).get(promised) is True:
            raise fetching.refused(provider.title, "it does not say that it is from there")
        if any(one != provider.institution.issuer for one in said):
            raise fetching.refused(provider.title, "it comes from another institution")

    async def _prove(self, provider: Provider, errand: Errand, claims: dict[str, Any]) -> None:
        self._same_session(errand)
        known = await accounts.by_identity(
            self.means.engine, provider.institution.issuer, claims["sub"]
        )
        if known is None or known.username != errand.username:
            raise Denied(
                "sign_in.somebody_else",
                f"Nothing was confirmed: at {provider.title} you are signed in as somebody else.",
            )
        proven = flow.Proven(
            username=known.username,
            name=known.name,
            roles=flow.roles_of(self.current_user),
            methods=meaning.methods_of(claims),
            level=_fresh_level(provider, errand, claims),
            issuer=provider.institution.issuer,
        )
        await second.step_up_done(self, proven, errand.next_url)

    async def _link(self, provider: Provider, errand: Errand, claims: dict[str, Any]) -> None:
        session_id = self._same_session(errand)
        _fresh_level(provider, errand, claims)
        digest = sessions.digest_of(session_id)
        session = await sessions.find(self.means.store, errand.username, digest)
        if session is None:
            raise SignInAgain("sign_in.ended", "Your session is over. Sign in again.")
        actor = await accounts.identify(
            self.means.engine,
            username=errand.username,
            name="",
            roles=flow.roles_of(self.current_user),
            permissions=frozenset(),
            session_id=digest,
        )
        proof = Assurance(session.level, session.proved_at, session.methods)
        actor = replace(
            actor,
            credential=Credential.BROWSER,
            assurance=proof,
            wanted_level=self.means.settings.wanted_level(actor.roles),
        )
        async with transaction.begin(self.means.engine, actor) as tx:
            await accounts.link(tx, provider.institution.issuer, claims["sub"])
        self.redirect(next_page.or_home(errand.next_url, self.hub.base_url))

    def _same_session(self, errand: Errand) -> str:
        """The session that the errand was started in; another one is none of its business."""
        session_id = self.get_session_cookie() or ""
        here = self.current_user and self.current_user.name == errand.username
        if not here or sessions.digest_of(session_id) != errand.session:
            raise SignInAgain(
                "sign_in.another_session", "You signed out or in meanwhile. Start again."
            )
        return session_id


def _fresh_level(provider: Provider, errand: Errand, claims: dict[str, Any]) -> int:
    """The level that was proved, when it was proved just now and is what was asked for."""
    at, level = meaning.proved_at(claims), meaning.level_of(provider.institution, claims)
    if at is None or not errand.started - LEEWAY_SECONDS <= at.timestamp() <= _soon():
        raise SignInAgain(
            "sign_in.not_fresh",
            f"Nothing was confirmed: {provider.title} did not ask you again who you are.",
        )
    if level < errand.level:
        raise SignInAgain(
            "sign_in.too_weak",
            f"Nothing was confirmed: this needs two factors, and {provider.title} asked for one.",
            acr_values=f"aal{errand.level}",
        )
    return level


def _soon() -> float:
    return time.time() + LEEWAY_SECONDS


def _not_signed_in(provider: Provider, error: str, errand: Errand) -> HubError:
    if error == "unmet_authentication_requirements":  # OpenID Connect Core, Unmet Authentication
        return SignInAgain(
            "sign_in.too_weak",
            f"Nothing was confirmed: {provider.title} cannot confirm you as surely as needed here.",
            acr_values=f"aal{errand.level}",
        )
    why = "it was cancelled there" if error == "access_denied" else "it reported a problem"
    return Denied("sign_in.not_there", f"{provider.title} did not sign you in: {why}. Try again.")
