"""Writes every sign-in down in the list of sessions that a person can look at."""

import asyncio
from functools import cache
from typing import Any

from hub.settings import Settings

_LONGEST_WAIT_SECONDS = 5


@cache
def _store(endpoint: str, region: str, prefix: str) -> Any:
    """One store a process; settings themselves cannot be a key, so what matters of them is."""
    from hub.storage.dynamodb import open_store

    return open_store(Settings())


async def record_sign_in(settings: Settings, handler: Any, username: str, log: Any) -> None:
    """Note who signed in from where; a store that is away never keeps anybody out."""
    if handler is None or not hasattr(handler, "set_session_cookie"):
        return  # an API request, not a browser
    session = handler.get_session_cookie() or handler.set_session_cookie()
    request = handler.request
    agent = request.headers.get("User-Agent", "")
    try:
        from hub.accounts import sessions

        store = _store(
            settings.dynamodb_endpoint, settings.dynamodb_region, settings.dynamodb_prefix
        )
        noted = sessions.record(store, username, session, address=request.remote_ip, agent=agent)
        await asyncio.wait_for(noted, _LONGEST_WAIT_SECONDS)
    except Exception:  # whatever is wrong with that store, people must get in
        log.warning("The sign-in of %s could not be noted in the session list", username)
        log.debug("because", exc_info=True)
