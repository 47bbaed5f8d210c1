"""The page where people hand in files of any size, and go on after a break."""

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


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/hand-in/?", HandInPage),
    (r"/hand-in/files/([a-z.]+)", HandInFiles),
)
