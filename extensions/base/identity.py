"""Who is calling: JupyterHub's word about a token or a browser session, as our Actor.

Three things of the stock classes are not safe in a service and are changed here: pages never
carry the service's own token, an authorizer that nobody asked says no, and a person whom JupyterHub
knows but who may not use this service is told so (403) instead of being sent to sign in again.
"""

from dataclasses import dataclass, replace
from typing import Any

from jupyter_server.auth import Authorizer, User
from jupyterhub.services.auth import check_scopes
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from tornado.web import RequestHandler

from extensions.base.application import SETTING, Application
from extensions.base.problems import HttpError
from hub import accounts, sessions, tokens
from hub.actor import Actor, Assurance, Credential
from hub.errors import Unavailable
from hub.permissions import Permission, Role, granted
from hub.storage.transaction import ended


class ServiceIdentity(JupyterHubIdentityProvider):
    """JupyterHub's sign-in for a service that several people share."""

    @property
    def token(self) -> str:
        """Empty: the stock value is the service's own token, and templates print it."""
        return ""

    def page_config_hook(
        self, handler: RequestHandler, page_config: dict[str, Any]
    ) -> dict[str, Any]:
        return page_config

    async def get_user(self, handler: Any) -> User | None:
        """A token of ours says itself whose it is; about all others JupyterHub is asked."""
        own = _own_token(handler)
        if own is not None:
            handler._token_authenticated = True
            return await _token_user(handler, own)
        user = await super().get_user(handler)
        if user is None and getattr(handler, "_cached_hub_user", None):
            raise HttpError(
                403,
                "sign_in.no_access",
                "You are signed in, but your account may not use this service. Ask a steward for "
                "a role; if you use a token, make one with the scope 'access:services'.",
            )
        return user


@dataclass
class TokenUser(User):
    """Somebody who sent a token of ours, with the actor that it stands for."""

    actor: Actor | None = None


def _own_token(handler: Any) -> str | None:
    """The token of ours that stands in the header, the only place where one may."""
    scheme, _, given = handler.request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    return given if scheme.lower() in ("bearer", "token") and tokens.is_ours(given) else None


async def _token_user(handler: Any, text: str) -> TokenUser:
    application: Application = handler.settings[SETTING]
    actor = await tokens.actor_of(
        text,
        application.engine,
        lambda: application.sealer,
        lambda: application.dynamodb,
        application.settings,
    )
    return TokenUser(username=actor.username, actor=actor)


class DenyAll(Authorizer):
    """Nothing of Jupyter's own is reachable; our routes check their declared permission."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return False


def roles_of(hub_user: dict[str, Any]) -> frozenset[Role]:
    """Groups that are named like a role are roles; other groups mean nothing here."""
    known = {role.value for role in Role}
    return frozenset(Role(name) for name in hub_user.get("groups", ()) if name in known)


def permissions_of(hub_user: dict[str, Any], roles: frozenset[Role]) -> frozenset[Permission]:
    """What the roles grant and the token carries: a token can narrow, never widen."""
    carried = set(hub_user.get("scopes", ()))
    return frozenset(one for one in granted(set(roles)) if check_scopes({one.scope}, carried))


async def actor_of(
    application: Application,
    user: User,
    request_id: str,
    *,
    in_browser: bool = False,
    address: str = "",
    anew: bool = False,
) -> Actor:
    """The person behind a request, written down in the hub on the first one.

    Whatever JupyterHub gave out under a session counts as that session and ends with it: the cookie
    of a browser (`in_browser`) and the tokens of dashboards and lessons. `anew` reads the session
    again, for somebody who proved who they are a moment ago.
    """
    if isinstance(user, TokenUser) and user.actor is not None:
        return replace(user.actor, request_id=request_id)
    hub_user: dict[str, Any] = getattr(user, "hub_user", None) or {}
    roles = roles_of(hub_user)
    raw = hub_user.get("session_id") or ""
    digest = sessions.digest_of(raw) if raw else ""
    session = await _session(application.sessions, user.username, digest, anew=anew)
    if session is not None:
        application.sessions.note(session, address if in_browser else session.address)
    actor = await accounts.identify(
        application.engine,
        username=user.username,
        name=(hub_user.get("user_info") or {}).get("name") or "",  # empty keeps the name we have
        roles=roles,
        permissions=permissions_of(hub_user, roles),
        request_id=request_id,
        session_id=digest,
        remember=not anew,
    )
    wanted = application.settings.wanted_level(actor.roles)  # as they are kept here by now
    return replace(
        actor,
        credential=Credential.BROWSER if in_browser and digest else Credential.HUB,
        assurance=_assurance(session, wanted),
        wanted_level=wanted,
    )


async def _session(
    keeper: sessions.Keeper, username: str, digest: str, *, anew: bool
) -> sessions.Session | None:
    """The session of a digest, None where there is none or its store is away."""
    if not digest:
        return None
    try:
        session = await keeper.living(username, digest, anew=anew)
    except Unavailable:  # JupyterHub vouches for it, and what was ended PostgreSQL knows
        return None
    if session is None:
        raise ended()
    return session


def _assurance(session: sessions.Session | None, wanted: int) -> Assurance:
    """How the person signed in.

    Without a session it is the token of a person's own server, which only somebody who signed in
    as their roles ask could start, or the store is away: never enough for a step-up.
    """
    if session is None:
        return Assurance(level=wanted)
    return Assurance(session.level, session.proved_at, session.methods)
