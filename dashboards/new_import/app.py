"""The page of a new import: the file is looked at, mapped, cleaned, tried, and taken in."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Missing
from dashboards.components.acts import done
from dashboards.components.address import parts
from dashboards.components.data_pages import data_strip
from dashboards.components.farms import farm_names
from dashboards.components.going import Going
from dashboards.components.page import Link, button, content, control, loading, message, row
from dashboards.imports.state import KINDS
from dashboards.new_import import data, views
from dashboards.new_import.cleaning import StepsEditor
from dashboards.new_import.columns import ColumnsEditor
from dashboards.new_import.state import POLICIES, NewImportState
from dashboards.new_import.uses import changed
from dashboards.new_import.words import choices
from dashboards.session import Session, sorry

ADDRESS = ["file", "farm", "kind", "policy", "columns", "steps"]


class NewImportPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = NewImportState()
        self.start = data.Start([])
        self.seen: data.Seen | None = None
        self.asked = 0
        self.turn = asyncio.Lock()
        self.farm = control(pn.widgets.Select(name="Farm", options={}))
        self.kind = control(pn.widgets.Select(name="The file holds", options={}))
        self.top = row(self.farm, self.kind)
        self.said = content(loading("the file"))
        self.file = content()
        self.columns = ColumnsEditor(self._use_chosen)
        self.steps = StepsEditor(self._steps_changed)
        self.rows, self.findings = content(), content()
        self.act = ImportForm(self)
        self.body = pn.Column(
            self.act.view(), self.rows, self.findings, self.columns.view(), self.steps.view(),
            self.file, sizing_mode="stretch_width", margin=0, styles={"gap": "1.25rem"},
        )  # fmt: skip
        self.top.visible = self.body.visible = False
        self.farm.param.watch(self._chosen, "value")
        self.kind.param.watch(self._chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, ADDRESS)
        pn.state.onload(self.open)
        back = Link("‹ All imports", self.session.site.link("imports")).html
        return self.session.page(
            "Import a file", "imports",
            content(f"{data_strip(self.session, 'imports')}{back}"),
            self.top, self.said, self.body,
        )  # fmt: skip

    async def open(self) -> None:
        """The files to choose from, or the one in the address."""
        try:
            self.start = await self.session.ask(data.load_start, self.session.hub, self.state.file)
        except Missing:
            self.say(message("No such file", "It was taken back, or it is not yours.",
                             Link("Your files", "?")))  # fmt: skip
            return
        except ApiError as error:
            self.say(sorry(error))
            return
        if not self.start.farms:
            self.say(views.no_farm())
        elif not self.state.file:
            self.say(views.files(self.start.files, self._file_link))
        else:
            await self._first_look()

    async def _first_look(self) -> None:
        farms = farm_names(self.start.farms)
        if self.state.kind not in KINDS:
            self.state.kind = ""
        if self.state.farm not in farms.values():
            self.state.farm = await self.session.ask(
                data.likely_farm, self.session.hub, self.state.file, self.start.farms,
                self.state.kind,
            )  # fmt: skip
        self.farm.param.update(options=farms, value=self.state.farm)
        self.top.visible = True
        await self.look()

    async def look(self) -> None:
        """Ask what would become of the file as it is chosen now, and show it."""
        self.asked += 1
        asked = self.asked
        self.act.busy(True)
        self.say(loading("the file"))
        try:
            async with self.turn:  # a second look waits for the first
                if asked != self.asked:
                    return
                seen = await self.session.ask(data.look, self.session.hub, self.state)
        except ApiError as error:
            if asked != self.asked:
                return
            self.seen, self.body.visible = None, False
            self._offer_kinds(self.state.kind or "records")
            again = Link("Begin again with what is suggested", self._file_link(self.state.file))
            self.say(message("The hub cannot read it like this", data.refused(error), again))
            return
        if asked != self.asked:
            return  # something else was chosen meanwhile, and its answer is on the way
        self.act.busy(False)
        first = self.seen is None
        self.seen = seen
        self._show(seen)
        if first:
            await self.act.name_it()

    def _show(self, seen: data.Seen) -> None:
        self._offer_kinds(seen.kind, seen.kind if not self.state.kind else "")
        preview = seen.preview
        options = choices(seen.kind, self.start.traits, self.start.tables, self._farm["species"])
        self.columns.show(seen, options)
        done = [] if preview["refused"] else preview["steps"]
        self.steps.show(seen.steps, done, list(seen.uses))
        self.rows.object, self.findings.object = views.rows(seen), views.findings(seen)
        self.file.object = views.file_facts(self.start.file, seen)
        self.act.show(seen, self._farm["name"])
        self.say("")
        self.body.visible = True

    @property
    def _farm(self) -> Any:
        return next(one for one in self.start.farms if one["id"] == self.state.farm)

    def _offer_kinds(self, kind: str, guessed: str = "") -> None:
        """The kinds; the one that the hub saw by itself says so."""
        options = {
            f"{text} (seen by its columns)" if code == guessed else text: code
            for code, text in KINDS.items()
        }
        self.kind.param.update(options=options, value=kind)

    async def _chosen(self, _: Any) -> None:
        """Another farm or kind: what was chosen for the columns may not fit any more."""
        farm, kind = self.farm.value, self.kind.value
        shown = self.seen.kind if self.seen else self.state.kind
        # it runs after the choosers were filled by the page itself, too
        if not farm or not kind or (farm, kind) == (self.state.farm, shown):
            return
        if self.seen is None and not shown and farm == self.state.farm:
            return
        other = kind != shown
        news = {"kind": kind, "columns": "", "steps": ""} if other else {}
        self.state.param.update(farm=farm, **news)
        self.seen = None
        await self.look()

    async def _use_chosen(self, column: str, use: str) -> None:
        if self.seen is None or self.seen.uses.get(column) == use:
            return
        wanted = (parts(self.state.columns, dict) or {}) | {column: use}
        uses = changed(self.seen.uses, {column: use}, self.seen.kind)
        wanted |= {name: one for name, one in uses.items() if one != self.seen.uses[name]}
        self.state.columns = json.dumps(wanted)
        await self.look()

    async def _steps_changed(self, steps: list[dict[str, Any]]) -> None:
        self.state.steps = json.dumps(steps)
        await self.look()

    def say(self, html: str) -> None:
        self.said.object, self.said.visible = html, bool(html)

    def _file_link(self, id: str) -> str:
        return f"{self.session.site.link('import')}?{urlencode({'file': id})}"


class ImportForm:
    """What is found, in a few sentences, and the buttons: try, or take in."""

    def __init__(self, page: NewImportPage) -> None:
        self.page = page
        self.verdict = content()
        self.policy = control(
            pn.widgets.Select(name="When some rows are wrong", options=POLICIES), basis="260px"
        )
        self.remember = control(
            pn.widgets.Checkbox(name="Read the next file of this sender in the same way",
                                value=True), basis="260px",
        )  # fmt: skip
        self.name = control(pn.widgets.TextInput(name="Keep that under the name"), basis="200px")
        self.go = button("Import")
        self.try_ = button("Try without loading", kind="default")
        self.rename = button("Rename only", kind="default", visible=False)
        self.said, self.going = content(), Going()
        self.policy.param.watch(self._policy_chosen, "value")
        self.remember.param.watch(self._remember_chosen, "value")
        self.go.on_click(self._import)
        self.try_.on_click(self._try)
        self.rename.on_click(self._rename)

    def view(self) -> Any:
        return pn.Column(
            self.verdict, row(self.go, self.try_), self.said,
            row(self.policy, self.name, self.rename), row(self.remember),
            self.going.part,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"},
        )  # fmt: skip

    def busy(self, busy: bool) -> None:
        self.go.disabled = self.try_.disabled = busy

    def show(self, seen: data.Seen, farm: str) -> None:
        self.verdict.object = views.verdict(seen, farm)
        self.said.object = ""
        state = self.page.state
        policy = state.policy if state.policy in POLICIES.values() else seen.suggested["policy"]
        self.policy.value = policy
        self.go.disabled = self.try_.disabled = bool(seen.preview["refused"])
        self.rename.visible = bool(seen.suggested["template"])

    async def name_it(self) -> None:
        """The name of the template that fits, or a new one after the file."""
        seen, page = self.page.seen, self.page
        if seen is None:
            return
        template = seen.suggested["template"]
        if template:
            self.name.value = template["name"]
            return
        try:
            taken = await page.session.ask(data.template_names, page.session.hub, page.state.farm)
        except ApiError:
            taken = []
        self.name.value = data.name_for(str(page.start.file["name"]), taken)

    def _policy_chosen(self, _: Any) -> None:
        seen = self.page.seen
        if seen is not None and self.policy.value != (
            self.page.state.policy or seen.suggested["policy"]
        ):
            self.page.state.policy = self.policy.value

    def _remember_chosen(self, _: Any) -> None:
        self.name.visible = self.remember.value

    @property
    def _name(self) -> str:
        return (self.name.value_input or self.name.value).strip() if self.remember.value else ""

    async def _import(self, _: Any) -> None:
        await self._start(dry_run=False)

    async def _try(self, _: Any) -> None:
        await self._start(dry_run=True)

    async def _start(self, *, dry_run: bool) -> None:
        page, seen = self.page, self.page.seen
        if seen is None:
            return
        if self.remember.value and not self._name:
            self.said.object = message("Not started yet", "Give the way of reading a name.")
            return
        wish = data.Wish(self.policy.value, dry_run, self._name)
        self.busy(True)
        try:
            made = await page.session.ask(data.start, page.session.hub, page.state, seen, wish)
        except ApiError as error:
            self.said.object = message("The hub did not take it", data.refused(error))
            self.busy(False)
            return
        where = f"{page.session.site.link('import-run')}?{urlencode({'id': made['id']})}"
        link = Link("Open the import", where)
        self.said.object = views.started(link, dry_run=dry_run)
        self.going.to(where)

    async def _rename(self, _: Any) -> None:
        page, seen = self.page, self.page.seen
        template = seen.suggested["template"] if seen else None
        if not template or not self._name:
            return
        try:
            await page.session.ask(data.rename, page.session.hub, template, self._name)
        except ApiError as error:
            self.said.object = message("The hub did not take it", data.refused(error))
            return
        self.said.object = done(f"It is called “{self._name}” now.")
