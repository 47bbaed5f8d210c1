"""Open pages of sessions that are over are closed: a page that stays open asks for no sign-in.

What a page shows anew comes from the API, which refuses it at once. This closes the connection, so
that what stands on the screen changes no more and the next click asks to sign in.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Any

from bokeh.server.server import BaseServer
from bokeh.server.session import ServerSession
from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError

EVERY_SECONDS = 4.0
GOING_AWAY = 1001

log = logging.getLogger(__name__)


async def watch(server: BaseServer, *, every: float = EVERY_SECONDS) -> None:
    """Ask for each viewer's token now and then, until cancelled."""
    while True:
        await asyncio.sleep(every)
        try:
            await close_ended(server)
        except Exception:  # the hub is starting, or a page was closed meanwhile
            log.warning("open pages could not be checked", exc_info=True)


async def close_ended(server: BaseServer) -> int:
    """Close the connections whose viewer is signed out, and tell how many those were."""
    pages: dict[str, list[ServerSession]] = defaultdict(list)
    for session in server.get_sessions():
        if session.connection_count and (token := _token(session)):
            pages[token].append(session)
    closed = 0
    for token, sessions in pages.items():
        if await _is_over(token):
            closed += sum(map(_close, sessions))
    return closed


def _token(session: ServerSession) -> str:
    request = getattr(session.document.session_context, "request", None)
    viewer: Any = getattr(request, "viewer", None)
    return viewer.token if viewer else ""


async def _is_over(token: str) -> bool:
    """Whether the hub says no; while it says nothing, pages stay."""
    try:
        return await HubOAuth.instance().user_for_token(token, use_cache=False, sync=False) is None
    except HTTPError:
        return False


def _close(session: ServerSession) -> int:
    """Close all connections of a page; Bokeh has no public way to reach them."""
    connections = list(session._subscribed_connections)
    for connection in connections:
        connection._socket.close(GOING_AWAY, "signed out")
    return len(connections)
