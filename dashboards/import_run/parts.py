"""The parts of the page of an import: its rows, what was done, cleaning, and its origin."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import done
from dashboards.components.page import button, content, loading, message, row
from dashboards.components.parts import part_chooser
from dashboards.import_run import data, views
from dashboards.import_run.bars import Bars
from dashboards.import_run.by_rule import ByRule
from dashboards.import_run.data import Run
from dashboards.import_run.editor import Editor
from dashboards.import_run.places import styled
from dashboards.import_run.state import DISCARDED, REJECTED, SHOWS, WARNED, ImportRunState
from dashboards.session import Session, sorry

COUNTS = {REJECTED: "rows_rejected", DISCARDED: "rows_discarded", WARNED: "rows_warned"}


def stacked(*things: Any) -> pn.Column:
    return pn.Column(*things, sizing_mode="stretch_width", margin=0, styles={"gap": "1rem"})


class Rows:
    """Rows that were not taken, left out or taken with a remark; mending them."""

    def __init__(self, session: Session, state: ImportRunState, refresh: Any) -> None:
        self.session, self.state, self.refresh = session, state, refresh
        self.run: Run | None = None
        self.found: Item = Item(items=[])
        self.before: list[str] = []
        self.may_mend = False
        self.show = part_chooser(SHOWS, state.show)
        self.bars = Bars(state, self._again)
        self.form = ByRule(session, state, refresh)
        self.editor = Editor(session, refresh, self._shut)
        self.many = button("Mend many at once")
        self.back = button("Take these rows back", kind="default")
        self.top, self.rest = styled(loading("rows")), styled()
        self.first = button("‹ Before", kind="default")
        self.next = button("Next rows ›", kind="default")
        self.show.param.watch(self._show_chosen, "value")
        self.many.on_click(self._toggle)
        self.back.on_click(self._take_back)
        self.first.on_click(self._back)
        self.next.on_click(self._on)
        self.column = stacked(
            self.show, self.bars.view, row(self.many, self.back), self.form.view,
            self.editor.said, self.top, self.editor.view, self.rest, row(self.first, self.next),
        )  # fmt: skip

    async def open(self, run: Run, *, may_write: bool) -> None:
        """Show the rows of the import as they are now."""
        self.run, self.may_mend = run, may_write and run.mendable
        if self.state.show not in SHOWS.values():
            self.state.show = REJECTED
        counts = {name: run.item[COUNTS[show]] for name, show in SHOWS.items()}
        names = {f"{name} ({counts[name]:,})": show for name, show in SHOWS.items()}
        if self.show.options != names:
            self.show.param.update(options=names, value=self.state.show)
        if not self.bars.left(run.counts or ()):  # all of a bar were mended: show the others
            self.state.param.update(rule="", column="", after="")
        await self._again()

    async def _again(self) -> None:
        """Ask for the chosen rows."""
        if self.run is None:
            return
        chosen = {name: getattr(self.state, name) for name in ("rule", "column")}
        chosen["state"] = self.state.show
        try:
            self.found = await self.session.ask(
                data.load_rows, self.session.hub, self.run.item["id"], chosen, self.state.after
            )
        except ApiError as error:
            self.top.object = sorry(error)
            return
        if not self.found["items"] and self.state.after:  # the page was mended away
            self.state.after, self.before = "", []
            await self._again()
            return
        self.draw()

    def draw(self) -> None:
        """Bars, form and table of what is known."""
        run, items = self.run, self.found["items"]
        if run is None:
            return
        self.bars.show(run.counts or ())
        waits = self.may_mend and self.state.show == REJECTED and bool(run.item["rows_rejected"])
        self.many.visible = waits
        self.form.body.visible = self.form.body.visible and waits
        self.form.offer(run, self.bars.one, list(items[0]["values"]) if items else [])
        self.back.visible = self.may_mend and self.state.show == DISCARDED and bool(items)
        self.first.visible = bool(self.state.after)
        self.next.visible = bool(self.found["next_cursor"])
        self.open_row(self._number)

    @property
    def _number(self) -> int:
        """The row in the address: #row-12."""
        name, _, number = pn.state.location.hash.partition("-")
        return int(number) if name == "#row" and number.isdigit() else 0

    def open_row(self, number: int) -> None:
        """The table, with the editor under the row that is mended."""
        items = self.found["items"]
        at = next((n for n, one in enumerate(items, 1) if one["row"] == number), 0)
        if not self.may_mend or self.state.show != REJECTED:
            at = 0
        if at and self.run:
            self.editor.open(self.run, items[at - 1])
        else:
            self.editor.close()
        self.top.object = self._table(items[:at] if at else items)
        self.rest.object = self._table(items[at:]) if at else ""
        self.rest.visible = bool(self.rest.object)

    def _table(self, items: list[Any]) -> str:
        if not self.run or not self.found["items"]:
            narrowed = bool(self.state.rule or self.state.column)
            return views.nothing_here(self.state.show, narrowed=narrowed)
        mapping = self.run.item["mapping"]
        return views.rows(items, mapping, may_mend=self.may_mend, caption="Rows of the file")

    def _shut(self) -> None:
        pn.state.location.hash = ""
        self.open_row(0)

    def _toggle(self, _: Any) -> None:
        self.form.body.visible = not self.form.body.visible

    async def _show_chosen(self, _: Any) -> None:
        if self.show.value and self.show.value != self.state.show:
            self.state.param.update(show=self.show.value, rule="", column="", after="")
            self.before = []
            await self._again()

    async def _on(self, _: Any) -> None:
        self.before.append(self.state.after)
        self.state.after = self.found["next_cursor"] or ""
        await self._again()

    async def _back(self, _: Any) -> None:
        self.state.after = self.before.pop() if self.before else ""
        await self._again()

    async def _take_back(self, _: Any) -> None:
        if self.run is None:
            return
        ward = self.session.hub.imports.quarantine(self.run.item["id"])
        chosen = {"rule": self.state.rule or None, "column": self.state.column or None}
        try:
            made = await self.session.ask(ward.take_back, **chosen)
        except ApiError as error:
            self.editor.said.object = message("The hub did not take it", str(error))
            return
        self.editor.said.object = done(f"{views.outcome(made)}; they wait again.".capitalize())
        await self.refresh()


class Done:
    """Acts on the rows, each with its undo, and every cell that they changed."""

    def __init__(self, session: Session, refresh: Any) -> None:
        self.session, self.refresh = session, refresh
        self.acts = stacked()
        self.said, self.cells = styled(), styled(loading("changes"))
        self.column = stacked(self.said, self.acts, self.cells)

    async def open(self, run: Run, *, may_write: bool) -> None:
        possible = data.undoable(run) if may_write else set()
        self.acts.objects = [self._act(run, one, one["id"] in possible) for one in run.mendings]
        found = await self.session.ask(data.load_changes, self.session.hub, run.item["id"])
        self.cells.object = views.changes(found)

    def _act(self, run: Run, one: Item, possible: bool) -> Any:
        said = content(views.mending(one))
        said.styles = {"flex": "3 1 260px"}
        if not possible:
            return row(said)
        undo = button("Undo", kind="default")

        async def put_back(_: Any) -> None:
            ward = self.session.hub.imports.quarantine(run.item["id"])
            undo.disabled = True
            try:
                made = await self.session.ask(ward.undo, one["id"])
            except ApiError as error:
                self.said.object = message("It was not undone", str(error))
                return
            self.said.object = done(f"Undone: {views.outcome(made)}.")
            await self.refresh()

        undo.on_click(put_back)
        return row(said, undo, align="center")


class Cleaning:
    """What the cleaning changed, step by step."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.column = styled(loading("what cleaning changed"))

    async def open(self, run: Run, *, may_write: bool) -> None:
        found = await self.session.ask(self.session.hub.imports.cleaned, run.item["id"])
        self.column.object = views.cleaning(found)


class About:
    """The report to take along, and where the import comes from."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.column = styled()

    async def open(self, run: Run, *, may_write: bool) -> None:
        site, viewer = self.session.site, self.session.viewer
        asked = urlencode({"type": "import", "id": run.item["id"]})
        lineage = f"{site.link('lineage')}?{asked}" if viewer.may("lineage:read") else ""
        source = ""
        if viewer.may("sources:manage") and run.item["source_id"]:
            source = f"{site.link('sources')}?{urlencode({'id': run.item['source_id']})}"
        self.column.object = views.about(run, lineage, source)
