"""The Panel server: every dashboard in one process, run by JupyterHub as service `dashboards`.

    python -m dashboards.serve

JupyterHub sets JUPYTERHUB_SERVICE_URL, JUPYTERHUB_SERVICE_PREFIX and the OAuth variables;
AGRIGEN_URL is the address of the hub, AGRIGEN_PUBLIC_URL the one people use when it differs.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx
import panel as pn
from bokeh.server.auth_provider import AuthProvider
from tornado.ioloop import IOLoop
from tornado.web import RedirectHandler, RequestHandler

from dashboards.animals.files import photo_jpg, summary_pdf
from dashboards.association.files import manhattan_svg, qq_svg, tests_csv
from dashboards.downloads import AT_ONCE, Download, Maker
from dashboards.genotype_set.files import markers_csv, parents_csv, samples_csv
from dashboards.headers import dashboard_answers
from dashboards.lineage.files import lineage_json, lineage_svg
from dashboards.mating_plan.data import matings_csv
from dashboards.pages import PAGES
from dashboards.reports.files import report_pdf, report_xlsx, table_csv
from dashboards.session import Site
from dashboards.sign_in import HubSignIn
from dashboards.watching import watch

API_THREADS = 16
LOOPBACK = ("127.0.0.1", "localhost")

FILES: dict[str, Maker] = {
    "association.csv": tests_csv,
    "manhattan.svg": manhattan_svg,
    "qq.svg": qq_svg,
    "samples.csv": samples_csv,
    "parents.csv": parents_csv,
    "markers.csv": markers_csv,
    "summary.pdf": summary_pdf,
    "photo.jpg": photo_jpg,
    "matings.csv": matings_csv,
    "lineage.svg": lineage_svg,
    "lineage.json": lineage_json,
    "report.pdf": report_pdf,
    "report.xlsx": report_xlsx,
    "table.csv": table_csv,
}


@dataclass(frozen=True)
class Address:
    """Where to listen, under which path, and where the hub is."""

    host: str
    port: int
    prefix: str
    hub_url: str
    public_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Address":
        if "JUPYTERHUB_SERVICE_URL" not in environment:
            raise SystemExit(
                "dashboards.serve is started by the hub: use `make run`. By itself it lacks "
                "JUPYTERHUB_SERVICE_URL and the sign-in."
            )
        service = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
        local = f"http://127.0.0.1:{environment.get('AGRIGEN_PORT', '8000')}"
        hub_url = environment.get("AGRIGEN_URL") or local
        seen = environment.get("JUPYTERHUB_PUBLIC_URL") or environment.get("AGRIGEN_PUBLIC_URL")
        return cls(
            host=service.hostname or "127.0.0.1",
            port=service.port or 80,
            prefix=environment.get("JUPYTERHUB_SERVICE_PREFIX", "/services/dashboards/").rstrip(
                "/"
            ),
            hub_url=hub_url,
            public_url=seen or hub_url,
        )

    @property
    def origins(self) -> list[str]:
        """Hosts whose pages may open our websocket; on loopback both of its names."""
        public = urlsplit(self.public_url)
        names = LOOPBACK if public.hostname in LOOPBACK else (public.hostname,)
        # Bokeh reads an origin without a port as port 80, whatever its scheme
        return [f"{name}:{public.port or 80}" for name in names]


class Live(RequestHandler):
    """Health checks ask here without signing in."""

    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish({"status": "alive"})


def shared_connections() -> httpx.Client:
    """Connections to the API for all viewers; a cookie would go from one to the next."""
    pool = httpx.Client(timeout=60.0, follow_redirects=False)
    pool.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return pool


def make_server(address: Address, sign_in: AuthProvider) -> pn.io.server.Server:
    """The server with all apps, not yet started."""
    site = Site(
        hub_url=address.hub_url, prefix=address.prefix, http=shared_connections(),
        public_url=address.public_url.rstrip("/").removesuffix(address.prefix),
    )  # fmt: skip
    apps = {page.path: page.opener(site) for page in PAGES}
    to_herd = {"url": f"{address.prefix}/herd", "permanent": False}
    turns = asyncio.Semaphore(AT_ONCE)
    kept = {"site": site, "sign_in": sign_in, "makers": FILES, "turns": turns}
    server = pn.io.server.get_server(
        apps,
        address=address.host,
        port=address.port,
        prefix=address.prefix,
        title={page.path: page.title for page in PAGES},
        websocket_origin=address.origins,
        extra_patterns=[
            (r"/livez", Live),
            (r"/?", RedirectHandler, to_herd),
            (r"/files/([a-z.]+)", Download, kept),
        ],
        auth_provider=sign_in,
        cookie_secret=secrets.token_hex(32),
        secret_key=secrets.token_hex(32),
        sign_sessions=True,
        include_cookies=[],
        include_headers=[],
        session_token_expiration=600,
        xheaders=True,
        use_index=False,
    )
    secure = address.public_url.startswith("https://")
    cookies = {"samesite": "Lax", "httponly": True, "secure": secure}
    server._tornado.settings["xsrf_cookie_kwargs"] = cookies
    server._tornado.add_transform(dashboard_answers(address.public_url))
    return server


async def serve(address: Address) -> None:
    """Serve until stopped."""
    # calls to the API wait in threads, so that one slow answer does not stop everybody's page
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(API_THREADS))
    server = make_server(address, HubSignIn())
    server.start()
    logging.getLogger(__name__).info("Dashboards at %s%s/", address.public_url, address.prefix)
    await watch(server)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("httpx", "bokeh.server.views.ws"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    address = Address.from_environment()
    try:
        asyncio.run(serve(address))
    except KeyboardInterrupt:
        IOLoop.clear_current()


if __name__ == "__main__":
    main()
