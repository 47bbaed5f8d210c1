"""The page where people talk with Emilia."""

from pathlib import Path
from typing import ClassVar

from tornado.web import authenticated

from extensions.base.handler import HubHandler
from extensions.base.pages import FileHandler, PageHandler
from hub.permissions import Permission

_STATIC = Path(__file__).parent / "static"


class ChatFiles(FileHandler):
    """Script and style of the page."""

    folder: ClassVar[Path] = _STATIC
    names: ClassVar[frozenset[str]] = frozenset({"chat.css", "chat.js", "show.js"})


class ChatPage(PageHandler):
    """Conversations at the side, messages in the middle; everything else is in the script."""

    @authenticated
    async def get(self) -> None:
        actor = await self.actor()
        actor.require(Permission.CHAT_USE)
        template = (_STATIC / "chat.html").read_text()
        self.page(template, username=actor.username)


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/chat/?", ChatPage),
    (r"/chat/files/([a-z.]+)", ChatFiles),
)
