"""The page of exports: take along what one may see, and find again what one took along."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import Act, Acts
from dashboards.components.data_pages import data_strip
from dashboards.components.page import content, control, loading, row
from dashboards.exports import data, views
from dashboards.exports.form import ExportForm
from dashboards.exports.state import ExportsState
from dashboards.session import Session, sorry

FOLLOW_MILLISECONDS = 1000
ADDRESS = ("id", "what", "kinds", "farms", "format", "genotypes", "genotype_format", "start",
           "end", "trait", "event", "status", "dictionary")  # fmt: skip
ACTS = {
    "cancel": Act("Stop making it", "Stop? What was made so far is thrown away.", danger=True),
    "remove": Act("Throw it away", "Throw the archive away before its time?", danger=True),
}
POSSIBLE = {"queued": ["cancel"], "running": ["cancel"]}


class ExportsPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = ExportsState()
        self.choices: data.Choices | None = None
        self.chosen, self.list = content(), content(loading("exports"))
        self.acts = Acts(ACTS, self._do)
        self.form = ExportForm(session, self.state, self._started)
        self.table = control(pn.widgets.Select(name="What the columns mean", options={}))
        self.table.max_width = 380
        self.dictionary = content()
        self.loading = False
        self._watching: Any = None
        self.table.param.watch(self._table_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {name: name for name in ADDRESS})
        pn.state.onload(self.open)
        top = content(data_strip(self.session, "exports") + views.intro())
        earlier = content("<h2>Taken along before</h2>")
        parts = (self.chosen, *self.acts.parts, self.form.view(), earlier, self.list,
                 row(self.table), self.dictionary)  # fmt: skip
        return self.session.page("Exports", "exports", top, *parts)

    async def open(self) -> None:
        """What there is to take along, then what was taken."""
        may = self.session.viewer.may("genotypes:read")
        try:
            self.choices = await self.session.ask(
                data.load_choices, self.session.hub, genotypes=may
            )
        except ApiError as error:
            self.list.object = sorry(error)
            return
        self.form.offer(self.choices)
        titles = {one["title"]: one["name"] for one in self.choices.tables}
        kept = self.state.dictionary
        first = kept if kept in titles.values() else next(iter(titles.values()), None)
        self.table.param.update(options=titles, value=first)
        self._table_chosen()
        await self.refresh()

    async def refresh(self) -> None:
        """Ask again, every second while one is being made; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        try:
            found = await self.session.ask(data.load_overview, self.session.hub, self.state.id)
        except ApiError as error:
            self.list.object = sorry(error)
            return
        finally:
            self.loading = False
        self._show(found)
        self._follow(busy=found.busy)

    def _show(self, found: data.Overview) -> None:
        farms = {one["id"]: one["name"] for one in (self.choices.farms if self.choices else ())}
        shown = views.chosen(found, farms) if self.state.id else ""
        for place, html in (
            (self.chosen, shown),
            (self.list, views.exports(found, farms, self._export_link)),
        ):
            if place.object != html:
                place.object = html
        self.chosen.visible = bool(shown)
        item = found.chosen
        self.acts.offer(POSSIBLE.get(item["state"], ["remove"]) if item else [])

    def _follow(self, *, busy: bool) -> None:
        if busy and self._watching is None:
            self._watching = pn.state.add_periodic_callback(
                self.refresh, period=FOLLOW_MILLISECONDS
            )
        elif not busy and self._watching is not None:
            self._watching.stop()
            self._watching = None

    def _export_link(self, id: str) -> str:
        return f"{self.session.site.link('exports')}?{urlencode({'id': id})}"

    async def _started(self, made: Item) -> None:
        self.state.id = made["id"]
        await self.refresh()

    async def _do(self, verb: str) -> None:
        await self.session.ask(data.act, self.session.hub, verb, self.state.id)
        if verb == "remove":
            self.state.id = ""
        await self.refresh()

    def _table_chosen(self, *_: Any) -> None:
        found = self.choices.table(self.table.value) if self.choices else None
        if found is not None:
            self.state.dictionary = found["name"]
            self.dictionary.object = views.dictionary(found)
