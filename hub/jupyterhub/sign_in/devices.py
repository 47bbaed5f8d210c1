"""Browsers that a person signed in with before; of a new one they get a letter."""

import asyncio

from jupyterhub.handlers import BaseHandler

from hub import accounts, limits, mail, sessions
from hub.errors import Unavailable
from hub.jupyterhub.sign_in.means import Means
from hub.limits.devices import DAYS
from hub.permissions import Role, granted
from hub.storage.transaction import begin

_LONGEST_WAIT_SECONDS = 2


async def is_known(handler: BaseHandler, username: str) -> bool:
    """Whether this browser is known, or it is the person's first sign-in at all."""
    means: Means = handler.authenticator.means
    cookie = handler.get_cookie(limits.cookie_name(username))
    if limits.known_device(means.sealer, username, cookie):
        return True
    try:
        return not await sessions.list_for(means.store, username)
    except Unavailable:  # the store of sessions is away: nothing to compare with
        return True


def remember(handler: BaseHandler, username: str) -> None:
    """Know this browser from now on; guesses from elsewhere do not lock its owner out."""
    means: Means = handler.authenticator.means
    handler._set_cookie(
        limits.cookie_name(username),
        limits.cookie_value(means.sealer, username),
        encrypted=False,  # sealed already
        expires_days=DAYS,
        path=handler.hub.base_url,
    )


async def tell(
    handler: BaseHandler, username: str, roles: frozenset[Role], session: sessions.Session
) -> None:
    """Write the letter; a sign-in neither waits for it long nor fails because of it."""
    try:
        await asyncio.wait_for(_written(handler, username, roles, session), _LONGEST_WAIT_SECONDS)
    except Exception as error:  # whatever is wrong, people must get in
        handler.log.warning("A new device could not be told: %s", type(error).__name__)
        handler.log.debug("because", exc_info=True)


async def _written(
    handler: BaseHandler, username: str, roles: frozenset[Role], session: sessions.Session
) -> None:
    means: Means = handler.authenticator.means
    actor = await accounts.identify(
        means.engine, username=username, name="", roles=roles, permissions=granted(set(roles))
    )
    async with begin(means.engine, actor) as tx:
        await mail.notify(tx, actor.person_id, "new_device", device=session.device)
