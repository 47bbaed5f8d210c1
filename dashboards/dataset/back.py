"""Going on from a version: freeze again, make it the newest, bring it back into farms."""

from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import Act, Acts
from dashboards.components.farms import farm_names
from dashboards.components.page import content, control, message, row
from dashboards.dataset import data, views
from dashboards.dataset.parts import Part
from dashboards.dataset.state import DatasetState
from dashboards.datasets.following import FreezeWatch
from dashboards.session import Session
from dashboards.theme import words

LOOK_MILLISECONDS = 1000
EVERY, OWN = "All farms of the version", "Where they came from"
AGAIN, NEWEST, TRY, RESTORE = "again", "newest", "try", "restore"
ACTS = {
    AGAIN: Act("Freeze again", "Freeze the same tables of the same farms as they are now?"),
    NEWEST: Act(
        "Make this version the newest",
        "Make a further version with exactly these rows? The farms stay as they are.",
    ),
}
RESTORING = {
    TRY: Act("Try bringing it back", "Check what would change? Nothing is changed in the farms."),
    RESTORE: Act(
        "Bring it back into the farms",
        "Change the farms so that these rows are as they were? What was added since stays.",
        danger=True,
    ),
}
TOLD = (
    "Bringing back is an import with its report: rows that were changed become as they were, rows "
    "that were taken away come again. Try it first; then the second button can be pressed."
)


class Back(Part):
    """The next version, the old one as the newest, restoring, and evaluating."""

    def __init__(
        self, session: Session, state: DatasetState, changed: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(session, state)
        self.changed = changed
        self.why = control(pn.widgets.TextInput(name="Why", placeholder="Such as After weaning"))
        self.why.max_width = 480
        self.acts = Acts(ACTS, self._do)
        self.watch = FreezeWatch(session, state, changed)
        self.restore = Restore(session, state)
        self.evaluate = content()

    def view(self) -> Any:
        viewer = self.session.viewer
        title = content("<h2>The next version</h2>")
        freeze = (title, row(self.why), *self.acts.parts, self.watch.place)
        parts = freeze if viewer.may("datasets:write") else ()
        restore = (self.restore.view(),) if viewer.may("imports:write") else ()
        return self.stacked(*parts, *restore, self.evaluate)

    async def open(self, known: data.Version) -> None:
        self.known = known
        may, frozen = self.session.viewer.may, known.frozen_by_hand
        self.acts.offer([AGAIN, *([] if known.is_newest else [NEWEST])] if frozen else [])
        self.why.visible = frozen
        runs = self.session.site.link("runs") if may("evaluations:run") else ""
        self.evaluate.object = views.evaluate(known, runs) if runs and frozen else ""
        await self.watch.open()
        if may("imports:write"):
            await self.restore.open(known)

    async def _do(self, verb: str) -> None:
        why = (self.why.value_input or self.why.value).strip()
        sets, id = self.session.hub.datasets, self.version.item["id"]
        if verb == AGAIN:
            await self.watch.follow(await self.session.ask(sets.start_again, id, why=why))
            return
        await self.session.ask(sets.bring_back, id, why=why)
        await self.changed()


class Restore(Part):
    """A dry run first; it leads to the pages of its imports."""

    def __init__(self, session: Session, state: DatasetState) -> None:
        super().__init__(session, state)
        self.farm = control(pn.widgets.Select(name="Rows of", options={EVERY: ""}))
        self.into = control(pn.widgets.Select(name="Bring them to", options={OWN: ""}))
        self.kinds = control(pn.widgets.Select(name="Tables", options={"All": ""}))
        self.acts = Acts(RESTORING, self._do)
        self.imports = content()
        self.nowhere = content()
        self.found: list[Item] = []
        self.body = pn.Column(sizing_mode="stretch_width", margin=0, styles={"gap": "1rem"})
        self._watching: Any = None
        for one in (self.farm, self.into, self.kinds):
            one.param.watch(self._other, "value")

    def view(self) -> Any:
        title = content(f'<h2>Bring it back into the farms</h2><p class="quiet">{TOLD}</p>')
        self.body.objects = [row(self.farm, self.into, self.kinds), *self.acts.parts, self.imports]
        return self.stacked(title, self.nowhere, self.body)

    async def open(self, known: data.Version) -> None:
        self.known = known
        farms = await self.session.ask(data.writable_farms, self.session.hub)
        mine = {one["id"] for one in farms}
        there = {code: code for code, id in known.farms.items() if id in mine}
        kinds = [one["kind"] for one in known.tables if one["kind"] in data.RESTORED]
        possible = bool(kinds and known.frozen_by_hand and farms)
        self.body.visible = possible
        self.nowhere.object = "" if possible else message(
            "Not possible here", "Rows go back to farms that you work on, from tables that can be "
            "imported.",
        )  # fmt: skip
        every = {EVERY: ""} if len(there) == len(known.farms) else {}
        self.farm.options = every | there if there else {code: code for code in known.farms}
        own = {OWN: ""} if there else {}
        self.into.options = own | farm_names(farms)
        self.kinds.options = {"All": ""} | {words(one): one for one in kinds}
        await self._look()

    def _options(self) -> dict[str, Any]:
        kinds = [self.kinds.value] if self.kinds.value else None
        chosen = {"farm": self.farm.value, "into": self.into.value, "kinds": kinds}
        return {name: value for name, value in chosen.items() if value}

    def _other(self, _: Any) -> None:
        """What was tried was something else, so it has to be tried again."""
        if self.state.tried:
            self.state.tried, self.found, self.imports.object = "", [], ""
            self._offer()

    def _offer(self) -> None:
        tried = bool(self.found) and all(one["dry_run"] for one in self.found)
        ready = tried and all(one["state"] == "done" for one in self.found)
        self.acts.offer([TRY, *([RESTORE] if ready else [])])

    async def _do(self, verb: str) -> None:
        found = await self.session.ask(
            data.restore, self.session.hub, self.version.item["id"], self._options(),
            dry_run=verb == TRY,
        )  # fmt: skip
        self.state.tried = ",".join(one["id"] for one in found)
        await self._look()
        if not found:
            self.imports.object = "<p>The version has no such rows.</p>"

    async def _look(self) -> None:
        """How far the imports are; again every second until they are over."""
        ids = [one for one in self.state.tried.split(",") if one]
        try:
            self.found = await self.session.ask(data.load_imports, self.session.hub, ids)
        except ApiError as error:
            self.imports.object = message("The imports do not answer", str(error))
            return
        html = views.imports(self.found, self._import, self.version.farms)
        if self.imports.object != html:
            self.imports.object = html
        self._offer()
        busy = data.at_work(self.found)
        if busy and self._watching is None:
            self._watching = pn.state.add_periodic_callback(self._look, period=LOOK_MILLISECONDS)
        elif not busy and self._watching is not None:
            self._watching.stop()
            self._watching = None

    def _import(self, id: str) -> str:
        return self.to("import-run", id)
