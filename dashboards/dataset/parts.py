"""The parts of the page of a version: its content, comparing, citing, tags."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.components.acts import done
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.dataset import comparison, data, views
from dashboards.dataset.state import CHANGES, DatasetState
from dashboards.session import Session, sorry
from dashboards.theme import words

LONGEST = 1_000_000
COPY = "navigator.clipboard.writeText(field.value)"


class Part:
    """What all parts know: the viewer, the address, and the version."""

    def __init__(self, session: Session, state: DatasetState) -> None:
        self.session, self.state = session, state
        self.known: data.Version | None = None

    def to(self, page: str, id: str) -> str:
        return f"{self.session.site.link(page)}?{urlencode({'id': id})}"

    def dataset(self, id: str) -> str:
        return self.to("dataset", id)

    @property
    def version(self) -> data.Version:
        assert self.known is not None, "parts are opened with a version"
        return self.known

    def stacked(self, *things: Any) -> pn.Column:
        return pn.Column(*things, sizing_mode="stretch_width", margin=0, styles={"gap": "1rem"})

    async def open(self, known: data.Version) -> None:
        """Show the part; an ApiError is told by the page."""
        self.known = known


class Content(Part):
    """What the version holds, and one of its tables."""

    def __init__(self, session: Session, state: DatasetState) -> None:
        super().__init__(session, state)
        self.about = content()
        self.table = control(pn.widgets.Select(name="Table", options={}))
        self.table.max_width = 380
        self.chooser = row(self.table)
        self.chooser.visible = False
        self.rows = content()
        self.table.param.watch(self._chosen, "value")

    def view(self) -> Any:
        return self.stacked(self.about, self.chooser, self.rows)

    async def open(self, known: data.Version) -> None:
        self.known = known
        self.about.object = views.content_of(known, self.dataset, self._genotype_set)
        kinds = [one["kind"] for one in known.tables]
        if not kinds:
            return
        self.chooser.visible = True
        first = self.state.kind if self.state.kind in kinds else kinds[0]
        self.table.param.update(options={words(one): one for one in kinds}, value=first)
        await self._show()

    def _genotype_set(self, id: str) -> str:
        return self.to("genotype-set", id)

    async def _chosen(self, _: Any) -> None:
        if self.known is not None and self.table.value != self.state.kind:
            await self._show()

    async def _show(self) -> None:
        self.state.kind = self.table.value
        self.rows.object = loading("the table")
        hub, id, kind = self.session.hub, self.version.item["id"], self.table.value
        try:
            found = await self.session.ask(data.load_rows, hub, id, kind)
        except ApiError as error:
            self.rows.object = sorry(error)
            return
        self.rows.object = views.one_table(self.version, kind, found)


class Compare(Part):
    """What differs from another version."""

    def __init__(self, session: Session, state: DatasetState) -> None:
        super().__init__(session, state)
        self.other = control(pn.widgets.Select(name="Compare with", options={}), basis="280px")
        self.table = control(pn.widgets.Select(name="Table", options={}))
        self.change = control(pn.widgets.Select(name="Rows", options=CHANGES))
        self.chooser = row(self.other)
        self.narrow = row(self.table, self.change)
        self.first = button("First page", kind="default")
        self.next = button("Next page", kind="default")
        self.pages = row(self.first, self.next)
        self.counts, self.rows = content(loading("the comparison")), content()
        self.chooser.visible = self.narrow.visible = self.pages.visible = False
        self.cursor = ""
        self.asking = False
        for one in (self.other, self.table, self.change):
            one.param.watch(self._chosen, "value")
        self.first.on_click(self._to_first)
        self.next.on_click(self._to_next)

    def view(self) -> Any:
        return self.stacked(self.chooser, self.counts, self.narrow, self.rows, self.pages)

    async def open(self, known: data.Version) -> None:
        self.known = known
        options = await self.session.ask(data.others, self.session.hub, known)
        if not options:
            self.counts.object = f'<p class="card">{comparison.ALONE}</p>'
            return
        kept = self.state.to in options.values()
        to = self.state.to if kept else data.usual_other(known, options)
        change = self.state.change if self.state.change in CHANGES.values() else ""
        self.asking = True
        self.other.param.update(options=options, value=to)
        self.change.value = change
        self.asking = False
        self.chooser.visible = True
        await self._show()

    async def _chosen(self, _: Any) -> None:
        if self.asking or self.known is None:
            return
        self.state.start = ""
        await self._show()

    async def _to_first(self, _: Any) -> None:
        self.state.start = ""
        await self._show()

    async def _to_next(self, _: Any) -> None:
        self.state.start = self.cursor
        await self._show()

    async def _show(self) -> None:
        kind = self.table.value or self.state.table
        self.state.param.update(to=self.other.value, change=self.change.value, table=kind)
        query = {"kind": kind, "change": self.change.value, "cursor": self.state.start}
        try:
            found = await self.session.ask(
                data.compare, self.session.hub, self.version, self.other.value, query
            )
        except ApiError as error:
            self.counts.object, self.rows.object = sorry(error), ""
            return
        self._draw(found)

    def _draw(self, found: data.Compared) -> None:
        self.counts.object = comparison.told(found, self.dataset)
        self.rows.object = comparison.rows(found)
        kinds = data.shared_tables(found.before, found.after)
        self.asking = True
        self.table.param.update(
            options={words(one): one for one in kinds}, value=found.difference["kind"]
        )
        self.asking = False
        self.state.table = found.difference["kind"] or ""
        self.narrow.visible = bool(kinds) and not found.difference["equal"]
        self.cursor = found.difference["next_cursor"] or ""
        self.next.visible, self.first.visible = bool(self.cursor), bool(self.state.start)
        self.pages.visible = bool(self.cursor or self.state.start)


class Cite(Part):
    """How to refer to the version, to copy."""

    def __init__(self, session: Session, state: DatasetState) -> None:
        super().__init__(session, state)
        self.text = _copied("In words", rows=3)
        self.bibtex = _copied("BibTeX")
        self.json = _copied("JSON-LD (schema.org)")
        self.datacite = _copied("DataCite")
        self.rest = content(loading("the citation"))

    def view(self) -> Any:
        fields = (self.text, self.bibtex, self.json, self.datacite)
        shown = [one for field in fields for one in (field, row(_copier(field)))]
        return self.stacked(*shown[:4], self.rest, *shown[4:])

    async def open(self, known: data.Version) -> None:
        self.known = known
        found = await self.session.ask(self.session.hub.datasets.cite, known.item["id"])
        self.text.value, self.bibtex.value = found["text"], found["bibtex"]
        self.json.value = views.as_json(found["schema_org"])
        self.datacite.value = views.as_json(found["datacite"])
        self.rest.object = views.cited(found)


def _copied(name: str, rows: int = 9) -> pn.widgets.TextAreaInput:
    return control(pn.widgets.TextAreaInput(name=name, rows=rows, max_length=LONGEST))


def _copier(field: pn.widgets.TextAreaInput) -> pn.widgets.Button:
    """The browser copies by itself; nothing comes to the server."""
    made = button(f"Copy: {field.name}", kind="default")
    made.js_on_click(args={"field": field}, code=COPY)
    return made


class Tags(Part):
    """Names for versions: add one, move it here, take it away."""

    def __init__(
        self, session: Session, state: DatasetState, changed: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(session, state)
        self.changed = changed
        self.list = content(loading("the tags"))
        self.name = control(pn.widgets.TextInput(name="Tag", placeholder="Such as official"))
        self.why = control(pn.widgets.TextInput(name="Why"))
        self.fixed = control(pn.widgets.Checkbox(name="It stays here for good"))
        self.give = button("Give this version the tag")
        self.movable = control(pn.widgets.Select(name="Tag to take away", options=[]))
        self.take = button("Take it away", kind="danger")
        self.away = row(self.movable, self.take)
        self.said = content()
        self.give.on_click(self._give)
        self.take.on_click(self._take)

    def view(self) -> Any:
        may = self.session.viewer.may("datasets:write")
        hint = content(
            '<p class="quiet">A tag that is at another version moves here, unless it stays there '
            "for good. Letters, digits, - _ and . without spaces.</p>"
        )
        title = content("<h2>Tag this version</h2>")
        form = (title, row(self.name, self.why), row(self.fixed), hint, row(self.give), self.away)
        return self.stacked(self.list, *(form if may else ()), self.said)

    async def open(self, known: data.Version) -> None:
        self.known = known
        self.list.object = views.tags(known, self.dataset)
        names = [name for name, one in known.tags.items() if not one["fixed"]]
        self.movable.options = names
        self.away.visible = bool(names)

    async def _give(self, _: Any) -> None:
        name = (self.name.value_input or self.name.value).strip()
        if not name:
            self.said.object = message("Not tagged yet", "Write the tag, such as official.")
            return
        why = (self.why.value_input or self.why.value).strip()
        hub, id = self.session.hub, self.version.item["id"]
        await self._do(f"{name} is at this version now.", data.put_tag, hub, id, name,
                       fixed=self.fixed.value, why=why)  # fmt: skip

    async def _take(self, _: Any) -> None:
        name = self.movable.value
        if name:
            untag = self.session.hub.datasets.untag
            await self._do(f"{name} was taken away.", untag, self.version.item["id"], name)

    async def _do(self, well: str, function: Any, *args: Any, **more: Any) -> None:
        try:
            await self.session.ask(function, *args, **more)
        except ApiError as error:
            self.said.object = message("That was refused", str(error))
            return
        self.said.object = done(well)
        await self.changed()
