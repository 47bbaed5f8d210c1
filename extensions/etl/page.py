"""The page where people hand in files of any size, and the way by which they take files along."""

from pathlib import Path
from typing import ClassVar

from tornado.web import authenticated

from extensions.base.handler import HubHandler
from extensions.base.pages import FileHandler, PageHandler
from hub.permissions import Permission

_STATIC = Path(__file__).parent / "static"


class HandInFiles(FileHandler):
    """Scripts and style of the page."""

    folder: ClassVar[Path] = _STATIC
    names: ClassVar[frozenset[str]] = frozenset({"handin.css", "handin.js", "sending.js"})


class HandInPage(PageHandler):
    """A place to drop files on; the browser sends them to the API by itself, in parts."""

    @authenticated
    async def get(self) -> None:
        actor = await self.actor()
        actor.require(Permission.IMPORTS_WRITE)
        self.page((_STATIC / "handin.html").read_text(), username=actor.username)


class TakeAlong(PageHandler):
    """Links on other pages lead here, so that who is not signed in to the API yet is, on the way.

    Then the API itself sends the file, a piece at a time.
    """

    @authenticated
    async def get(self, what: str) -> None:
        await self.actor()
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(f"{self.app.api_url}/{what}{query}")


FILES = (
    r"exports/[0-9a-f-]{36}/content"
    r"|imports/[0-9a-f-]{36}/report\.(?:csv|json|xlsx)"
    r"|datasets/[0-9a-f-]{36}/(?:diff\.parquet|tables/[a-z_]+/content)"
    r"|farms/[0-9a-f-]{36}/(?:workbook|export/[a-z_]+\.[a-z]+)"
)
"""What can be taken along: reading only, and addresses of ours only."""

PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/hand-in/?", HandInPage),
    (r"/hand-in/files/([a-z.]+)", HandInFiles),
    (rf"/take-along/({FILES})", TakeAlong),
)
