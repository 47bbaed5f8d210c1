"""The doors of the API in this process, without a hub: the real handlers, stores and row policies.

Callers bring access tokens that are signed as the hub signs them. Running here, a check can be
taken away and put back within milliseconds.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from tornado.httpserver import HTTPServer
from tornado.web import Application as Tornado
from traitlets.config import Config

from extensions.base.application import SETTING, Application, open_application
from extensions.base.extension import tornado_rules
from extensions.base.handler import NotFound, RouteHandler
from extensions.base.identity import ServiceIdentity
from extensions.base.routing import Route
from extensions.points import all_routes
from hub.actor import Assurance
from hub.permissions import Permission
from hub.settings import Settings
from hub.tokens import Access
from hub.tokens.access import issue
from tests.hubs import LIMITS, free_port

T = TypeVar("T")
BASE = "/services/api"
UNKNOWN = {"nobody-knows-this": "1"}
"""A parameter that every route refuses (422) as soon as it reads anything of the request."""


@dataclass
class Doors:
    """Where the handlers answer, and how to knock as somebody."""

    application: Application
    loop: asyncio.AbstractEventLoop
    client: httpx.Client
    handlers: dict[str, type[RouteHandler]]
    made: int = 0
    tokens: dict[tuple[UUID, str], str] = field(default_factory=dict, repr=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def token(
        self, person: UUID, *, level: int = 2, at: datetime | None = None,
        scope: frozenset[Permission] = frozenset(Permission),
    ) -> str:  # fmt: skip
        """An access token of a person who proved who they are `at` (now)."""
        self.made += 1
        moment = at or datetime.now(UTC)
        access = Access(
            person, "agrigen-test", scope, f"family-{self.made:024x}",
            Assurance(level, moment, frozenset({"pwd", "otp"})),
        )  # fmt: skip
        held = self.application
        return self.run(issue(held.engine, held.sealer, held.settings, access))

    def knock(
        self, route: Route, token: str | None, *, path: dict[str, str] | None = None,
        query: dict[str, str] | None = None, body: Any = None, content: bytes | None = None,
    ) -> httpx.Response:  # fmt: skip
        """Ask a route; without a body the bytes of none."""
        address = BASE + route.prefix + route.path.format_map(path or route.example.path)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        given = content if body is None else json.dumps(body, default=str).encode()
        if given and content is None:
            headers["Content-Type"] = "application/json"
        asked = query if query is not None else route.example.query
        values = {name: str(value) for name, value in asked.items()}
        return self.client.request(
            route.method, address, params=values, content=given or b"", headers=headers
        )

    @contextmanager
    def instead(self, route: Route, other: Route) -> Iterator[None]:
        """While it lasts, another declaration stands in the place of this one."""
        routes = self.handlers[route.prefix + route.path].routes
        routes[route.method] = other
        try:
            yield
        finally:
            routes[route.method] = route


@contextmanager
def open_doors(home: Path, url: str, environment: dict[str, str]) -> Iterator[Doors]:
    """The service on a port of its own, in a thread of its own, until the block ends."""
    port = free_port()
    loop, started = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, started), daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_HUB, **environment}.items():
            patch.setenv(name, value)
        settings = Settings(
            home=home, database_url=SecretStr(url), limits=LIMITS,
            second_factor_roles=["admin"], dynamodb_endpoint=environment.get("ENDPOINT", ""),
        )  # fmt: skip
        application = open_application(settings, BASE)
        identity = ServiceIdentity(config=Config())
        thread.start()
        started.wait()
        tornado, handlers = _tornado(application, identity)
        asyncio.run_coroutine_threadsafe(_listen(tornado, port), loop).result(10)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, verify=False)
        try:
            yield Doors(application, loop, client, handlers)
        finally:
            client.close()
            asyncio.run_coroutine_threadsafe(application.close(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)


_HUB = {
    "JUPYTERHUB_API_TOKEN": "nobody-asks-with-it",
    "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
    "JUPYTERHUB_CLIENT_ID": "service-api",
    "JUPYTERHUB_SERVICE_PREFIX": f"{BASE}/",
    "JUPYTERHUB_HOST": "",
    "JUPYTERHUB_BASE_URL": "/",
    "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{BASE}/oauth_callback",
}


def _serve(loop: asyncio.AbstractEventLoop, started: threading.Event) -> None:
    asyncio.set_event_loop(loop)
    loop.call_soon(started.set)
    loop.run_forever()


async def _listen(tornado: Tornado, port: int) -> None:
    HTTPServer(tornado).listen(port, "127.0.0.1")


def _tornado(
    application: Application, identity: ServiceIdentity
) -> tuple[Tornado, dict[str, type[RouteHandler]]]:
    rules: list[Any] = tornado_rules(all_routes())
    handlers = {
        route.prefix + route.path: handler
        for _, handler in rules
        for route in handler.routes.values()
    }
    settings: dict[str, Any] = {
        SETTING: application, "base_url": BASE + "/", "identity_provider": identity,
        "cookie_secret": "of this test", "xsrf_cookies": False,
    }  # fmt: skip
    tornado = Tornado(
        [(BASE + pattern, handler) for pattern, handler in rules],
        default_handler_class=NotFound,
        log_function=lambda _: None,
        **settings,
    )
    return tornado, handlers
