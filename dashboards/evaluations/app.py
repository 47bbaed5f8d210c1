"""The runs page: evaluations, jobs and imports; researchers see their own jobs, stewards all."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import content, control, loading, message, row
from dashboards.evaluations import data, views
from dashboards.evaluations.state import RunsState
from dashboards.session import Session, sorry


class RunsPage:
    """Widgets and places of one open runs page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = RunsState()
        self.overview: data.Overview | None = None
        self.loading = False
        self.run = control(pn.widgets.Select(name="Choose a run", options={}), basis="320px")
        self.acts = {verb: self._act_button(verb) for verb in views.BUTTONS}
        self.question = content()
        self.yes = control(pn.widgets.Button(name="Yes", button_type="primary"), basis="90px")
        self.no = control(pn.widgets.Button(name="No"), basis="90px")
        self.confirm = row(self.question, self.yes, self.no)
        self.confirm.visible = False
        self.said = content()
        self.evaluations = content(loading("runs"))
        self.jobs = content()
        self.imports = content()
        self.run.param.watch(lambda _: self._offer_acts(), "value")
        self.yes.on_click(self._do)
        self.no.on_click(lambda _: self._ask(""))

    def view(self) -> Any:
        pn.state.onload(self.open)
        may_import = self.session.viewer.may("imports:read")
        taken = [content("<h2>Imports</h2>"), self.imports] if may_import else []
        return self.session.page(
            "Runs",
            "runs",
            content("<h2>Evaluations</h2>"),
            self.evaluations,
            row(self.run, *self.acts.values()),
            self.confirm,
            self.said,
            content("<h2>Jobs</h2>"),
            self.jobs,
            *taken,
        )

    async def open(self) -> None:
        """Show everything, then look again every two seconds."""
        await self.refresh()
        pn.state.add_periodic_callback(self.refresh, period=REFRESH_MILLISECONDS)

    async def refresh(self) -> None:
        """Ask again and show what changed; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        may_see = self.session.viewer.may("imports:read")
        try:
            found = await self.session.ask(data.load_overview, self.session.hub, imports=may_see)
        except ApiError as error:
            self.said.object = sorry(error)
            return
        finally:
            self.loading = False
        self._show(found)

    def _show(self, found: data.Overview) -> None:
        self.overview = found
        for place, html in (
            (
                self.evaluations,
                views.evaluations(found.evaluations, found.viewer_id, self._run_link),
            ),
            (self.jobs, views.jobs(found.jobs)),
            (self.imports, views.imports(found.imports, found.farms)),
        ):
            if place.object != html:  # unchanged tables keep their scroll position and selection
                place.object = html
        options = {views.run_name(one): one.item["id"] for one in found.evaluations}
        if options != self.run.options:
            kept = self.run.value if self.run.value in options.values() else None
            first = next(iter(options.values()), None)
            self.run.param.update(options=options, value=kept or first)
        self._offer_acts()

    def _run_link(self, id: str) -> str:
        return f"{self.session.site.link('run')}?{urlencode({'id': id})}"

    def _offer_acts(self) -> None:
        """Only what is possible with the chosen run can be pressed."""
        chosen = self._chosen()
        permissions = self.session.viewer.permissions
        possible = data.acts_for(chosen.item, permissions) if chosen else []
        for verb, button in self.acts.items():
            button.visible = verb in possible
        if self.state.asked not in possible:
            self._ask("")

    def _chosen(self) -> Any:
        found = self.overview.evaluations if self.overview else []
        return next((one for one in found if one.item["id"] == self.run.value), None)

    def _act_button(self, verb: str) -> pn.widgets.Button:
        kind = "danger" if verb in ("cancel", "withdraw") else "primary"
        button = pn.widgets.Button(name=views.BUTTONS[verb], button_type=kind, visible=False)
        button.on_click(self._asking(verb))
        return control(button, basis="130px")

    def _asking(self, verb: str) -> Callable[[Any], None]:
        return lambda _: self._ask(verb)

    def _ask(self, verb: str) -> None:
        """Ask before doing; an empty verb takes the question back."""
        self.state.asked = verb
        self.confirm.visible = bool(verb)
        if verb:
            self.said.object = ""
            self.question.object = f"<p><b>{views.SENTENCES[verb]}</b></p>"

    async def _do(self, _: Any) -> None:
        """Do what was confirmed and say how it went."""
        verb, chosen = self.state.asked, self._chosen()
        self._ask("")
        if not verb or chosen is None:
            return
        try:
            await self.session.ask(data.act, self.session.hub, verb, chosen.item["id"])
        except ApiError as error:
            self.said.object = message("That was refused", str(error))
            return
        done = escape(f"{views.BUTTONS[verb]}: {chosen.item['name']}.")
        self.said.object = f'<p class="message good" role="status">{done}</p>'
        await self.refresh()
