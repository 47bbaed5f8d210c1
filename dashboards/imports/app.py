"""The page of imports: what went in, how far it is, and where to hand in more."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.data_pages import data_strip
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import button, content, control, loading, row
from dashboards.imports import data, views
from dashboards.imports.state import KINDS, STATES, ImportsState
from dashboards.session import Session, sorry

ALL = "All"
FILTERS = {"farm": "farm", "kind": "kind", "show": "show"}


class ImportsPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = ImportsState()
        self.found: data.Overview | None = None
        self.loading = self.offering = False
        self.farm = control(pn.widgets.Select(name="Farm", options={ALL: ""}))
        self.kind = control(
            pn.widgets.Select(name="What", options={ALL: "", **_turned(KINDS)}), basis="160px"
        )
        self.show = control(
            pn.widgets.Select(name="State", options={ALL: "", **_turned(STATES)}), basis="130px"
        )
        self.waiting, self.list, self.position = content(), content(loading("imports")), content()
        self.position.styles = {"flex": "8 1 120px"}
        self.back = button("‹ Newer", kind="default")
        self.next = button("Older ›", kind="default")
        self.workbooks = content()
        for name in FILTERS:
            getattr(self, name).param.watch(self._narrowed, "value")
        self.back.on_click(self._newer)
        self.next.on_click(self._older)

    @property
    def may_add(self) -> bool:
        return self.session.viewer.may("imports:write")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {**FILTERS, "page": "page"})
        pn.state.onload(self.open)
        return self.session.page(
            "Imports", "imports",
            content(data_strip(self.session, "imports")),
            content(views.intro(may_add=self.may_add)),
            self.waiting,
            row(self.farm, self.kind, self.show),
            self.list,
            row(self.position, self.back, self.next, align="center"),
            self.workbooks,
        )  # fmt: skip

    async def open(self) -> None:
        """Show the imports, then look again every two seconds while one is at work."""
        await self.refresh()
        pn.state.add_periodic_callback(self._again, period=REFRESH_MILLISECONDS)
        if self.may_add:
            await self._show_waiting()

    async def _again(self) -> None:
        if self.found is not None and self.found.busy:
            await self.refresh()

    async def refresh(self) -> None:
        """Ask again and show what changed; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        try:
            found = await self.session.ask(data.load_overview, self.session.hub, self.state)
        except ApiError as error:
            self.list.object = sorry(error)
            return
        finally:
            self.loading = False
        self.found = found
        self._show(found)

    def _show(self, found: data.Overview) -> None:
        narrowed = any(getattr(self.state, name) for name in FILTERS)
        html = views.imports(found, self._link, may_add=self.may_add, narrowed=narrowed)
        if self.list.object != html:
            self.list.object = html
        self.position.object = views.position(found, self.state.page)
        self.back.visible, self.next.visible = self.state.page > 0, found.more
        self._offer(found)
        farm = self._farm_of_workbooks(found)
        self.workbooks.object = views.workbooks(farm) if farm else ""

    def _offer(self, found: data.Overview) -> None:
        """The choosers as the address says."""
        farms = {one["name"]: one["id"] for one in found.farms.values()}
        self.offering = True
        try:
            self.farm.param.update(options={ALL: "", **farms}, value=self.state.farm)
            self.kind.value, self.show.value = self.state.kind, self.state.show
        except ValueError:
            self.state.param.update(farm="", kind="", show="")
        finally:
            self.offering = False

    def _farm_of_workbooks(self, found: data.Overview) -> Item | None:
        mine = [one for one in found.farms.values() if one["may_write"]]
        chosen = found.farms.get(self.state.farm)
        return chosen or min(mine, key=lambda one: one["name"], default=None)

    async def _show_waiting(self) -> None:
        """Files that were handed in and left."""
        try:
            count, more = await self.session.ask(data.count_waiting, self.session.hub)
        except ApiError:
            return
        self.waiting.object = views.waiting(count, more, self.session.site.link("import"))

    def _link(self, id: str) -> str:
        return f"{self.session.site.link('import-run')}?{urlencode({'id': id})}"

    async def _narrowed(self, _: Any) -> None:
        chosen = {name: getattr(self, name).value or "" for name in FILTERS}
        if self.offering or all(getattr(self.state, name) == chosen[name] for name in FILTERS):
            return
        self.state.param.update(page=0, **chosen)
        await self.refresh()

    async def _newer(self, _: Any) -> None:
        await self._turn(-1)

    async def _older(self, _: Any) -> None:
        await self._turn(1)

    async def _turn(self, pages: int) -> None:
        self.state.page = max(0, self.state.page + pages)
        await self.refresh()


def _turned(words: dict[str, str]) -> dict[str, str]:
    """Words to codes, as choosers want them."""
    return {text[:1].upper() + text[1:]: code for code, text in words.items()}
