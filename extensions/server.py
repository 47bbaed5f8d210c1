"""The API service: a Jupyter Server that carries our extensions and nothing of its own.

JupyterHub starts it as managed service `api`. Kernels, terminals, contents, static files and every
other built-in address answer 404; only the sign-in return and the sign-out of JupyterHub are kept.
"""

import gc
import hashlib
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import JupyterServerAuthWarning
from tornado.web import RequestHandler
from traitlets.config import Config

from extensions.base.application import SETTING, open_application
from extensions.base.connections import HubServer
from extensions.base.handler import NotFound
from extensions.base.identity import DenyAll, ServiceIdentity
from extensions.base.routing import UPLOAD_LIMIT
from extensions.points import PACKAGES
from hub.headers import NO_PAGE, common, every_answer
from hub.limits import networks
from hub.observability import logging
from hub.observability.logging import configure
from hub.settings import Settings

KEPT = ("/oauth_callback", "/logout")  # of JupyterHub's identity provider

log = logging.get_logger("agrigen.access")


class ApiServer(ServerApp):
    """Jupyter Server with all default services off, reading no one's configuration files."""

    name = "agrigen-api"
    default_services = ()  # type: ignore[assignment]
    hub_settings: Settings

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Files under ~/.jupyter are for people's own servers; they must not loosen this one."""

    def write_server_info_file(self) -> None:
        """Not written: it is for `jupyter server list`."""

    def write_browser_open_files(self) -> None:
        """Not written: nobody opens this server from a file."""

    def init_webapp(self) -> None:
        super().init_webapp()
        self.web_app.settings[SETTING] = open_application(self.hub_settings, self.base_url)
        always = {**common(https=self.hub_settings.https), "Content-Security-Policy": NO_PAGE}
        self.web_app.add_transform(every_answer(always | {"Cache-Control": "no-store"}))
        router = self.web_app.wildcard_router
        router.rules[:] = [rule for rule in router.rules if _is_kept(rule)]
        router.add_rules([(".*", NotFound)])

    def init_httpserver(self) -> None:
        """As Jupyter's, with a server that limits requests and knows the proxies."""
        self._http_server = HubServer(
            self.web_app,
            ssl_options=self.ssl_options,
            max_body_size=self.max_body_size,
            max_buffer_size=self.max_buffer_size,
            trusted_proxies=networks(self.hub_settings.trusted_proxies),
            proxies=self.hub_settings.proxies,
        )
        if not self.sock:
            self._find_http_port()
        self.io_loop.add_callback(self._bind_http_server)

    async def _cleanup(self) -> None:
        await super()._cleanup()
        await self.web_app.settings[SETTING].close()


def _is_kept(rule: Any) -> bool:
    pattern = getattr(getattr(rule.matcher, "regex", None), "pattern", "")
    return any(pattern.rstrip("$").endswith(kept) for kept in KEPT)


def log_request(handler: RequestHandler) -> None:
    """One line a request: no query, no headers, no body."""
    log.info(
        "request",
        method=handler.request.method,
        path=handler.request.path,
        status=handler.get_status(),
        milliseconds=round(1000 * handler.request.request_time(), 1),
        request_id=getattr(handler, "request_id", ""),
    )


def _cookie_secret() -> bytes:
    """The same for every process of one service, new when JupyterHub gives it a new token."""
    return hashlib.sha256(b"cookie" + os.environ["JUPYTERHUB_API_TOKEN"].encode()).digest()


def configuration(settings: Settings) -> Config:
    """What a Jupyter Server needs to be told to be a service of a hub and nothing more."""
    address = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    config = Config()
    config.HubOAuth.cache_max_age = settings.auth_cache_seconds
    config.ServerApp.update(
        identity_provider_class=ServiceIdentity,
        authorizer_class=DenyAll,
        ip=address.hostname or "127.0.0.1",
        port=address.port or 80,
        port_retries=0,
        base_url=os.environ["JUPYTERHUB_SERVICE_PREFIX"],
        default_url="/docs",
        root_dir=tempfile.mkdtemp(prefix="agrigen-api-"),  # a contents manager wants one: empty
        cookie_secret=_cookie_secret(),
        allow_unauthenticated_access=False,
        allow_remote_access=True,  # the Host header is the public name behind the hub's proxy
        allow_root=True,
        trust_xheaders=False,  # HubServer reads them, from our proxies only
        open_browser=False,
        answer_yes=True,
        quit_button=False,
        terminals_enabled=False,
        reraise_server_extension_failures=True,
        max_body_size=2 * UPLOAD_LIMIT,  # Tornado cuts the line here; below, we answer 413
        max_buffer_size=2 * UPLOAD_LIMIT,
        record_http_request_metrics=False,
        log_level=settings.log_level.upper(),
        tornado_settings={
            "log_function": log_request,
            "xsrf_cookies": False,  # Tornado's check runs before anybody is known; ours is later
            # pages carry the token themselves, so no script needs to read the cookie
            "xsrf_cookie_kwargs": {
                **{"samesite": "Lax", "httponly": True},
                **{"secure": settings.https},
            },
        },
    )
    return config


def make_server(settings: Settings, packages: tuple[str, ...] = PACKAGES) -> ApiServer:
    """A server that is ready to start."""
    missing = [
        name
        for name in ("JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_TOKEN")
        if not os.environ.get(name)
    ]
    if missing:
        raise SystemExit(
            f"Not started by JupyterHub: {', '.join(missing)} not set. `make run` starts "
            "everything; a hub of your own needs a managed service named 'api'."
        )
    warnings.simplefilter("error", JupyterServerAuthWarning)
    server = ApiServer.instance(
        config=configuration(settings), jpserver_extensions=dict.fromkeys(packages, True)
    )
    server.hub_settings = settings
    server.initialize(argv=[], find_extensions=False)
    Path(server.root_dir).rmdir()  # asked for at start only; a killed service leaves none behind
    return server


def serve() -> None:
    """Run until stopped."""
    started = time.monotonic()
    settings = Settings()
    server = make_server(settings)
    configure("api", settings.log_level)  # after Jupyter, which sets up its own
    server.log.handlers.clear()
    server.log.propagate = True
    server.log.setLevel(settings.log_level.upper())
    # What was loaded stays until the end: a full collection would look through all of it, in the
    # middle of somebody's request.
    gc.freeze()
    log.info("api service ready", seconds=round(time.monotonic() - started, 2))
    server.start()
