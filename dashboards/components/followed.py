"""Open pages that stay true: of a thing at work until it is over, of a farm as long as open."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import panel as pn

from agrigen.client import ApiError, Hub, Missing
from dashboards.components.page import Link, content, loading, message
from dashboards.session import Session, sorry

REFRESH_MILLISECONDS = 2000
FARM_MILLISECONDS = 5000


class Followed(Protocol):
    """What is known about the thing."""

    @property
    def busy(self) -> bool:
        """Whether it waits or is at work."""


Known = TypeVar("Known", bound=Followed)


@dataclass(frozen=True)
class Words:
    """What the page says when there is nothing to show, and where the list of all things is."""

    loading: str
    which: str
    choose: str
    missing: str
    hidden: str
    all: str
    list: str


class FollowedPage(ABC, Generic[Known]):
    """One thing, named by the address of the page."""

    words: ClassVar[Words]
    state_of: ClassVar[Callable[[], Any]]
    load: ClassVar[Callable[[Hub, str], Any]]

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = type(self).state_of()
        self.known: Known | None = None
        self.header = content(loading(self.words.loading))
        self._watching: Any = None

    @abstractmethod
    async def show(self, known: Known) -> None:
        """Put on the page what is known."""

    @property
    def all(self) -> Link:
        """The list of all things of the kind."""
        return Link(self.words.all, self.session.site.link(self.words.list))

    @property
    def back(self) -> Any:
        """The way back to the list, for the top of the page."""
        return content(Link(f"‹ {self.words.all}", self.all.href).html)

    async def open(self) -> None:
        """Show it; look again every two seconds while it is at work."""
        if not self.state.id:
            self.header.object = message(self.words.which, self.words.choose, self.all)
            return
        await self.refresh()
        self.watch()

    def watch(self) -> None:
        """Look again until it is over."""
        if self.known is None or not self.known.busy:
            return
        if self._watching is None or not self._watching.running:
            self._watching = pn.state.add_periodic_callback(
                self.refresh, period=REFRESH_MILLISECONDS
            )

    async def refresh(self) -> None:
        """Ask again; stop asking when it is over."""
        try:
            known = await self.session.ask(type(self).load, self.session.hub, self.state.id)
        except Missing:
            self.header.object = message(self.words.missing, self.words.hidden, self.all)
            return
        except ApiError as error:
            self.header.object = sorry(error)
            return
        self.known = known
        await self.show(known)
        if not known.busy and self._watching is not None:
            self._watching.stop()

    def say(self, html: str) -> None:
        """Change the header only where it differs, so that nothing flickers."""
        if self.header.object != html:
            self.header.object = html


class FarmWatch:
    """Tells an open page when something was recorded on its farm, by whomever and wherever."""

    def __init__(self, session: Session, changed: Callable[[], Awaitable[None]]) -> None:
        self.session = session
        self.changed = changed
        self.farm_id = ""
        self.newest: int | None = None
        self._asking = False
        self._watching: Any = None

    async def follow(self, farm_id: str) -> None:
        """Look at this farm from now on; call it before its data are asked for."""
        self.farm_id, self.newest = farm_id, None
        self.newest = await self._ask()
        if self._watching is None:
            self._watching = pn.state.add_periodic_callback(self.look, period=FARM_MILLISECONDS)

    async def look(self) -> None:
        """Ask for the number of the newest change, and tell the page if it grew."""
        if self._asking or not self.farm_id:
            return
        self._asking = True
        try:
            newest = await self._ask()
            if newest is not None and newest != self.newest:
                self.newest = newest
                await self.changed()
        finally:
            self._asking = False

    async def _ask(self) -> int | None:
        """None while the hub does not answer: the page keeps what it shows and asks again."""
        try:
            return await self.session.ask(self.session.hub.farms.newest_change, self.farm_id)
        except ApiError:
            return None
