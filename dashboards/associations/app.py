"""The page of association studies, newest first."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.associations import data, views
from dashboards.associations.state import AssociationsState
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import content, control, loading, row
from dashboards.session import Session, sorry

ALL = "All traits"


class AssociationsPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = AssociationsState()
        self.found: data.Overview | None = None
        self.loading = False
        self.trait = control(pn.widgets.Select(name="Trait", options={ALL: ""}))
        self.list = content(loading("studies"))
        self.trait.param.watch(self._trait_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"trait": "trait"})
        pn.state.onload(self.open)
        self.trait.max_width = 380
        intro = content(views.intro(plain=self.session.plain))
        return self.session.page("Associations", "associations", intro, row(self.trait), self.list)

    async def open(self) -> None:
        """Show the studies, then look again every two seconds while one is at work."""
        await self.refresh()
        pn.state.add_periodic_callback(self._again, period=REFRESH_MILLISECONDS)

    async def _again(self) -> None:
        if self.found is not None and self.found.busy:
            await self.refresh()

    async def refresh(self) -> None:
        """Ask again and show what changed; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        try:
            self.found = await self.session.ask(
                data.load_overview, self.session.hub, self.state.trait
            )
        except ApiError as error:
            self.list.object = sorry(error)
            return
        finally:
            self.loading = False
        html = views.studies(
            self.found, self._link, self.session.site.link("genotypes"),
            may_run=self.session.viewer.may("associations:run"),
        )  # fmt: skip
        if self.list.object != html:
            self.list.object = html
        names = {self.found.trait_name(code): code for code in sorted(self.found.traits)}
        self.trait.param.update(options={ALL: "", **names}, value=self.state.trait)

    def _link(self, id: str) -> str:
        return f"{self.session.site.link('association')}?{urlencode({'id': id})}"

    async def _trait_chosen(self, _: Any) -> None:
        if self.trait.value != self.state.trait:
            self.state.trait = self.trait.value
            await self.refresh()
