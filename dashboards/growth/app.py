"""The page of growth and milk: shows what the species of the farm has."""

from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

import panel as pn

from agrigen.client import Item
from dashboards.components import charts
from dashboards.components.farm_page import FarmPage
from dashboards.components.page import content, control, loading, row
from dashboards.components.parts import part_chooser
from dashboards.growth import data, pictures, views
from dashboards.growth.state import GROWTH, HEALTH, MILK, PAGE_ROWS, PARTS, GrowthState
from dashboards.session import Session

LATEST = "Latest weighed"


class GrowthPage(FarmPage):
    """Widgets and places of one open page of growth and milk."""

    title, where, what = "Growth and milk", "growth", "weights and milk"
    address: ClassVar = {"part": "part", "year": "year", "animal": "animal"}

    def __init__(self, session: Session) -> None:
        super().__init__(session, GrowthState())
        self.growth: data.Growth | None = None
        self.milk: data.Milk | None = None
        self.health: data.Health | None = None
        self.cow: list[Item] = []
        self.part = part_chooser(PARTS, GROWTH)
        years = range(date.today().year, date.today().year - data.YEARS_BACK, -1)
        options = {LATEST: "", **{str(year): str(year) for year in years}}
        self.year = control(pn.widgets.Select(name="Born in", options=options), basis="140px")
        self.animal = control(
            pn.widgets.TextInput(name="Look at one animal", placeholder="Tag"), basis="200px"
        )
        self.narrow = row(self.year, self.animal)
        self.overview, self.closer, self.tests = content(), content(), content()
        self.pictures, self.own_picture = row(align="stretch"), row(align="stretch")
        self.list, self.note = content(), content()
        self.position = content()
        self.position.styles = {"flex": "8 1 100px"}
        self.back = control(pn.widgets.Button(name="‹ Back", disabled=True), basis="90px")
        self.next = control(pn.widgets.Button(name="Next ›", disabled=True), basis="90px")
        self.turning = row(self.position, self.back, self.next, align="center")
        self.body.objects = [
            self.part, self.narrow, self.overview, self.closer, self.own_picture, self.tests,
            self.pictures, self.list, self.turning, self.note,
        ]  # fmt: skip
        self._connect()

    def _connect(self) -> None:
        self.part.param.watch(self._part_chosen, "value")
        self.year.param.watch(self._year_chosen, "value")
        self.animal.param.watch(self._animal_chosen, "value")
        self.back.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))

    async def load(self) -> None:
        """The part in the address, or what the farm's species is kept for."""
        self.growth = self.milk = self.health = None
        usual = MILK if self.chosen["species"] in data.DAIRY_FIRST else GROWTH
        self.part.value = self.state.part if self.state.part in PARTS.values() else usual
        self.year.value = self.state.year if self.state.year in self.year.options.values() else ""
        self.animal.value = self.state.animal
        await self._load_part()

    async def _load_part(self) -> None:
        """Ask for a part once; every part is asked for when it is first looked at."""
        ask, hub, farm = self.session.ask, self.session.hub, self.chosen
        part = self.part.value
        if part == GROWTH and self.growth is None:
            year = int(self.year.value) if self.year.value else None
            self.growth = await ask(data.load_growth, hub, farm, year)
        elif part == MILK and self.milk is None:
            self.milk = await ask(data.load_milk, hub, farm)
        elif part == HEALTH and self.health is None:
            self.health = await ask(data.load_health, hub, farm)
        self.state.page = 0
        await self._look_closer()
        self.redraw()

    async def _look_closer(self) -> None:
        """The lactations of the cow that is looked at."""
        self.cow = []
        if self.part.value == MILK and self.milk is not None and self.state.animal:
            found = self.milk.lactations
            tag = data.find_tag(found["tag"].tolist(), self.state.animal)
            if tag:
                id = found.loc[found["tag"] == tag, "animal_id"].iloc[0]
                self.cow = await self.session.ask(data.load_cow, self.session.hub, id)

    def redraw(self) -> None:
        """Draw the part that is looked at."""
        for place in (self.overview, self.closer, self.tests, self.list, self.note, self.position):
            place.object = ""
        self.pictures.objects, self.own_picture.objects = [], []
        self.narrow.visible = self.part.value != HEALTH
        self.year.visible = self.part.value == GROWTH
        self.turning.visible = False
        draw = {GROWTH: self._draw_growth, MILK: self._draw_milk, HEALTH: self._draw_health}
        draw[self.part.value]()
        # an empty place would leave a gap
        for place in (self.overview, self.closer, self.tests, self.note):
            place.visible = bool(place.object)
        self.pictures.visible = bool(self.pictures.objects)
        self.own_picture.visible = bool(self.own_picture.objects)

    def _draw_growth(self) -> None:
        growth, unit = self.growth, self.state.unit
        if growth is None:
            return
        if not growth.young:
            self.overview.object = views.nothing_weighed(growth.year)
            return
        tag = data.find_tag([one["tag"] for one in growth.young], self.state.animal) or ""
        self.overview.object = views.growth_tiles(growth, unit)
        self.pictures.objects = views.growth_pictures(growth, tag, unit)
        own = next((one for one in growth.young if one["tag"] == tag), None)
        if own is not None:
            self.closer.object = views.one_young(own, unit, self._animal_link)
        elif self.state.animal.strip():
            self.closer.object = views.which(self.state.animal)
        rows = data.heaviest_first(growth.young, growth.usual)
        page = data.page_of(rows, self.state.page)
        self.list.object = views.heading(f"Young of {growth.year}") + views.weight_list(
            page, growth, unit, self._animal_link
        )
        self.note.object = views.WEIGHTS
        self._place(len(rows), "animal")

    def _draw_milk(self) -> None:
        milk, unit = self.milk, self.state.unit
        if milk is None:
            return
        if milk.lactations.empty:
            self.overview.object = views.no_milk()
            return
        self.overview.object = views.milk_tiles(milk, unit)
        self.pictures.objects = views.milk_pictures(milk, unit)
        if self.state.animal.strip():
            self._draw_cow(unit)
        listed = milk.listed
        page = listed.iloc[self.state.page * PAGE_ROWS : (self.state.page + 1) * PAGE_ROWS]
        self.list.object = views.lactations_title(milk) + views.lactations(
            page, milk.drops, unit, self._cow_link
        )
        self.note.object = views.LACTATIONS
        self._place(len(listed), "lactation")

    def _draw_cow(self, unit: str) -> None:
        if not self.cow:
            self.closer.object = views.which(self.state.animal)
            return
        newest = self.cow[0]
        self.closer.object = views.one_cow(newest["tag"], self.cow, unit, self._animal_link)
        plot = pictures.cow_curve(newest, unit)
        note = "Tests, and the curve that is expected through them."
        title = f"Lactation {newest['parity']} of {newest['tag']}"
        self.own_picture.objects = [charts.panel_of(plot, title, note)]
        self.tests.object = views.tests(newest["tag"], newest, unit)

    def _draw_health(self) -> None:
        if self.health is None:
            return
        self.overview.object = views.withdrawals(self.health, self._animal_link)
        self.pictures.objects = views.condition_pictures(self.health)
        self.list.object = views.condition(self.health, self._animal_link)

    def _place(self, total: int, noun: str) -> None:
        page = self.state.page
        self.position.object = views.position(total, page, noun)
        self.turning.visible = total > PAGE_ROWS
        self.back.disabled = page == 0
        self.next.disabled = (page + 1) * PAGE_ROWS >= total

    def _turn(self, pages: int) -> None:
        self.state.page = max(0, self.state.page + pages)
        self.redraw()

    async def _part_chosen(self, _: Any) -> None:
        if self.body.visible and self.part.value != self.state.part:
            self.state.part = self.part.value
            await self._again()

    async def _year_chosen(self, _: Any) -> None:
        if self.year.value != self.state.year:
            self.state.year, self.growth = self.year.value, None
            await self._again()

    async def _animal_chosen(self, _: Any) -> None:
        if self.animal.value != self.state.animal:
            self.state.animal = self.animal.value
            if self.body.visible:
                await self._look_closer()
                self.redraw()

    async def _again(self) -> None:
        self.overview.param.update(object=loading(self.what), visible=True)
        await self.guarded(self._load_part)

    def _animal_link(self, id: str) -> str:
        return f"{self.session.site.link('animal')}?{urlencode({'id': id})}"

    def _cow_link(self, id: str) -> str:
        """This page with the cow looked at closely."""
        found = self.milk.lactations if self.milk is not None else None
        tag = found.loc[found["animal_id"] == id, "tag"].iloc[0] if found is not None else ""
        query = {"farm": self.state.farm, "part": MILK, "animal": tag, "unit": self.state.unit}
        return f"{self.session.site.link('growth')}?{urlencode(query)}"
