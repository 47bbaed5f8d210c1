"""The page of datasets: what is frozen, and freezing more."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.data_pages import data_strip
from dashboards.components.farms import farm_names
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.components.several import Several
from dashboards.datasets import data, views
from dashboards.datasets.following import FreezeWatch
from dashboards.datasets.state import FROZEN, SHOWN, TABLES, USUAL, DatasetsState
from dashboards.session import Session, sorry
from dashboards.theme import day


class DatasetsPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = DatasetsState()
        self.found: data.Overview | None = None
        self.show = control(pn.widgets.Select(name="Show", options=SHOWN))
        self.find = control(pn.widgets.TextInput(name="Find", placeholder="Name, reason or tag"))
        self.list = content(loading("datasets"))
        self.form = FreezeForm(session, self.state, self.refresh)
        self.show.max_width = self.find.max_width = 380
        self.show.param.watch(self._show_chosen, "value")
        self.find.param.watch(self._find_written, "value_input")

    def view(self) -> Any:
        pn.state.location.sync(
            self.state, {"show": "show", "find": "find", "job": "job", "made": "made"}
        )
        pn.state.onload(self.open)
        top = content(data_strip(self.session, "datasets") + views.intro())
        form = (self.form.view(),) if self.session.viewer.may("datasets:write") else ()
        chosen = row(self.show, self.find)
        return self.session.page("Datasets", "datasets", top, chosen, self.list, *form)

    async def open(self) -> None:
        """What the address says, then the form."""
        wanted = self.state.show if self.state.show in SHOWN.values() else FROZEN
        self.show.value, self.find.value = wanted, self.state.find
        await self.refresh()
        await self.form.open()

    async def refresh(self) -> None:
        """Ask again."""
        try:
            self.found = await self.session.ask(
                data.load_overview, self.session.hub, self.show.value
            )
        except ApiError as error:
            self.list.object = sorry(error)
            return
        self._draw()

    def _draw(self) -> None:
        if self.found is None:
            return
        shown = data.matching(self.found.series, self.state.find)
        html = views.series(
            shown, self.dataset_link, show=self.show.value, all=len(self.found.series)
        )
        if self.found.more:
            html += '<p class="quiet">Only the newest are listed here.</p>'
        if self.list.object != html:
            self.list.object = html

    def dataset_link(self, id: str) -> str:
        return f"{self.session.site.link('dataset')}?{urlencode({'id': id})}"

    async def _show_chosen(self, _: Any) -> None:
        if self.show.value != self.state.show:
            self.state.show = self.show.value
            await self.refresh()

    def _find_written(self, _: Any) -> None:
        self.state.find = self.find.value_input
        self._draw()


class FreezeForm:
    """What to freeze, under which name, and why; then how far it is."""

    def __init__(
        self, session: Session, state: DatasetsState, made: Callable[[], Awaitable[None]]
    ) -> None:
        self.session = session
        self.name = control(
            pn.widgets.TextInput(name="Name", placeholder="Such as Weights of the hill flocks")
        )
        self.why = control(
            pn.widgets.TextInput(name="Why", placeholder="Such as Before the scales were mended"),
            basis="340px",
        )
        self.farms = Several("Farms")
        self.tables = Several("Tables")
        self.genotypes = Several("Genotype sets that belong to it")
        self.genotypes.view.visible = False
        self.tables.offer(TABLES, USUAL)
        self.button = button("Freeze")
        self.said = content()
        self.watch = FreezeWatch(session, state, made)
        self.button.on_click(self._freeze)

    def view(self) -> Any:
        title = content("<h2>Freeze the data as they are now</h2>")
        return pn.Column(
            title, row(self.name, self.why), self.farms.view, self.tables.view,
            self.genotypes.view, row(self.button), self.said, self.watch.place,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"},
        )  # fmt: skip

    async def open(self) -> None:
        """Offer what can be frozen, and go on with a freeze in the address."""
        may_sets = self.session.viewer.may("genotypes:read")
        try:
            found = await self.session.ask(data.load_choices, self.session.hub, genotypes=may_sets)
        except ApiError as error:
            self.said.object = sorry(error)
            return
        farms = farm_names(found.farms)
        self.farms.offer(farms, list(farms.values()))
        self.genotypes.offer({_set_name(one): one["id"] for one in found.genotypes}, [])
        self.genotypes.view.visible = bool(found.genotypes)
        await self.watch.open()

    def asked(self) -> dict[str, Any]:
        """The form as the hub takes it."""
        return {
            "name": (self.name.value_input or self.name.value).strip(),
            "why": (self.why.value_input or self.why.value).strip(),
            "farms": self.farms.value,
            "kinds": self.tables.value,
            "genotypes": self.genotypes.value,
        }

    async def _freeze(self, _: Any) -> None:
        asked = self.asked()
        wrong = views.missing(asked)
        if wrong:
            self.said.object = message("Not frozen yet", wrong)
            return
        self.said.object = ""
        self.button.disabled = True
        try:
            made = await self.session.ask(data.freeze, self.session.hub, asked)
            await self.watch.follow(made)
        except ApiError as error:
            self.said.object = message("The hub did not freeze it", str(error))
        finally:
            self.button.disabled = False


def _set_name(one: Item) -> str:
    return f"{one['name']}, version {one['version']}, {day(one['created_at'])}"
