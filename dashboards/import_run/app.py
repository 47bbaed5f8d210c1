"""The page of one import: how far it is, what became of its rows, and mending them."""

from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.acts import Act, Acts
from dashboards.components.data_pages import data_strip
from dashboards.components.followed import FollowedPage, Words
from dashboards.components.page import content
from dashboards.components.parts import part_chooser
from dashboards.import_run import data, views
from dashboards.import_run.parts import About, Cleaning, Done, Rows
from dashboards.import_run.places import styled
from dashboards.import_run.state import (
    ABOUT,
    CLEANING,
    DONE,
    PARTS,
    ROWS,
    ImportRunState,
)
from dashboards.session import Session, sorry

ACTS = {
    "cancel": Act("Cancel", "Stop this import? Rows that are in stay in.", danger=True),
    "retry": Act("Go on", "Go on with this import from where it stopped?"),
    "now": Act("Import it now", "Take the good rows of this file in?"),
    "replay": Act(
        "Try all again", "Check every row that was not taken again, and take those that are good?"
    ),
}
ADDRESS = ("id", "part", "show", "rule", "column", "after")


class ImportRunPage(FollowedPage[data.Run]):
    """Places of one open page."""

    words = Words(
        loading="the import",
        which="Which import?",
        choose="This address does not say which import. Choose it from the list.",
        missing="Import not found",
        hidden="There is no such import, or it is of a farm that you cannot see.",
        all="All imports",
        list="imports",
    )
    state_of = ImportRunState
    load = data.load_import

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.header = styled(self.header.object)
        self.acts = Acts(ACTS, self._do)
        self.numbers, self.work = styled(), styled()
        self.chooser = part_chooser(PARTS, ROWS)
        self.chooser.visible = False
        self.parts = {
            ROWS: Rows(session, self.state, self.changed),
            DONE: Done(session, self.changed),
            CLEANING: Cleaning(session),
            ABOUT: About(session),
        }
        self.place = pn.Column(sizing_mode="stretch_width", margin=0)
        self._shown: tuple[Any, ...] = ()
        self.chooser.param.watch(self._part_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {name: name for name in ADDRESS})
        pn.state.location.param.watch(self._row_chosen, "hash")
        pn.state.onload(self.open)
        strip = content(data_strip(self.session, "imports"))
        parts = (strip, self.back, self.header, *self.acts.parts, self.numbers, self.work)
        return self.session.page("Import", "imports", *parts, self.chooser, self.place)

    async def show(self, known: data.Run) -> None:
        """Put on the page what is known; the part only when rows or acts differ."""
        self.say(views.header(known))
        self.acts.offer(self._possible(known))
        self.numbers.object = views.numbers(known)
        working = known.mending_at_work
        self.work.object = views.at_work(working, known.work) if working else ""
        over = known.item["state"] not in {"queued", "running"}
        self.chooser.visible = self.place.visible = over
        if over and working is None and known.mark != self._shown:
            self._shown = known.mark
            await self._fill()

    @property
    def may_write(self) -> bool:
        run = self.known
        return (
            run is not None
            and self.session.viewer.may("imports:write")
            and bool(run.farm.get("may_write"))
        )

    def _possible(self, known: data.Run) -> list[str]:
        item = known.item
        if not self.may_write:
            return []
        if item["state"] in {"queued", "running"}:
            return ["cancel"]
        if item["state"] != "done":
            return ["retry"]
        if item["dry_run"]:
            return ["now"]
        return ["replay"] if item["rows_rejected"] and not known.busy else []

    async def _fill(self) -> None:
        """Show the chosen part with what is known now."""
        chosen = self.state.part if self.state.part in PARTS.values() else ROWS
        if self.chooser.value != chosen:
            self.chooser.value = chosen
        part = self.parts[chosen]
        if self.place.objects != [part.column]:
            self.place.objects = [part.column]
        if self.known is None:
            return
        try:
            await part.open(self.known, may_write=self.may_write)
        except ApiError as error:
            self.place.objects = [content(sorry(error))]

    async def _part_chosen(self, _: Any) -> None:
        if self.chooser.value != self.state.part:
            self.state.part = self.chooser.value
            await self._fill()

    def _row_chosen(self, _: Any) -> None:
        if self.known is not None and self.state.part == ROWS:
            rows = self.parts[ROWS]
            rows.editor.said.object = ""
            rows.open_row(rows._number)

    async def changed(self) -> None:
        """Somebody did something about the rows: look again, and follow what is at work."""
        await self.refresh()
        self.watch()

    async def _do(self, verb: str) -> None:
        if self.known is None:
            return
        made = await self.session.ask(data.act, self.session.hub, verb, self.known)
        if verb == "now" and made is not None:
            self.state.param.update(id=made["id"], rule="", column="", after="")
        if verb == "replay" and made is not None:
            self.parts[ROWS].form.following = made["id"]
        await self.changed()
