"""The page of lineage: where a number comes from, down to its files, and what rests on a file."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Missing
from dashboards.components.data_pages import data_links, data_strip
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import Link, content, control, loading, message, row
from dashboards.lineage import data, rows, views
from dashboards.lineage.drawing import Ways
from dashboards.lineage.files import named
from dashboards.lineage.gather import Group, gather
from dashboards.lineage.links import TRACED, Links
from dashboards.lineage.state import ALL, DIRECTIONS, LineageState
from dashboards.session import Session, sorry

TITLE = "Where numbers come from"


class LineagePage:
    """Places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = LineageState()
        self.links = Links(session.site.link, session.viewer.may)
        self.known: data.Lineage | None = None
        self.strip = content(data_strip(session, "lineage") if data_links(session) else "")
        self.header = content(loading("where it comes from"))
        self.way = control(
            pn.widgets.RadioButtonGroup(options=DIRECTIONS, value=None, button_type="default")
        )
        self.chooser = row(self.way)
        self.chooser.visible = False
        self.picture, self.rows, self.resting = content(), content(), content()
        self.steps = content()
        self._watching: Any = None
        self.way.param.watch(self._way_chosen, "value")

    def view(self) -> Any:
        names = ("type", "id", "direction", "open", "rows")
        pn.state.location.sync(self.state, {name: name for name in names})
        pn.state.onload(self.open)
        parts = (self.strip, self.header, self.chooser, self.picture, self.rows, self.resting,
                 self.steps)  # fmt: skip
        return self.session.page(TITLE, "lineage", *parts)

    async def open(self) -> None:
        """Ask for what the address names, and again while it is being made."""
        if not self.state.id or self.state.type not in TRACED:
            self.header.object = message(
                "Which number?",
                "This page shows from which files and rows a number comes, and what rests on a "
                "file. Choose an animal, and there “Where does this number come from?”.",
                Link("My animals", self.session.site.link("herd")),
            )
            return
        await self.refresh()
        if self.known and self.known.busy:
            self._watching = pn.state.add_periodic_callback(
                self.refresh, period=REFRESH_MILLISECONDS
            )

    async def refresh(self) -> None:
        """Ask again; stop asking when it is over."""
        asked = (self.state.type, self.state.id, self.state.direction)
        try:
            known = await self.session.ask(data.load, self.session.hub, *asked)
        except Missing:
            text = "There is no such thing, or you may not see it."
            link = Link("My animals", self.session.site.link("herd"))
            self.header.object = message("Not found", text, link)
            return
        except ApiError as error:
            self.header.object = sorry(error)
            return
        self.known = known
        self._show(known)
        if not known.busy and self._watching is not None:
            self._watching.stop()

    def _show(self, known: data.Lineage) -> None:
        drawn = gather(known, self._opened)
        ways = Ways(self.links.traced, self.links.home, self._open_group)
        shown = {
            self.header: views.header(known, self.links),
            self.picture: views.picture(known, drawn, ways, self._files()),
            self.rows: rows.rows_table(
                known, self.links, every=self._here(rows=ALL), all=self.state.rows == ALL
            ),
            self.resting: views.resting(known, self.links),
            self.steps: views.steps(known, drawn, self.links, ways),
        }
        for place, html in shown.items():
            place.visible = bool(html)
            if place.object != html:
                place.object = html
        self._offer_ways()

    def _offer_ways(self) -> None:
        if self.state.type not in data.COMPUTED:
            self.way.value = data.direction_of(self.state.type, self.state.direction)
            self.chooser.visible = True

    async def _way_chosen(self, _: Any) -> None:
        if self.way.value != data.direction_of(self.state.type, self.state.direction):
            self.state.direction = self.way.value
            await self.refresh()

    @property
    def _opened(self) -> list[str]:
        return [one for one in self.state.open.split(",") if one]

    def _open_group(self, group: Group) -> str:
        return self._here(open=",".join([*self._opened, group.type]))

    def _here(self, **more: str) -> str:
        """The address of this page with something chosen."""
        names = ("type", "id", "direction", "open", "rows")
        chosen = {name: getattr(self.state, name) for name in names} | more
        kept = {name: value for name, value in chosen.items() if value}
        return self.session.site.link(f"lineage?{urlencode(kept)}")

    def _files(self) -> dict[str, str]:
        way = data.direction_of(self.state.type, self.state.direction)
        chosen = urlencode({"id": named(self.state.type, self.state.id, way)})
        files = self.session.site.link("files")
        return {
            "Picture (SVG)": f"{files}/lineage.svg?{chosen}",
            "For other tools (OpenLineage)": f"{files}/lineage.json?{chosen}",
        }
