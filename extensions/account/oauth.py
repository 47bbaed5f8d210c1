"""Addresses of the token service: keys, metadata, tokens, devices.

In the words of OAuth, which are not those of our API: forms come in, errors go out as RFC 6749
says, nothing is kept by caches. Nobody signs in here, so cookies are not read and mean nothing.
"""

from typing import Any, ClassVar
from urllib.parse import parse_qsl

from jupyter_server.auth.decorator import allow_unauthenticated

from extensions.account.tokens import stores_of
from extensions.base.handler import HubHandler
from extensions.base.problems import Problem
from hub import tokens
from hub.limits import Rate, group_of, too_many
from hub.permissions import Permission
from hub.tokens import refused

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
GRANTS = ("refresh_token", DEVICE, EXCHANGE)
LONGEST_FORM = 16 * 1024
_FORM = "application/x-www-form-urlencoded"


class OAuthHandler(HubHandler):
    """What all of these share: counted by address, errors in the words of OAuth."""

    SUPPORTED_METHODS = ("GET", "POST")

    @classmethod
    def body_limit(cls, method: str) -> int:
        return LONGEST_FORM

    async def prepare(self) -> None:  # type: ignore[override]
        """Everything here checks a secret of somebody who is not signed in, so it is counted."""
        limits = self.app.limits
        key = f"address:{group_of(self.request.remote_ip or '')}"
        quota = await limits.counter.take(key, limits.policies[str(Rate.PROOF)], open=False)
        if quota.refused:
            raise too_many(quota)

    def form(self) -> dict[str, str]:
        """The fields of the form; one that stands twice is an error (RFC 6749, 3.2)."""
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != _FORM or len(self.request.body) > LONGEST_FORM:
            raise refused("invalid_request", f"Send a form ({_FORM}) of at most 16 KiB.")
        try:
            pairs = parse_qsl(
                self.request.body.decode(), errors="strict", max_num_fields=20,
                keep_blank_values=True,
            )  # fmt: skip
        except ValueError as error:
            raise refused("invalid_request", "The form cannot be read.") from error
        if len({name for name, _ in pairs}) != len(pairs):
            raise refused("invalid_request", "A field stands twice.")
        return {name: value for name, value in pairs if value}

    def send(self, body: Any) -> None:
        self.set_header("Content-Type", "application/json")
        self.set_header("Pragma", "no-cache")
        self.finish(body)

    def write_problem(self, problem: Problem) -> None:
        """As RFC 6749, 5.2; what is not the caller's fault says when to try again."""
        known = problem.attributes.get("error")
        if problem.code.startswith("oauth."):
            self.set_status(401 if known == "invalid_client" else 400)
        else:
            self.set_status(problem.status)
            known = _ERRORS.get(problem.status, "server_error")
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.send({"error": known, "error_description": problem.detail})


_ERRORS = {
    400: "invalid_request",
    401: "invalid_grant",
    404: "invalid_request",
    405: "invalid_request",
    422: "invalid_request",
    429: "slow_down",
    503: "temporarily_unavailable",
}


class KeysHandler(OAuthHandler):
    """The keys that sign access tokens, as a JSON Web Key Set."""

    kept: ClassVar[str] = "public, max-age=600"

    @allow_unauthenticated
    async def get(self) -> None:
        ring = await tokens.ring(self.app.engine, self.app.sealer)
        self.set_header("Cache-Control", self.kept)
        self.set_header("Content-Type", "application/jwk-set+json")
        self.finish(ring.published)


class MetadataHandler(OAuthHandler):
    """Where everything is (RFC 8414)."""

    @allow_unauthenticated
    async def get(self) -> None:
        self.send(metadata(tokens.issuer(self.app.settings)))


def metadata(issuer: str) -> dict[str, Any]:
    """What a program needs to find its way."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/oauth/jwks",
        "token_endpoint": f"{issuer}/oauth/token",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "grant_types_supported": list(GRANTS),
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": sorted(Permission),
    }


class TokenHandler(OAuthHandler):
    """Tokens for a refresh token, for a device that was let in, for a personal token."""

    @allow_unauthenticated
    async def post(self) -> None:
        form = self.form()
        pair = await _GRANTS_BY_NAME.get(form.get("grant_type", ""), _no_grant)(self, form)
        self.send(pair.model_dump(exclude_none=True))


class DeviceHandler(OAuthHandler):
    """A device or a program asks to be let in (RFC 8628)."""

    @allow_unauthenticated
    async def post(self) -> None:
        form = self.form()
        asked = await tokens.ask(
            stores_of(self.app),
            client=form.get("client_id", ""),
            name=form.get("device_name", ""),
            scope=_scope(form) or frozenset(),
            address=self.request.remote_ip or "",
        )
        self.send(asked)


class RevokeHandler(OAuthHandler):
    """End a token and what belongs to it (RFC 7009)."""

    @allow_unauthenticated
    async def post(self) -> None:
        await tokens.revoke(stores_of(self.app), _field(self.form(), "token"))
        self.send({})


async def _refresh(handler: OAuthHandler, form: dict[str, str]) -> tokens.Pair:
    return await tokens.refresh(
        stores_of(handler.app), _field(form, "refresh_token"), scope=_scope(form)
    )


async def _device(handler: OAuthHandler, form: dict[str, str]) -> tokens.Pair:
    code = _field(form, "device_code")
    return await tokens.poll(stores_of(handler.app), _field(form, "client_id"), code)


async def _exchange(handler: OAuthHandler, form: dict[str, str]) -> tokens.Pair:
    if form.get("subject_token_type") != ACCESS:
        raise refused("invalid_request", f"subject_token_type must be {ACCESS}.")
    subject = _field(form, "subject_token")
    return await tokens.exchange(stores_of(handler.app), subject, scope=_scope(form))


async def _no_grant(_: OAuthHandler, __: dict[str, str]) -> tokens.Pair:
    raise refused("unsupported_grant_type", f"grant_type must be one of {', '.join(GRANTS)}.")


_GRANTS_BY_NAME = {"refresh_token": _refresh, DEVICE: _device, EXCHANGE: _exchange}


def _field(form: dict[str, str], name: str) -> str:
    if name not in form:
        raise refused("invalid_request", f"The field {name} is missing.")
    return form[name]


def _scope(form: dict[str, str]) -> frozenset[Permission] | None:
    """Permissions by their names; None when none were asked for."""
    if "scope" not in form:
        return None
    names = set(form["scope"].split())
    known = frozenset(one for one in Permission if one.value in names)
    if not known or len(known) < len(names):
        raise refused("invalid_scope", "A scope is not known; see scopes_supported.")
    return known


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    ("/oauth/jwks", KeysHandler),
    (r"/\.well-known/oauth-authorization-server", MetadataHandler),
    ("/oauth/token", TokenHandler),
    ("/oauth/device_authorization", DeviceHandler),
    ("/oauth/revoke", RevokeHandler),
)
