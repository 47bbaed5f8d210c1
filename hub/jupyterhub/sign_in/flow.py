"""From a proof of who somebody is to a session: second factor, new cookies, list of sessions.

password, institution, invitation ──▶ first_factor_done ──┬─▶ finish ──▶ a page of the hub
                                                          └─▶ /hub/second-factor ──▶ finish
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

from hub import sessions
from hub.jupyterhub import sessions as here
from hub.jupyterhub.sign_in import devices, institution_sessions, next_page
from hub.jupyterhub.sign_in.means import Means
from hub.permissions import Role


@dataclass(frozen=True)
class Proven:
    """Who somebody is, with what they proved it, and who vouches for it.

    `issuer` is empty for accounts of this hub. `level` counts factors (1 or 2), `methods` are those
    of RFC 8176. `at` is when they proved it: an institution may remember somebody for hours.
    `vouched` finds what the institution said, for signing out there too.
    """

    username: str
    name: str
    roles: frozenset[Role]
    methods: frozenset[str]
    level: int
    issuer: str = ""
    person_id: UUID | None = None
    at: datetime | None = None
    vouched: str = ""


async def first_factor_done(handler: BaseHandler, proven: Proven, next_url: str = "") -> None:
    """Ask for the second factor where the policy or the person wants one; else finish."""
    from hub.jupyterhub.sign_in import second  # it builds on this module

    if await second.is_needed(handler, proven):
        await second.ask(handler, proven, next_url)
    else:
        await finish(handler, proven, next_url)


async def finish(handler: BaseHandler, proven: Proven, next_url: str = "") -> User:
    """Sign the person in under a session id that nobody knew before, and send them on their way."""
    user = await _user(handler, proven)
    session_id = secrets.token_hex(32)  # in no browser before the sign-in (session fixation)
    means, request = handler.authenticator.means, handler.request
    if handler.current_user:  # one browser, one session
        await here.end_here(handler, handler.current_user.name, sessions.Ended.REPLACED)
    known = await devices.is_known(handler, proven.username)
    session = await sessions.start(
        means.store,
        means.engine,
        means.settings,
        username=proven.username,
        roles=proven.roles,
        session_id=session_id,
        address=request.remote_ip,
        agent=request.headers.get("User-Agent", ""),
        level=proven.level,
        methods=proven.methods,
        issuer=proven.issuer,
    )
    await _note_when(means, proven, session_id)
    await institution_sessions.bind(means, proven.vouched, proven.username, session_id)
    if not known:
        await devices.tell(handler, proven.username, proven.roles, session)
    devices.remember(handler, proven.username)
    _set_cookies(handler, user, session_id)  # last: error pages would carry them too
    handler.log.info("%s signed in (level %d)", proven.username, proven.level)
    handler.redirect(next_page.or_home(next_url, handler.hub.base_url))
    return user


async def _note_when(means: Means, proven: Proven, session_id: str) -> None:
    """An institution may have asked them hours ago, or does not say when: then it was long ago."""
    if not proven.issuer:
        return
    now, at = datetime.now(UTC), proven.at or datetime.fromtimestamp(0, UTC)
    await sessions.proved(
        means.store,
        proven.username,
        session_id,
        level=proven.level,
        methods=proven.methods,
        now=min(at, now),
    )


def roles_of(user: User) -> frozenset[Role]:
    """What JupyterHub keeps as groups of a person."""
    names = {group.name for group in user.groups}
    return frozenset(role for role in Role if role.value in names)


async def _user(handler: BaseHandler, proven: Proven) -> User:
    """JupyterHub's user with the roles as groups; what its own sign-in checks is checked here."""
    authenticator = handler.authenticator
    name = authenticator.normalize_username(proven.username)
    if name != proven.username or not authenticator.validate_username(name):
        raise web.HTTPError(403, "This user name cannot be used here. Ask an administrator.")
    if not authenticator.check_blocked_users(name, {}):
        raise web.HTTPError(403, "This account may not sign in. Ask an administrator of this hub.")
    return await handler.auth_to_user(auth_model(name, proven.name, proven.roles))


def auth_model(username: str, name: str, roles: Iterable[Role]) -> dict[str, Any]:
    """What JupyterHub keeps of a person; False, not None: lost roles take its flag along."""
    held = set(roles)
    return {
        "name": username,
        "groups": _sorted(held),
        "admin": Role.ADMIN in held,
        "user_info": {"name": name or username, "display_name": name or username},
    }


def _set_cookies(handler: BaseHandler, user: User, session_id: str) -> None:
    handler._session_id = session_id
    handler.set_session_cookie()
    handler.set_login_cookie(user)


def _sorted(words: Iterable[str]) -> list[str]:
    return sorted(map(str, words))
