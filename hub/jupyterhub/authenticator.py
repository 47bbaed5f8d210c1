"""Sign-in: local accounts with a password, or one OpenID Connect provider."""

import json
import urllib.request
from functools import cached_property
from typing import Any

import jwt
from jupyterhub.auth import Authenticator
from oauthenticator.generic import GenericOAuthenticator
from tornado import web
from traitlets import Any as AnyTrait

from hub import accounts
from hub.errors import Unavailable
from hub.jupyterhub.sessions import record_sign_in
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.postgres import make_engine

# Asymmetric only: with HS256 anybody who knows the client's secret could write tokens.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY_SECONDS = 60
_NO_ROLE = (
    "You signed in, but your account has no role here. Ask an administrator of this hub to map one "
    "of your groups at the provider to a role (AGRIGEN_OIDC_ROLES)."
)


class LocalAccounts(Authenticator):
    """People with a password kept by the hub (argon2); for one machine and for demonstrations."""

    settings = AnyTrait(help="hub.settings.Settings").tag(config=True)

    @cached_property
    def _engine(self) -> Any:
        return make_engine(self.settings)

    async def authenticate(self, handler: Any, data: dict[str, Any]) -> dict[str, Any] | None:
        """The person and their roles as groups, or nobody when name or password is wrong."""
        username, password = str(data.get("username", "")), str(data.get("password", ""))
        account = await accounts.sign_in_locally(self._engine, username, password)
        if account is None:
            return None
        return {
            "name": account.username,
            "groups": sorted(map(str, account.roles)),
            "admin": Role.ADMIN in account.roles,
            "user_info": {"name": account.name, "display_name": account.name},
        }

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> bool:
        """Somebody whose account was disabled is out within a minute, tokens included."""
        return await accounts.may_sign_in(self._engine, user.name)

    async def run_post_auth_hook(self, handler: Any, auth_model: Any) -> Any:
        await record_sign_in(self.settings, handler, auth_model["name"], self.log)
        return await super().run_post_auth_hook(handler, auth_model)


class OpenIDConnect(GenericOAuthenticator):
    """People of an institution; groups named in AGRIGEN_OIDC_ROLES become roles, others nothing.

    What the provider says about a person counts only from an `id_token` whose signature, issuer
    and audience were checked; its subject must be the one of the user-information answer.
    """

    settings = AnyTrait(help="hub.settings.Settings").tag(config=True)
    keys_url = ""

    @cached_property
    def _keys(self) -> jwt.PyJWKClient:
        return jwt.PyJWKClient(self.keys_url, cache_keys=True, timeout=10)

    def _claims(self, id_token: str, *, expiry: bool) -> dict[str, Any]:
        try:
            return dict(
                jwt.decode(
                    id_token,
                    self._keys.get_signing_key_from_jwt(id_token).key,
                    algorithms=_ALGORITHMS,
                    audience=self.settings.oidc_client_id,
                    issuer=self.settings.oidc_issuer,
                    leeway=_LEEWAY_SECONDS,
                    options={"verify_exp": expiry, "require": ["sub", "iss", "aud", "exp"]},
                )
            )
        except jwt.PyJWTError as error:
            self.log.warning("The provider's id_token was refused: %s", error)
            raise web.HTTPError(403, "The provider's answer could not be verified.") from error

    async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
        """The person, from a token that is also still valid."""
        if not hasattr(handler, "get_state_url"):
            return None  # the token exchange of the API has no code from the provider
        model = await super().authenticate(handler, data, **kwargs)
        if model is not None:
            self._claims(model["auth_state"]["id_token"], expiry=True)
        return model

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """User information, joined with the verified claims of the id_token, which win."""
        claims = self._claims(token_info.get("id_token") or "", expiry=False)
        information = dict(await super().token_to_user(token_info))
        if information.get("sub") != claims["sub"]:
            raise web.HTTPError(403, "The provider's two answers are about different people.")
        return {**information, **claims}

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """The roles that the provider's groups map to; a set, because OAuthenticator needs one."""
        given = auth_state["oauth_user"].get(self.settings.oidc_groups_claim) or []
        groups = [given] if isinstance(given, str) else given
        known = {role.value for role in Role}
        return {self.settings.oidc_roles.get(str(group), "") for group in groups} & known

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        person = auth_model["auth_state"]["oauth_user"]
        name = str(person.get("name") or auth_model["name"])
        auth_model["user_info"] = {"name": name, "display_name": name}
        # False, not None: somebody who lost the role must lose JupyterHub's flag too.
        roles = await self.get_user_groups(auth_model["auth_state"])
        auth_model["admin"] = Role.ADMIN.value in roles
        return auth_model

    async def check_allowed(self, username: str, auth_model: Any) -> bool:
        """Everybody with a role; the others read what is missing."""
        if auth_model is not None and not auth_model.get("groups"):
            raise web.HTTPError(403, _NO_ROLE)
        return True

    async def run_post_auth_hook(self, handler: Any, auth_model: Any) -> Any:
        await record_sign_in(self.settings, handler, auth_model["name"], self.log)
        return await super().run_post_auth_hook(handler, auth_model)


def discover(issuer: str) -> dict[str, Any]:
    """The provider's addresses, from its discovery document, which must name the same issuer."""
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    if not address.startswith(("https://", "http://")):
        raise Unavailable("sign_in.issuer", f"AGRIGEN_OIDC_ISSUER={issuer!r} is not an address.")
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - checked above
            document: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise Unavailable(
            "sign_in.provider",
            f"The OpenID Connect provider does not answer at {address} ({error}). Check "
            "AGRIGEN_OIDC_ISSUER and that this machine reaches it.",
        ) from error
    if document.get("issuer") != issuer:
        raise Unavailable(
            "sign_in.issuer",
            f"The provider calls itself {document.get('issuer')!r}, but AGRIGEN_OIDC_ISSUER is "
            f"{issuer!r}. Set it to the first, letter by letter.",
        )
    return document


def configure_openid(c: Any, settings: Settings) -> None:
    """Tell JupyterHub about the provider."""
    provider = discover(settings.oidc_issuer)
    OpenIDConnect.keys_url = provider["jwks_uri"]
    c.JupyterHub.authenticator_class = OpenIDConnect
    o = c.OpenIDConnect
    o.settings = settings
    o.login_service = "your institution"
    o.client_id = settings.oidc_client_id
    o.client_secret = settings.oidc_client_secret.get_secret_value()
    o.authorize_url = provider["authorization_endpoint"]
    o.token_url = provider["token_endpoint"]
    o.userdata_url = provider["userinfo_endpoint"]
    o.oauth_callback_url = f"{settings.base_url}/hub/oauth_callback"
    offered = provider.get("scopes_supported", ["openid", "profile", "email"])
    o.scope = [one for one in ("openid", "profile", "email", "groups") if one in offered]
    o.username_claim = "preferred_username"
    o.basic_auth = "client_secret_basic" in provider.get(
        "token_endpoint_auth_methods_supported", ["client_secret_basic"]
    )
    o.enable_pkce = True
    o.enable_auth_state = True
    o.allow_all = False
    if end := provider.get("end_session_endpoint"):
        back = f"{settings.base_url}/hub/login"
        client = settings.oidc_client_id
        o.logout_redirect_url = f"{end}?client_id={client}&post_logout_redirect_uri={back}"
