"""The Panel server: every dashboard in one process, run by JupyterHub as service `dashboards`.

    python -m dashboards.serve

JupyterHub sets JUPYTERHUB_SERVICE_URL, JUPYTERHUB_SERVICE_PREFIX and the OAuth variables;
AGRIGEN_URL is the address of the hub, AGRIGEN_PUBLIC_URL the one people use when it differs.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx
import panel as pn
from bokeh.server.auth_provider import AuthProvider
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.web import OutputTransform, RedirectHandler, RequestHandler

from dashboards.animals.app import animal_app
from dashboards.animals.files import photo_jpg, summary_pdf
from dashboards.association.app import association_app
from dashboards.association.files import manhattan_svg, qq_svg, tests_csv
from dashboards.associations.app import associations_app
from dashboards.dataset.app import dataset_app
from dashboards.datasets.app import datasets_app
from dashboards.downloads import AT_ONCE, Download, Maker
from dashboards.evaluations.app import runs_app
from dashboards.exports.app import exports_app
from dashboards.genotype_set.app import genotype_set_app
from dashboards.genotype_set.files import markers_csv, parents_csv, samples_csv
from dashboards.genotypes.app import genotypes_app
from dashboards.growth.app import growth_app
from dashboards.herd.app import herd_app
from dashboards.import_run.app import import_run_app
from dashboards.imports.app import imports_app
from dashboards.lineage.app import lineage_app
from dashboards.lineage.files import lineage_json, lineage_svg
from dashboards.mating_plan.app import mating_plan_app
from dashboards.mating_plan.data import matings_csv
from dashboards.new_import.app import import_app
from dashboards.reports.app import reports_app
from dashboards.reports.files import report_pdf, report_xlsx, table_csv
from dashboards.run.app import run_app
from dashboards.season.app import season_app
from dashboards.session import Site
from dashboards.sign_in import HubSignIn
from dashboards.sources.app import sources_app

API_THREADS = 16
LOOPBACK = ("127.0.0.1", "localhost")

TITLES = {
    "/herd": "My animals", "/animal": "Animal", "/season": "Season", "/runs": "Runs", "/run": "Run",
    "/growth": "Growth and milk", "/mating-plan": "Mating plan", "/reports": "Reports",
    "/genotypes": "Genotypes", "/genotype-set": "Genotype set",
    "/imports": "Imports", "/import": "Import a file",
    "/lineage": "Where numbers come from",
    "/associations": "Associations", "/association": "Association",
    "/import-run": "Import", "/sources": "Sources",
    "/datasets": "Datasets", "/dataset": "Dataset", "/exports": "Exports",
}  # fmt: skip
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

# Nothing may be loaded from elsewhere and nobody else may frame us. Bokeh starts its documents
# with inline scripts and compiles templates, hence the two 'unsafe-' words.
POLICY = (
    "default-src 'self'; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)


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


class SecurityHeaders(OutputTransform):
    """The same security headers on every answer, errors and files included."""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        return status_code, headers, chunk


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
    apps: dict[str, Callable[[], Any]] = {
        "/herd": lambda: herd_app(site),
        "/animal": lambda: animal_app(site),
        "/season": lambda: season_app(site),
        "/growth": lambda: growth_app(site),
        "/mating-plan": lambda: mating_plan_app(site),
        "/reports": lambda: reports_app(site),
        "/runs": lambda: runs_app(site),
        "/run": lambda: run_app(site),
        "/genotypes": lambda: genotypes_app(site),
        "/genotype-set": lambda: genotype_set_app(site),
        "/imports": lambda: imports_app(site),
        "/import": lambda: import_app(site),
        "/lineage": lambda: lineage_app(site),
        "/associations": lambda: associations_app(site),
        "/association": lambda: association_app(site),
        "/import-run": lambda: import_run_app(site),
        "/sources": lambda: sources_app(site),
        "/datasets": lambda: datasets_app(site),
        "/dataset": lambda: dataset_app(site),
        "/exports": lambda: exports_app(site),
    }
    to_herd = {"url": f"{address.prefix}/herd", "permanent": False}
    turns = asyncio.Semaphore(AT_ONCE)
    kept = {"site": site, "sign_in": sign_in, "makers": FILES, "turns": turns}
    server = pn.io.server.get_server(
        apps,
        address=address.host,
        port=address.port,
        prefix=address.prefix,
        title=TITLES,
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
    server._tornado.add_transform(SecurityHeaders)
    return server


async def serve(address: Address) -> None:
    """Serve until stopped."""
    # calls to the API wait in threads, so that one slow answer does not stop everybody's page
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(API_THREADS))
    server = make_server(address, HubSignIn())
    server.start()
    logging.getLogger(__name__).info("Dashboards at %s%s/", address.public_url, address.prefix)
    await asyncio.Event().wait()


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
