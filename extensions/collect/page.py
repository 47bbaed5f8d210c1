"""The phone page: an installable page that works without a signal.

`/collect/` and `/collect/enter` are the same page for a person who is signed in. The service
worker keeps `/collect/shell`, which names nobody, and answers `/collect/` with it; `enter` always
comes from here, so it is where the page sends people to sign in again.
"""

import re
from pathlib import Path
from typing import ClassVar

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import authenticated

from extensions.base.handler import HubHandler
from extensions.base.pages import PAGE_POLICY, TYPES, FileHandler, PageHandler
from extensions.base.problems import HttpError
from hub.permissions import Permission

BUILT = Path(__file__).parent / "static"
POLICY = PAGE_POLICY.replace("img-src 'self' data:", "img-src 'self' data: blob:") + (
    "; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:"
)
_NAME = re.compile(r"[A-Za-z0-9_-]+-[0-9a-f]{10}\.[a-z]+")


def template() -> str:
    """The built page; `make install` builds it."""
    page = BUILT / "index.html"
    if not page.exists():
        raise HttpError(503, "collect.not_built", "The phone page is not built: make install")
    return page.read_text()


class CollectPage(PageHandler):
    """The page as the person's own: it tells who they are and how to send."""

    policy = POLICY
    camera = True  # for the bar codes of ear tags

    @authenticated
    async def get(self) -> None:
        actor = await self.actor()
        actor.require(Permission.EVENTS_WRITE)
        if self.request.path.endswith("/collect"):  # its files and its worker stand below the slash
            self.redirect(f"{self.app.base_url}/collect/")
            return
        self.page(template(), username=actor.username, person=str(actor.person_id))


class CollectShell(PageHandler):
    """The same page about nobody, for the service worker to keep."""

    policy = POLICY
    camera = True

    async def prepare(self) -> None:  # type: ignore[override]
        """Nobody has to sign in for an empty page."""

    @allow_unauthenticated
    async def get(self) -> None:
        self.page(template(), username="", person="", xsrf="")


class CollectFiles(FileHandler):
    """Script, style, texts and icons: a new content has a new name, so they are kept for ever."""

    folder: ClassVar[Path] = BUILT / "files"

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")

    @allow_unauthenticated
    def get(self, name: str) -> None:
        path = self.folder / name
        if not _NAME.fullmatch(name) or path.suffix not in TYPES or not path.is_file():
            self.set_header("Cache-Control", "no-store")
            raise HttpError(404, "http.404", "There is no such file.")
        self.set_header("Content-Type", TYPES[path.suffix])
        self.finish(path.read_bytes())


class CollectRoot(FileHandler):
    """Service worker and manifest, whose names stay: browsers ask for them each time."""

    policy = POLICY  # a service worker may do what its own answer's policy allows
    folder: ClassVar[Path] = BUILT
    names: ClassVar[frozenset[str]] = frozenset({"sw.js", "manifest.webmanifest"})

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-cache")


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/collect/?", CollectPage),
    (r"/collect/enter", CollectPage),
    (r"/collect/shell", CollectShell),
    (r"/collect/files/([A-Za-z0-9_.-]+)", CollectFiles),
    (r"/collect/(sw\.js|manifest\.webmanifest)", CollectRoot),
)
