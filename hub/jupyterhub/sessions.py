"""JupyterHub asks at every request whether the session behind it goes on.

Its own cookies say who somebody is and are the same in all browsers of a person; when they were
last checked is remembered for the person, not for the browser. So neither a single browser can be
signed out by others, nor does a cookie end before its date. Here the cookie counts only together
with a session that was begun at a sign-in (`hub.sessions.start`), and what JupyterHub gave out
under that session, the tokens of services and of a person's own server, ends with it.
"""

from typing import Any
from weakref import WeakKeyDictionary

from jupyterhub.handlers import BaseHandler, LogoutHandler
from jupyterhub.handlers.base import SESSION_COOKIE_NAME
from jupyterhub.user import User
from sqlalchemy.exc import SQLAlchemyError
from tornado import web

from hub import sessions
from hub.errors import Unavailable
from hub.jupyterhub.sign_in.means import Means
from hub.sessions import Ended, Keeper

_keepers: WeakKeyDictionary[Any, Keeper] = WeakKeyDictionary()
_AWAY = "Sign-ins cannot be checked at the moment. Try again shortly; nothing is lost."

_stock_user = BaseHandler.get_current_user
_stock_prepare = BaseHandler.prepare
_stock_logout = LogoutHandler.default_handle_logout


def install() -> None:
    """Make every handler of JupyterHub check; there is no setting for it."""
    BaseHandler.get_current_user = _user
    BaseHandler.prepare = _prepare
    LogoutHandler.default_handle_logout = _logout
    BaseHandler._token_authenticated = False  # JupyterHub sets it where there is a token only


async def end_here(handler: BaseHandler, username: str, reason: Ended) -> None:
    """End the session of this browser, if it is this person's."""
    session_id = handler.get_cookie(SESSION_COOKIE_NAME)
    if not session_id:
        return
    keeper, digest = _keeper(handler), sessions.digest_of(session_id)
    keeper.forget(username, digest)
    try:
        await sessions.end(keeper.engine, keeper.store(), None, username, digest, reason=reason)
    except Unavailable:  # over all the same; the list of sessions says so later
        await sessions.end_credential(keeper.engine, None, digest, reason=reason)


def _keeper(handler: BaseHandler) -> Keeper:
    """The one of this process; its stores are those of the authenticator."""
    authenticator = handler.authenticator
    if authenticator not in _keepers:
        means: Means = authenticator.means
        _keepers[authenticator] = Keeper(lambda: means.store, means.engine, means.settings)
    return _keepers[authenticator]


async def _prepare(self: BaseHandler) -> None:
    """As ever, but somebody whom we cannot check now is asked to wait, not to sign in again."""
    await _stock_prepare(self)
    if getattr(self, "_agrigen_unchecked", False):
        raise web.HTTPError(503, _AWAY)


async def _user(self: BaseHandler) -> Any:
    """Who the request is from, or nobody when their session is over or their account disabled."""
    if hasattr(self, "_jupyterhub_user"):
        return self._jupyterhub_user
    user = await _stock_user(self)
    if isinstance(user, User) and not await _goes_on(self, user):
        user = self._jupyterhub_user = None
    return user


async def _goes_on(handler: BaseHandler, user: User) -> bool:
    """Whether what came with the request still stands for this person."""
    token = handler.get_token() if handler._token_authenticated else None
    session_id = token.session_id if token else handler.get_cookie(SESSION_COOKIE_NAME)
    if session_id is None and token is None:
        return False
    try:
        alive = await _is_alive(handler, user.name, session_id or "")
    except (Unavailable, SQLAlchemyError, OSError):
        handler.log.warning("The session of %s could not be checked", user.name)
        # A service that asks about a token has its data from the API, which checks as well.
        handler._agrigen_unchecked = token is None
        return token is not None
    if not alive and token is not None and session_id:
        handler.db.delete(token)
        handler.db.commit()
    return alive


async def _is_alive(handler: BaseHandler, username: str, session_id: str) -> bool:
    keeper = _keeper(handler)
    digest = sessions.digest_of(session_id) if session_id else ""
    if await sessions.standing(keeper.engine, username, digest):
        keeper.forget(username, digest)
        return False
    if not digest:
        return True  # the token of a person's own server belongs to no session
    session = await keeper.living(username, digest)
    if session is None:
        return False
    in_browser = not handler._token_authenticated
    keeper.note(session, handler.request.remote_ip if in_browser else session.address)
    return True


async def _logout(self: LogoutHandler) -> None:
    """Sign out of everything that this session opened, and only then forget the cookies."""
    if self.current_user:
        await end_here(self, self.current_user.name, Ended.SIGNED_OUT)
    await _stock_logout(self)
