"""The pages about data: one place in the links of every page, and a strip among themselves."""

from html import escape
from typing import TYPE_CHECKING

from dashboards.components.page import Link

if TYPE_CHECKING:
    from dashboards.session import Session

PAGES = (
    ("Imports", "imports", "imports:read"),
    ("Sources", "sources", "sources:manage"),
    ("Datasets", "datasets", "datasets:read"),
    ("Exports", "exports", "exports:run"),
)
_HERE = ' aria-current="page"'


def data_links(session: "Session") -> list[Link]:
    """The pages about data that the viewer may open."""
    return [
        Link(text, session.site.link(path))
        for text, path, permission in PAGES
        if session.viewer.may(permission)
    ]


def data_strip(session: "Session", current: str) -> str:
    """Links among the pages about data; `current` is the path of the page that shows it."""
    here = session.site.link(current)
    parts = [
        f'<a href="{escape(link.href)}"{_HERE if link.href == here else ""}>{link.text}</a>'
        for link in data_links(session)
    ]
    return f'<nav class="strip" aria-label="Data">{" · ".join(parts)}</nav>'
