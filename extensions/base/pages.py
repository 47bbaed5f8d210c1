"""Pages for people: signed in through JupyterHub, without inline scripts, errors in words."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import ClassVar

from jupyter_server.auth.decorator import allow_unauthenticated

from extensions.base.handler import HubHandler
from extensions.base.problems import HttpError, Problem

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_SHARED_FOLDER = Path(__file__).parent / "static"
SHARED = frozenset({"page.css", "api.js", "element.js"})
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}


class PageHandler(HubHandler):
    """A page that only signed-in people see; others are sent to JupyterHub and come back.

    A subclass writes `get` with `@tornado.web.authenticated` and calls `page`.
    """

    policy = PAGE_POLICY

    async def identify(self) -> None:
        """The hub is asked for every page, so that a session that ended opens none."""
        self.identity.hub_auth.cache.clear()
        await super().identify()

    def page(self, template: str, **values: str) -> None:
        """Send HTML with every `$name` replaced by its escaped value, and `$xsrf` and `$base`.

        Asking for the token sets a cookie; a page that gives `xsrf` itself sets none.
        """
        own = {} if "xsrf" in values else {"xsrf": self.xsrf_token.decode()}
        known: Mapping[str, str] = {"base": self.app.base_url, **own, **values}
        html = Template(template).substitute({name: escape(one) for name, one in known.items()})
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(html)

    def write_problem(self, problem: Problem) -> None:
        self.set_status(problem.status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f"<!doctype html><html lang=en><title>{escape(problem.code)}</title>"
            f"<h1>{escape(str(problem.body('')['title']))}</h1><p>{escape(problem.detail)}</p>"
            f"<p>Request id: {escape(self.request_id)}</p></html>"
        )


class FileHandler(HubHandler):
    """Scripts and style sheets of our pages: named files of one folder, open to everybody.

    Those that all pages share are served beside them, so that scripts import each other by name.
    """

    folder: ClassVar[Path]
    names: ClassVar[frozenset[str]] = frozenset()

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "public, max-age=3600")

    async def prepare(self) -> None:  # type: ignore[override]
        """Nobody has to sign in for a style sheet."""

    def path_of(self, name: str) -> Path:
        return (_SHARED_FOLDER if name in SHARED else self.folder) / name

    @allow_unauthenticated
    def get(self, name: str) -> None:
        path = self.path_of(name)
        if name not in self.names | SHARED or not path.is_file():
            raise HttpError(404, "http.404", "There is no such file.")
        self.set_header("Content-Type", TYPES[path.suffix])
        self.finish(path.read_bytes())
