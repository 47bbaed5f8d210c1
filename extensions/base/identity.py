"""Who is calling: JupyterHub's word about a token or a browser session, as our Actor.

Three things of the stock classes are not safe in a service and are changed here: pages never
carry the service's own token, an authorizer that nobody asked says no, and a person whom JupyterHub
knows but who may not use this service is told so (403) instead of being sent to sign in again.
"""

from typing import Any

from jupyter_server.auth import Authorizer, User
from jupyterhub.services.auth import check_scopes
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from tornado.web import RequestHandler

from extensions.base.application import Application
from extensions.base.problems import HttpError
from hub import accounts
from hub.actor import Actor
from hub.permissions import Permission, Role, granted


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
        user = await super().get_user(handler)
        if user is None and getattr(handler, "_cached_hub_user", None):
            raise HttpError(
                403,
                "sign_in.no_access",
                "You are signed in, but your account may not use this service. Ask a steward for "
                "a role; if you use a token, make one with the scope 'access:services'.",
            )
        return user


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


async def actor_of(application: Application, user: User, request_id: str) -> Actor:
    """The person behind a request, written down in the hub on the first one."""
    hub_user: dict[str, Any] = getattr(user, "hub_user", None) or {}
    roles = roles_of(hub_user)
    return await accounts.identify(
        application.engine,
        username=user.username,
        name=(hub_user.get("user_info") or {}).get("name") or "",  # empty keeps the name we have
        roles=roles,
        permissions=permissions_of(hub_user, roles),
        request_id=request_id,
        session_id=hub_user.get("session_id") or "",
    )
