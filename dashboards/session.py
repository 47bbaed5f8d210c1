"""One viewer's session: the hub as that viewer, and the frame every page stands in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import httpx
import panel as pn

from agrigen.client import ApiError, Denied, Hub, NotSignedIn, Unavailable, connect
from dashboards.components.data_pages import data_links
from dashboards.components.page import Link, message, page
from dashboards.sign_in import Viewer

T = TypeVar("T")


@dataclass(frozen=True)
class Site:
    """What all sessions share: addresses and one pool of connections to the API."""

    hub_url: str
    prefix: str
    http: httpx.Client
    public_url: str = ""

    def public(self, address: str) -> str:
        """An address of the hub as people outside reach it."""
        return address.replace(self.hub_url, self.public_url or self.hub_url, 1)

    def link(self, path: str) -> str:
        return f"{self.prefix}/{path}"


class Session:
    """One open page of one viewer."""

    def __init__(self, site: Site, viewer: Viewer) -> None:
        self.site = site
        self.viewer = viewer
        self._profile: dict[str, Any] | None = None

    @cached_property
    def hub(self) -> Hub:
        """The hub as the viewer; the token stays in this process."""
        return connect(self.site.hub_url, self.viewer.token, http=self.site.http)

    async def profile(self) -> dict[str, Any]:
        """What the viewer chose for themself, asked for once a page; empty when nobody answers."""
        if self._profile is None:
            try:
                self._profile = dict(await self.ask(self.hub.profile))
            except ApiError:
                self._profile = {}
        return self._profile

    async def ask(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call something that talks to the API without stopping other people's pages."""
        return await asyncio.to_thread(function, *args, **kwargs)

    @property
    def links(self) -> list[Link]:
        """Pages this viewer may open."""
        links = [Link("My animals", self.site.link("herd"))]
        if self.viewer.may("events:read"):
            links.append(Link("Season", self.site.link("season")))
        if self.viewer.may("records:read"):
            links.append(Link("Growth", self.site.link("growth")))
        if self.viewer.may("breeding:plan"):
            links.append(Link("Mating plan", self.site.link("mating-plan")))
        if self.viewer.may("reports:read"):
            links.append(Link("Reports", self.site.link("reports")))
        if self.viewer.may("evaluations:run"):
            links.append(Link("Runs", self.site.link("runs")))
        if self.viewer.may("genotypes:read"):
            links.append(Link("Genotypes", self.site.link("genotypes")))
        if self.viewer.may("associations:read"):
            links.append(Link("Associations", self.site.link("associations")))
        links += [Link("Data", first.href) for first in data_links(self)[:1]]
        return links

    @property
    def plain(self) -> bool:
        """Whether the viewer came for their animals, not for the methods."""
        return not self.viewer.may("evaluations:run")

    def page(self, title: str, current: str, *content: Any) -> pn.template.base.BaseTemplate:
        """A whole page around the content."""
        return page(title, self.viewer.name, self.links, self.site.link(current), content)

    def refusal(self, title: str, current: str, text: str) -> pn.template.base.BaseTemplate:
        """A page that says why there is nothing to see."""
        notice = message("Not for this account", text, HOME)
        where = self.site.link(current)
        return page(title, self.viewer.name, self.links, where, (), notice=notice)


def open_session(site: Site) -> Session:
    """The session of the page that is being opened."""
    request = pn.state.curdoc.session_context.request
    return Session(site, request.viewer)


def sorry(error: ApiError) -> str:
    """An error as a sentence for the person who looks at the page."""
    if isinstance(error, NotSignedIn):
        return message(
            "You are signed out",
            "Load this page again to sign in.",
            Link("Sign in again", "?"),
        )
    if isinstance(error, Denied):
        return message("This is not yours to see", error.message, HOME)
    if isinstance(error, Unavailable):
        return message(
            "The hub is not answering",
            "Nothing is lost. Wait a moment, then load this page again.",
            Link("Load again", "?"),
        )
    return message("That did not work", error.message, HOME)


HOME = Link("Go to the home page", "/hub/home")
