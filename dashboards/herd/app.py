"""The herd page: choose a farm and a trait, look at the numbers, find an animal."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.chosen import first_farm
from dashboards.components.farms import NO_FARM, farm_names, load_farms
from dashboards.components.followed import FarmWatch
from dashboards.components.page import content, control, loading, message, row
from dashboards.components.provenance import provenance_footer
from dashboards.herd import data, views
from dashboards.herd.state import ORDERS, PAGE_ROWS, SEXES, STATUSES, HerdState
from dashboards.session import HOME, Session, sorry


class HerdPage:
    """Widgets and places of one open herd page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = HerdState()
        self.farms: list[Item] = []
        self.choices: list[data.TraitChoice] = []
        self.herd: data.Herd | None = None

        self.farm = control(pn.widgets.Select(name="Farm", options={}))
        self.trait = control(pn.widgets.Select(name="Trait", options={}))
        self.text = control(
            pn.widgets.TextInput(name="Find", placeholder="Tag, name or breed"), basis="200px"
        )
        self.sex = control(pn.widgets.Select(name="Sex", options=SEXES), basis="110px")
        self.status = control(pn.widgets.Select(name="Show", options=STATUSES), basis="110px")
        self.order = control(pn.widgets.Select(name="Order", options=ORDERS), basis="190px")
        self.back = control(pn.widgets.Button(name="‹ Back", disabled=True), basis="90px")
        self.next = control(pn.widgets.Button(name="Next ›", disabled=True), basis="90px")

        self.choosers = row(self.farm, self.trait)
        self.work = content()
        self.work.visible = False
        self.overview = content(loading("the herd"))
        self.watch = FarmWatch(session, self._refresh)
        self.pictures = row(align="stretch")
        self.ways_in = content()
        self.legend = content()
        self.list = content(loading("animals"))
        self.position = content()
        self.position.styles = {"flex": "8 1 200px"}
        self.footer = content()
        self.below = pn.Column(
            content("<h2>Animals</h2>"),
            self.ways_in,
            row(self.text, self.sex, self.status, self.order),
            self.legend,
            self.list,
            row(self.position, self.back, self.next, align="center"),
            self.footer,
            sizing_mode="stretch_width",
            margin=0,
            styles={"gap": ".75rem"},
        )
        self._connect()

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"farm": "farm", "trait": "trait"})
        pn.state.onload(self.open)
        return self.session.page(
            "My animals",
            "herd",
            self.choosers,
            self.work,
            self.overview,
            self.pictures,
            self.below,
        )

    def _connect(self) -> None:
        for widget, name in (
            (self.text, "text"),
            (self.sex, "sex"),
            (self.status, "status"),
            (self.order, "order"),
        ):
            widget.link(self.state, value=name)
        self.state.param.watch(self._first_page, ["text", "sex", "status", "order"])
        self.state.param.watch(self._show_list, ["page"])
        self.farm.param.watch(self._farm_chosen, "value")
        self.trait.param.watch(self._trait_chosen, "value")
        self.back.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))

    async def open(self) -> None:
        """Farms and traits first, then the herd of the farm in the address or the first one."""
        ask, hub = self.session.ask, self.session.hub
        try:
            self.farms, self.choices = await asyncio.gather(
                ask(load_farms, hub), ask(data.load_traits, hub)
            )
        except ApiError as error:
            self._say(sorry(error))
            return
        if not self.farms:
            self._say(message("No farm yet", NO_FARM, HOME))
            return
        farm = await first_farm(self.session, self.farms, self.state.farm)
        # choosing the farm loads it
        self.farm.param.update(options=farm_names(self.farms), value=farm)

    async def _farm_chosen(self, _: Any) -> None:
        self.work.visible = False
        await asyncio.gather(self.watch.follow(self.farm.value), self._load())
        # a callback of its own: what is loaded shows before this is asked
        pn.state.curdoc.add_next_tick_callback(self._show_work)

    async def _trait_chosen(self, _: Any) -> None:
        if self.herd and self.trait.value != self.state.trait:
            await self._load()

    async def _load(self) -> None:
        """Ask for the chosen farm and trait and show them."""
        farm = next(farm for farm in self.farms if farm["id"] == self.farm.value)
        trait = self._offer_traits(farm)
        self.overview.object = loading("the herd")
        self.list.object = loading("animals")
        try:
            self.herd = await self.session.ask(data.load_herd, self.session.hub, farm, trait)
        except ApiError as error:
            self._say(sorry(error))
            return
        self.state.param.update(farm=farm["id"], trait=trait.code if trait else "", page=0)
        self._show()

    async def _refresh(self) -> None:
        """Something was recorded: ask again; search, page and place in the list stay."""
        if self.herd is None:
            return
        farm, trait = self.herd.farm, self.herd.trait
        try:
            herd = await self.session.ask(data.load_herd, self.session.hub, farm, trait)
        except ApiError:
            return  # what is shown stays until the hub answers again
        if farm["id"] == self.farm.value and self.herd.trait == trait:
            counted = data.born_per_year(self.herd.animals)
            changed = not counted.equals(data.born_per_year(herd.animals))
            self.herd = herd
            self._show(pictures=changed)
        await self._show_work()

    async def _show_work(self) -> None:
        """The line above the herd: what is due, and alerts."""
        if self.herd is None or not self.session.viewer.may("events:read"):
            return
        farm = self.herd.farm
        try:
            work = await self.session.ask(data.load_work, self.session.hub, farm)
        except ApiError:
            return
        season = f"{self.session.site.link('season')}?{urlencode({'farm': farm['id']})}"
        self.work.object = views.work_strip(work, season)
        self.work.visible = True

    def _offer_traits(self, farm: Item) -> data.TraitChoice | None:
        """Put the traits of the farm into the chooser; keep the chosen one where it exists."""
        offered = {choice.code: choice for choice in data.traits_of(self.choices, farm)}
        wanted = self.trait.value or self.state.trait
        code = wanted if wanted in offered else next(iter(offered), "")
        self.state.trait = code
        self.trait.param.update(
            options={choice.name: choice.code for choice in offered.values()},
            value=code or None,
            disabled=not offered,
        )
        return offered.get(code)

    def _show(self, *, pictures: bool = True) -> None:
        herd = self.herd
        if herd is None:
            return
        self.overview.object = views.overview(herd)
        if pictures:
            self.pictures.objects = views.pictures(herd)
        if self.session.viewer.may("imports:write") and herd.farm["may_write"]:
            imports = f"{self.session.site.link('imports')}?{urlencode({'farm': herd.farm['id']})}"
            self.ways_in.object = views.ways_in(imports, empty=herd.animals.empty)
        else:
            self.ways_in.object = ""
        self.legend.object = views.legend(herd.trait)
        evaluation = herd.trait.evaluation.item if herd.trait else None
        self.footer.object = provenance_footer(evaluation)
        self._show_list()

    def _first_page(self, *_: Any) -> None:
        if self.state.page:
            self.state.page = 0
        else:
            self._show_list()

    def _turn(self, pages: int) -> None:
        self.state.page = max(0, self.state.page + pages)

    def _show_list(self, *_: Any) -> None:
        if self.herd is None:
            return
        found = data.chosen(self.herd.animals, self.state)
        page = self.state.page
        rows = data.page_of(found, page)
        self.list.object = views.animal_list(rows, self.herd.trait, self._animal_link)
        self.position.object = views.position(len(found), page)
        self.back.disabled = page == 0
        self.next.disabled = (page + 1) * PAGE_ROWS >= len(found)

    def _animal_link(self, id: str) -> str:
        query = {"id": id} | ({"trait": self.state.trait} if self.state.trait else {})
        return f"{self.session.site.link('animal')}?{urlencode(query)}"

    def _say(self, html: str) -> None:
        """One message in place of everything."""
        self.overview.object = html
        self.pictures.objects = []
        self.choosers.visible = self.below.visible = False
