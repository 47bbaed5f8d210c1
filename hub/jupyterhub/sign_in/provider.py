"""One institution as OAuthenticator talks to it: found lazily, its answers verified.

Nothing is asked of it when the hub starts, and a failure is forgotten after a few seconds: an
institution that is away neither stops the hub nor those who sign in another way.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import KeySet
from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPRequest

from hub.errors import HubError
from hub.institutions import Institution, is_protected
from hub.jupyterhub.sign_in import assertions, fetching
from hub.jupyterhub.sign_in.assertions import ALGORITHMS, Expected, NotVerifiedError

_DOCUMENT_SECONDS = 3600
_KEYS_SECONDS = 3600
_NEW_KEYS_SECONDS = 5  # how soon an unknown key is looked up again
_FAILURE_SECONDS = 3
_USUAL_SCOPES = ("openid", "profile", "email", "groups")


class Provider(GenericOAuthenticator):
    """What OAuthenticator does for one provider, for one of several."""

    def __init__(self, institution: Institution, base_url: str) -> None:
        super().__init__()
        self.institution = institution
        self.client_id = institution.client_id
        self.oauth_callback_url = f"{base_url}/hub/{institution.callback}"
        self.http_client = fetching.make_client()
        self._document: dict[str, Any] = {}
        self._document_until = 0.0
        self._failure: tuple[float, HubError] | None = None
        self._keys = KeySet([])
        self._keys_at = -float(_KEYS_SECONDS)
        self._looking = asyncio.Lock()

    @property
    def title(self) -> str:
        return self.institution.title

    async def fetch(
        self, req: HTTPRequest, label: str = "", parse_json: bool = True, **kwargs: Any
    ) -> dict[str, Any]:
        """In the place of OAuthenticator's, which writes whole answers to the log."""
        return await fetching.fetch_json(self.http_client, req, self.title)

    async def document(self) -> Mapping[str, Any]:
        """What the institution says about itself, looked up once an hour."""
        async with self._looking:
            now = time.monotonic()
            if now < self._document_until:
                return self._document
            if self._failure and now < self._failure[0]:
                raise self._failure[1]
            try:
                self._adopt(await self._discover())
            except HubError as error:
                self._failure = (time.monotonic() + _FAILURE_SECONDS, error)
                name, cause = self.institution.name, error.__cause__
                self.log.warning("Institution %s: %s (%.200s)", name, error, cause)
                raise
            self._document_until = time.monotonic() + _DOCUMENT_SECONDS
            return self._document

    async def _discover(self) -> dict[str, Any]:
        address = f"{self.institution.issuer.rstrip('/')}/.well-known/openid-configuration"
        found: dict[str, Any] = await self.httpfetch(address)
        self._check(found)
        return found

    def _check(self, found: Mapping[str, Any]) -> None:
        if found.get("issuer") != self.institution.issuer:
            self.log.error(
                "Institution %s calls itself %.200r, but its issuer here is %r: set it to the "
                "first, letter by letter, if that is right",
                self.institution.name, found.get("issuer"), self.institution.issuer,
            )  # fmt: skip
            raise fetching.refused(self.title, "it has another name than we know")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        wanted = (*needed, "userinfo_endpoint", "end_session_endpoint")
        for name in wanted:
            value = found.get(name)
            if value is None and name not in needed:
                continue
            if not isinstance(value, str) or not is_protected(value):
                raise fetching.refused(self.title, f"its {name} is no protected address")

    def _adopt(self, found: dict[str, Any]) -> None:
        self._document = found
        self.authorize_url = found["authorization_endpoint"]
        self.token_url = found["token_endpoint"]
        self.userdata_url = found.get("userinfo_endpoint") or ""
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        self.basic_auth = "client_secret_basic" in methods
        offered = found.get("scopes_supported", ["openid", "profile", "email"])
        usual = [one for one in _USUAL_SCOPES if one in offered or one == "openid"]
        self.scope = list(self.institution.scopes) or usual

    async def authorization(self, **parameters: str) -> str:
        """The address at which the institution asks the person to sign in."""
        await self.document()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.oauth_callback_url,
            "scope": " ".join(self.scope),
            "code_challenge_method": "S256",
            **parameters,
        }
        joint = "&" if "?" in self.authorize_url else "?"
        return f"{self.authorize_url}{joint}{urlencode(asked)}"

    async def end_session(self, id_token: str, back: str) -> str:
        """The address at which somebody signs out there; empty when there is none."""
        end = (await self.document()).get("end_session_endpoint")
        if not end:
            return ""
        asked = {"client_id": self.client_id, "post_logout_redirect_uri": back}
        asked |= {"id_token_hint": id_token} if id_token else {}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, verifier: str, nonce: str) -> tuple[dict[str, Any], str]:
        """All verified claims for a code, and the ID token that carried them."""
        await self.document()
        self.client_secret = self.institution.secret()
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.oauth_callback_url,
            "code_verifier": verifier,
        }
        if not self.basic_auth:
            given |= {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = await self.httpfetch(
            self.token_url,
            method="POST",
            headers=self.build_token_info_request_headers(),
            body=urlencode(given),
        )
        return await self._claims(answer, nonce)

    async def _claims(self, answer: dict[str, Any], nonce: str) -> tuple[dict[str, Any], str]:
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str) or not isinstance(access, str) or not access.isascii():
            raise fetching.refused(self.title, "it sent no token")
        try:
            keys = await self.keys(token)
            claims = assertions.id_token_claims(token, keys, self._expected(), nonce=nonce)
        except NotVerifiedError as error:
            raise fetching.refused(self.title, str(error)) from error
        if not self.userdata_url:
            return claims, token
        more = await self.token_to_user({"access_token": access, "token_type": "Bearer"})
        if more.get("sub") != claims["sub"]:
            raise fetching.refused(self.title, "its two answers are about different people")
        return {**more, **claims}, token

    async def notice(self, token: str) -> dict[str, Any]:
        """The verified claims of a notice of signing out; NotVerifiedError says what is wrong."""
        await self.document()
        return assertions.logout_claims(token, await self.keys(token), self._expected())

    async def keys(self, token: str) -> KeySet:
        """The institution's keys, looked up again when the token names one that we do not know."""
        name, age = assertions.key_name(token), time.monotonic() - self._keys_at
        unknown = not assertions.has_key(self._keys, name) and age > _NEW_KEYS_SECONDS
        if age > _KEYS_SECONDS or unknown:
            address = (await self.document())["jwks_uri"]
            self._keys = assertions.keys_of(await self.httpfetch(address))
            self._keys_at = time.monotonic()
        return self._keys

    def _expected(self) -> Expected:
        return Expected(self.institution.issuer, self.client_id, frozenset(ALGORITHMS))
