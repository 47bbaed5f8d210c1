"""Connections: whose they are, how long a request may take to arrive, how much of it is kept."""

from collections.abc import Awaitable
from typing import Any

from tornado import httputil
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer

from extensions.base.routing import JSON_LIMIT
from hub.limits.addresses import Networks
from hub.limits.clients import KnownClient

HEADER_BYTES = 32 * 1024
"""Start line and header fields together: room for a browser's cookies, not for more."""
IDLE_SECONDS = 75.0
"""How long the header of a request, or the next request of a connection, may take."""
GRACE_SECONDS = 30.0
SLOWEST_BYTES = 20_000
"""Bytes a second that a body must arrive with, after the grace: a phone at the edge of a network
sends 2.5 times as much."""


class HubServer(HTTPServer):
    """Tornado's server with a guard at every request."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        self.trusted: Networks = kwargs.pop("trusted_proxies")
        self.proxies: int = kwargs.pop("proxies")
        limits = {"max_header_size": HEADER_BYTES, "idle_connection_timeout": IDLE_SECONDS}
        super().initialize(*args, **{**kwargs, **limits})

    def start_request(
        self, server_conn: object, request_conn: httputil.HTTPConnection
    ) -> httputil.HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        assert isinstance(request_conn, HTTP1Connection)
        return Guard(delegate, request_conn, self.trusted, self.proxies)


class Guard(KnownClient):
    """Stands between a connection and the handler of one request."""

    def __init__(
        self,
        delegate: httputil.HTTPMessageDelegate,
        connection: HTTP1Connection,
        trusted: Networks,
        proxies: int,
    ) -> None:
        super().__init__(delegate, connection, trusted, proxies)
        self._connection = connection
        self._room = JSON_LIMIT + 1

    def headers_received(
        self,
        start_line: httputil.RequestStartLine | httputil.ResponseStartLine,
        headers: httputil.HTTPHeaders,
    ) -> Awaitable[None] | None:
        answer = super().headers_received(start_line, headers)
        assert isinstance(start_line, httputil.RequestStartLine)
        self._room = self._limit(start_line.method, headers) + 1
        self._connection.set_body_timeout(GRACE_SECONDS + self._room / SLOWEST_BYTES)
        return answer

    def _limit(self, method: str, headers: httputil.HTTPHeaders) -> int:
        """Bytes of the body that the route can use; nobody in particular sends little."""
        handler = getattr(getattr(self._delegate, "delegate", None), "handler_class", None)
        limit_of = getattr(handler, "body_limit", None)
        limit = limit_of(method) if limit_of is not None else JSON_LIMIT
        if "Authorization" not in headers and "Cookie" not in headers:
            limit = min(limit, JSON_LIMIT)
        return int(limit)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Bytes past the limit are let go; the one that is kept too much makes the answer 413."""
        kept, self._room = chunk[: self._room], max(0, self._room - len(chunk))
        return super().data_received(kept) if kept else None
