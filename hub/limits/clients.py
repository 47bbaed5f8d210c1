"""Whose connection a request comes by, for Tornado's servers: the hub's and the API's.

Tornado's own handling believes every client's X-Real-Ip and X-Scheme, which JupyterHub's proxy
passes on unchanged; ours believes only what our proxies add.
"""

from collections.abc import Awaitable
from typing import Any

from tornado import httputil
from tornado.web import Application

from hub.limits.addresses import Networks, client_of, is_in


class KnownClient(httputil.HTTPMessageDelegate):
    """Stands before the handler of one request and corrects its address and protocol."""

    def __init__(
        self,
        delegate: httputil.HTTPMessageDelegate,
        connection: httputil.HTTPConnection,
        trusted: Networks,
        proxies: int,
    ) -> None:
        self._delegate = delegate
        self._context: Any = getattr(connection, "context", None)
        self._trusted, self._proxies = trusted, proxies

    def headers_received(
        self,
        start_line: httputil.RequestStartLine | httputil.ResponseStartLine,
        headers: httputil.HTTPHeaders,
    ) -> Awaitable[None] | None:
        self._note_client(headers)
        return self._delegate.headers_received(start_line, headers)

    def _note_client(self, headers: httputil.HTTPHeaders) -> None:
        """Set anew for every request: a proxy sends those of many people on one connection."""
        context = self._context
        peer, context.protocol = context._orig_remote_ip, context._orig_protocol
        context.remote_ip = client_of(
            peer,
            headers.get("X-Forwarded-For", ""),
            trusted=self._trusted,
            proxies=self._proxies,
        )
        if is_in(peer, self._trusted):
            protocol = headers.get("X-Forwarded-Proto", "").split(",")[-1].strip()
            if protocol in ("http", "https"):
                context.protocol = protocol

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()


def know_clients(application: Application, trusted: Networks, proxies: int) -> None:
    """For an application whose server somebody else makes, as JupyterHub does."""
    start = application.start_request

    def start_request(
        server_conn: object, request_conn: httputil.HTTPConnection
    ) -> httputil.HTTPMessageDelegate:
        return KnownClient(start(server_conn, request_conn), request_conn, trusted, proxies)

    application.start_request = start_request  # type: ignore[method-assign]
