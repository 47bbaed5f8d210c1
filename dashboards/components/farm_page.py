"""Pages of one farm: choose it, keep it in the address, ask for what belongs to it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.chosen import begin_unit, first_farm
from dashboards.components.farms import NO_FARM, farm_names, load_farms
from dashboards.components.page import content, control, loading, message, row
from dashboards.components.units import KILOGRAM, unit_chooser
from dashboards.session import HOME, Session, sorry


class FarmPage(ABC):
    """Widgets and places of one open page; its `state` has `farm` and `unit`."""

    title: ClassVar[str]
    where: ClassVar[str]
    what: ClassVar[str]
    address: ClassVar[dict[str, str]] = {}

    def __init__(self, session: Session, state: Any) -> None:
        self.session, self.state = session, state
        self.farms: list[Item] = []
        self.farm = control(pn.widgets.Select(name="Farm", options={}))
        self.unit = unit_chooser()
        self.said = content(loading(self.what))
        self.body = pn.Column(
            sizing_mode="stretch_width", margin=0, visible=False, styles={"gap": "1rem"}
        )
        self.farm.param.watch(self._farm_chosen, "value")
        self.unit.param.watch(self._unit_chosen, "value")

    @property
    def choosers(self) -> tuple[Any, ...]:
        """What stands at the top, after farm and unit."""
        return ()

    @abstractmethod
    async def load(self) -> None:
        """Ask for the chosen farm and show it; an ApiError is told by the page."""

    @abstractmethod
    def redraw(self) -> None:
        """Draw again what is known, in another unit."""

    def view(self) -> Any:
        names = {"farm": "farm", "unit": "unit", **self.address}
        pn.state.location.sync(self.state, names)
        pn.state.onload(self.open)
        self.top = row(self.farm, *self.choosers, self.unit)
        return self.session.page(self.title, self.where, self.top, self.said, self.body)

    async def open(self) -> None:
        """Farms first, then the farm in the address or the first one."""
        await begin_unit(self.session, self.state, self.unit)
        try:
            self.farms = await self.session.ask(load_farms, self.session.hub)
        except ApiError as error:
            self.instead(sorry(error))
            return
        if not self.farms:
            self.instead(message("No farm yet", NO_FARM, HOME))
            return
        farm = await first_farm(self.session, self.farms, self.state.farm)
        # choosing the farm loads it
        self.farm.param.update(options=farm_names(self.farms), value=farm)

    @property
    def chosen(self) -> Item:
        """The farm that is looked at."""
        return next(farm for farm in self.farms if farm["id"] == self.farm.value)

    async def reload(self, *_: Any) -> None:
        """Ask again, with a place holder meanwhile; one message in place of all that failed."""
        self.say(loading(self.what))
        self.body.visible = False
        if await self.guarded(self.load):
            self.say("")
            self.body.visible = True

    async def guarded(self, ask: Callable[[], Awaitable[None]]) -> bool:
        """Do something that asks the hub; what it refuses is told at the top."""
        try:
            await ask()
        except ApiError as error:
            self.say(sorry(error))
            return False
        return True

    def say(self, html: str) -> None:
        self.said.object, self.said.visible = html, bool(html)

    def instead(self, html: str) -> None:
        """One message in place of everything."""
        self.say(html)
        self.top.visible = self.body.visible = False

    async def _farm_chosen(self, _: Any) -> None:
        self.state.farm = self.farm.value
        await self.reload()

    def _unit_chosen(self, _: Any) -> None:
        if self.unit.value != (self.state.unit or KILOGRAM):
            self.state.unit = self.unit.value
            if self.body.visible:
                self.redraw()
