"""The season page: what is due, who is in lamb, alerts, and recording what happened."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.chosen import begin_unit, first_farm
from dashboards.components.event_words import DUE_KINDS
from dashboards.components.farms import NO_FARM, farm_names, load_farms
from dashboards.components.followed import FarmWatch
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.components.units import known_unit, unit_chooser
from dashboards.season import data, views
from dashboards.season.alerts import AlertList
from dashboards.season.record import RecordForm
from dashboards.season.state import DAYS, SeasonState
from dashboards.session import HOME, Session, sorry

PHONE = "/services/api/collect/"
CHOSEN = ("farm", "kind", "days", "unit")
KINDS = {"Everything": ""} | {name: code for code, name in DUE_KINDS.items()}


class SeasonPage:
    """Widgets and places of one open season page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = SeasonState()
        self.farms: list[Item] = []
        self.season: data.Season | None = None
        self.watch = FarmWatch(session, self.refresh)
        self.farm = control(pn.widgets.Select(name="Farm", options={}))
        self.kind = control(pn.widgets.Select(name="Kind of work", options=KINDS), basis="170px")
        self.days = control(pn.widgets.Select(name="Look ahead", options=DAYS, value=14),
                            basis="130px")  # fmt: skip
        self.unit = unit_chooser()
        self.overview = content(loading("the season"))
        self.due = content()
        self.scans = content()
        self.pictures = pn.Column(margin=0, sizing_mode="stretch_width")
        self.alerts = AlertList(session, self._animal, self.refresh)
        self.calendar = content()
        self.links = content()
        self.share = button("Share a calendar", kind="default")
        self.end = button("End the calendars I share", kind="default")
        self.below = pn.Column(margin=0, sizing_mode="stretch_width", styles={"gap": "1rem"})
        self._births: object = None

    def view(self) -> Any:
        location = pn.state.location
        location.sync(self.state, {name: name for name in (*CHOSEN, "animal")})
        self.form = RecordForm(self.session, known_unit(self.state.unit), self.refresh)
        self.form.tag.widget.value = self.state.animal
        self.form.view.styles = {**CARD, "gap": ".75rem"}
        self.unit.styles = {"flex": "0 1 160px"}
        if self.state.kind in KINDS.values():
            self.kind.value = self.state.kind
        if self.state.days in DAYS.values():
            self.days.value = self.state.days
        self._connect()
        left = pn.Column(
            row(self.kind, self.days), self.due, self.pictures, self.scans, margin=0,
            sizing_mode="stretch_width",
            styles={"flex": "3 1 340px", "gap": "1rem", "min-width": "0"},
        )  # fmt: skip
        calendar = (self.links, row(self.share, self.end), self.calendar)
        right = pn.Column(
            self.form.view, self.alerts.view, *calendar, margin=0,
            sizing_mode="stretch_width",
            styles={"flex": "2 1 320px", "gap": "1rem", "min-width": "0"},
        )  # fmt: skip
        self.below.objects = [row(left, right, align="start")]
        pn.state.onload(self.open)
        return self.session.page(
            "Season", "season", row(self.farm, self.unit), self.overview, self.below
        )

    def _connect(self) -> None:
        self.farm.param.watch(self._farm_chosen, "value")
        self.kind.param.watch(self._kind_chosen, "value")
        self.days.param.watch(self._days_chosen, "value")
        self.unit.param.watch(self._unit_chosen, "value")
        self.share.on_click(self._share)
        self.end.on_click(self._end)

    async def open(self) -> None:
        """Farms first, then the season of the farm in the address or the first one."""
        await begin_unit(self.session, self.state, self.unit)
        try:
            self.farms = await self.session.ask(load_farms, self.session.hub)
        except ApiError as error:
            self._say(sorry(error))
            return
        if not self.farms:
            self._say(message("No farm yet", NO_FARM, HOME))
            return
        farm = await first_farm(self.session, self.farms, self.state.farm)
        # choosing the farm loads it
        self.farm.param.update(options=farm_names(self.farms), value=farm)

    async def refresh(self) -> None:
        """Ask again and change only what differs; what somebody is writing stays."""
        farm = next(one for one in self.farms if one["id"] == self.farm.value)
        try:
            season = await self.session.ask(
                data.load_season, self.session.hub, farm, self.state.days
            )
        except ApiError as error:
            self.overview.object = sorry(error)
            return
        if farm["id"] == self.farm.value:
            self.season = season
            self._show()

    async def _farm_chosen(self, _: Any) -> None:
        self.state.farm = self.farm.value
        self.overview.object = loading("the season")
        self.calendar.object = ""
        await self.watch.follow(self.farm.value)
        await self.refresh()

    def _kind_chosen(self, _: Any) -> None:
        self.state.kind = self.kind.value
        self._show_due()

    async def _days_chosen(self, _: Any) -> None:
        self.state.days = self.days.value
        await self.refresh()

    def _unit_chosen(self, _: Any) -> None:
        self.state.unit = self.unit.value
        self.form.in_unit(self.unit.value)

    def _show(self) -> None:
        season = self.season
        if season is None:
            return
        self.overview.object = views.overview(season)
        births = data.births_by_week(season.females)
        if births != self._births:
            self._births = births
            self.pictures.objects = views.pictures(season)
            self.pictures.visible = bool(births)
        self.scans.object = views.scans(season)
        self.alerts.show(season.alerts, season.farm)
        self.form.of(season.farm, may=self.session.viewer.may("events:write"))
        self.links.object = views.links(len(season.calendars), PHONE)
        self.end.visible = bool(season.calendars)
        self._show_due()

    def _show_due(self) -> None:
        if self.season:
            self.due.object = views.due_list(self.season, self.state.kind, self._animal)

    async def _share(self, _: Any) -> None:
        ask, hub = self.session.ask, self.session.hub
        try:
            address = await ask(hub.alerts.share_calendar, self.farm.value)
        except ApiError as error:
            self.calendar.object = sorry(error)
            return
        self.calendar.object = views.calendar_address(self.session.site.public(address))
        await self.refresh()

    async def _end(self, _: Any) -> None:
        ask, hub = self.session.ask, self.session.hub
        try:
            shared = [one["id"] for one in self.season.calendars] if self.season else []
            await asyncio.gather(*(ask(hub.alerts.end_calendar, id) for id in shared))
        except ApiError as error:
            self.calendar.object = sorry(error)
            return
        self.calendar.object = ""
        await self.refresh()

    def _animal(self, id: str) -> str:
        chosen = {"id": id} | {"unit": self.state.unit}
        return f"{self.session.site.link('animal')}?{urlencode(chosen)}"

    def _say(self, html: str) -> None:
        """One message in place of everything."""
        self.overview.object = html
        self.farm.visible = self.below.visible = False


CARD = {
    "background": "var(--paper)", "border": "1px solid var(--line)", "border-radius": "10px",
    "padding": "1rem",
}  # fmt: skip
