"""Files to keep: pictures for a publication and tables, made when somebody asks for them."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bokeh.server.auth_provider import AuthProvider
from tornado.httputil import url_concat
from tornado.web import RequestHandler

from agrigen.client import ApiError, Denied, Hub, Missing, Unavailable
from agrigen.io.csv import harmless
from dashboards.session import Session, Site
from dashboards.theme import refusal_page


@dataclass(frozen=True)
class Made:
    """A file: its name, what it is, and its content."""

    name: str
    media_type: str
    content: bytes


Maker = Callable[[Hub, str], Made]

CSV = "text/csv; charset=utf-8"
SVG = "image/svg+xml"

AT_ONCE = 3
"""Files made at a time: a table of a million markers is large, and pages need the threads too."""


def csv_of(name: str, frame: Any) -> Made:
    """A table as a file that spreadsheets open."""
    return Made(f"{file_name(name)}.csv", CSV, harmless(frame).to_csv(index=False).encode())


def svg_of(name: str, figure: Any) -> Made:
    """A matplotlib figure as a drawing with its text as text."""
    from io import BytesIO

    content = BytesIO()
    figure.savefig(content, format="svg")
    return Made(f"{file_name(name)}.svg", SVG, content.getvalue())


def file_name(name: str) -> str:
    """A name that every system takes."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "table"


class Download(RequestHandler):
    """GET /files/{what}?id=...: made with what the viewer may see, never kept."""

    def initialize(
        self,
        site: Site,
        sign_in: AuthProvider,
        makers: Mapping[str, Maker],
        turns: asyncio.Semaphore,
    ) -> None:
        self.site, self.sign_in, self.makers, self.turns = site, sign_in, makers, turns

    async def get(self, what: str) -> None:
        user = await self.sign_in.get_user_async(self)
        if self._finished:
            return
        if not user:
            here = f"{self.site.prefix}/files/{what}?id={quote(self.get_query_argument('id', ''))}"
            self.redirect(url_concat(f"{self.site.prefix}/login", {"next": here}))
            return
        session = Session(self.site, self.request.viewer)
        if what not in self.makers:
            self._refuse(404, "There is no such file.")
            return
        try:
            async with self.turns:
                made = await asyncio.to_thread(
                    self.makers[what], session.hub, self.get_query_argument("id", "")
                )
        except ApiError as error:
            status = {Missing: 404, Denied: 403}.get(type(error), 400)
            self._refuse(503 if isinstance(error, Unavailable) else status, error.message)
            return
        self.set_header("Content-Type", made.media_type)
        self.set_header("Content-Disposition", f'attachment; filename="{made.name}"')
        self.set_header("Cache-Control", "private, no-store")
        self.finish(made.content)

    def _refuse(self, status: int, sentence: str) -> None:
        self.set_status(status)
        self.finish(refusal_page(sentence, home="/hub/home"))
