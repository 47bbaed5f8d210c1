"""Who is looking: JupyterHub sign-in for the Panel server.

The viewer's own OAuth token is kept on the server, on the request that opened the page, and never
reaches the page: apps call the API with it, so nobody sees more here than through the API.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bokeh.server.auth_provider import AuthProvider
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, check_scopes
from tornado.httputil import url_concat
from tornado.web import RequestHandler

from dashboards.theme import refusal_page

SCOPE_PREFIX = "custom:agrigen:"


@dataclass(frozen=True)
class Viewer:
    """A signed-in person: what they may do, and the token that proves it to the API."""

    name: str
    permissions: frozenset[str]
    token: str = field(repr=False)

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def viewer_of(user: dict[str, Any], token: str) -> Viewer:
    """The viewer for a user model of JupyterHub."""
    scopes = (scope for scope in user["scopes"] if scope.startswith(SCOPE_PREFIX))
    # "custom:agrigen:animals:read!user=x" would be a filtered scope; ours have no filters
    permissions = frozenset(scope.removeprefix(SCOPE_PREFIX).partition("!")[0] for scope in scopes)
    return Viewer(user["name"], permissions, token)


class Login(RequestHandler):
    """Sends the browser to JupyterHub with PKCE; the state cookie brings it back to its page."""

    def get(self) -> None:
        auth = HubOAuth.instance()
        verifier, challenge, method = auth.generate_pkce_code_challenge()
        wanted = own_page(self.get_argument("next", ""), auth.base_url)
        state = auth.set_state_cookie(self, next_url=wanted, code_verifier=verifier)
        query = {"state": state, "code_challenge": challenge, "code_challenge_method": method}
        self.redirect(url_concat(auth.login_url, query))


def own_page(wanted: str, base_url: str) -> str:
    """A page of ours; anything else would make sign-in a door to strangers' sites."""
    ours = wanted.startswith(base_url) and not {"\\", "\r", "\n"} & set(wanted)
    return wanted if ours else base_url


class HubSignIn(AuthProvider):
    """Bokeh's view of the sign-in: everybody is asked, nobody is let in without the scope."""

    def __init__(self) -> None:
        super().__init__()
        HubOAuth.instance()

    @property
    def endpoints(self) -> list[tuple[str, type[RequestHandler]]]:
        return [("/login", Login), ("/oauth_callback", HubOAuthCallbackHandler)]

    @property
    def login_url(self) -> str:
        return "/login"

    @property
    def get_login_url(self) -> None:
        return None

    @property
    def get_user(self) -> None:
        return None

    @property
    def get_user_async(self) -> Callable[[RequestHandler], Awaitable[dict[str, Any] | None]]:
        return identify

    @property
    def login_handler(self) -> None:
        return None

    @property
    def logout_handler(self) -> None:
        return None

    @property
    def logout_url(self) -> None:
        return None


async def identify(handler: RequestHandler) -> dict[str, Any] | None:
    """The JupyterHub user of a request, with the viewer left on the request for the apps."""
    auth = HubOAuth.instance()
    auth.cache.clear()  # the hub is asked for every page: a session that ended opens none
    user = await auth.get_user(handler, sync=False)
    if not user:
        return None
    if not check_scopes(auth.access_scopes, set(user["scopes"])):
        handler.set_status(403)
        handler.finish(refusal_page("Your account may not open these pages.", home="/"))
        return None
    handler.request.viewer = viewer_of(user, auth.get_token(handler))
    return user
