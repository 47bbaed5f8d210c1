"""The form that sets a watched place up or changes it."""

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import available_timezones

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.page import button, content, control, message, row
from dashboards.session import Session
from dashboards.sources import data
from dashboards.sources.data import Overview
from dashboards.sources.schedules import CHOICES, DAILY, OWN, choice_of, cron_of
from dashboards.sources.views import ALL_KINDS

POLICIES = {
    "Take the good rows of a file": "good_rows",
    "Take all rows of a file or none": "all_or_nothing",
}
NO_TEMPLATE = "Columns by their usual names"


class SourceForm:
    """Fields of a place; `saved` is told the id of the place."""

    def __init__(
        self, session: Session, saved: Callable[[str], Awaitable[None]], shut: Callable[[], None]
    ) -> None:
        self.session, self.saved = session, saved
        self.found: Overview | None = None
        self.source: Item | None = None
        self._make_fields()
        self.title, self.said = content(), content()
        self.keep, self.close = button("Keep"), button("Close", kind="default")
        self.keep.on_click(self._keep)
        self.close.on_click(lambda _: shut())
        for field in (self.place, self.choice, self.kind, self.farm):
            field.param.watch(self._offer, "value")
        self.view = pn.Column(
            self.title, row(self.name, self.farm, self.kind), row(self.place, self.below),
            row(self.pattern), self.query, row(self.template, self.policy),
            row(self.choice, self.time, self.own, self.timezone), self.said,
            row(self.keep, self.close), sizing_mode="stretch_width", margin=0, visible=False,
            styles={"gap": ".75rem", "background": "#fff", "border": "1px solid #dfe5e1",
                    "border-radius": "10px", "padding": "1rem"},
        )  # fmt: skip

    def _make_fields(self) -> None:
        text, select = pn.widgets.TextInput, pn.widgets.Select
        kinds = {name: kind for kind, name in ALL_KINDS.items()}
        self.name = control(text(name="Name", placeholder="Such as Scale in the yard"))
        self.farm = control(select(name="Farm", options={}))
        self.kind = control(select(name="What the files hold", options=kinds))
        self.place = control(select(name="Place", options=[]))
        self.below = control(text(name="Below it (may be empty)", placeholder="hill/scale"))
        self.pattern = control(text(name="Files", value="*", placeholder="*.csv"))
        self.query = control(
            pn.widgets.TextAreaInput(name="Question to the database: one SELECT", rows=3)
        )
        self.template = control(select(name="Template", options={NO_TEMPLATE: ""}))
        self.policy = control(select(name="If rows are wrong", options=POLICIES))
        self.choice = control(select(name="Look", options=CHOICES, value=DAILY))
        self.time = control(text(name="Time of day", value="06:00"), basis="110px")
        self.own = control(text(name="Cron", placeholder="*/15 6-20 * * *"))
        self.timezone = control(
            select(name="Time zone", options=sorted(available_timezones()), value="UTC")
        )

    def open(self, found: Overview, source: Item | None) -> None:
        """An empty form, or one with what a place is now."""
        self.found, self.source = found, source
        self.title.object = f"<h2>{'Change this place' if source else 'Watch a new place'}</h2>"
        self.said.object = ""
        farms = {one["name"]: one["id"] for one in found.farms.values() if one["may_write"]}
        if source:
            farms.setdefault(found.farm_name(source["farm_id"]), source["farm_id"])
        self.farm.param.update(options=farms, value=next(iter(farms.values()), None))
        self.farm.disabled = self.kind.disabled = source is not None
        places = [one["place"] for one in found.places]
        self.place.param.update(options=places, value=places[0] if places else None)
        if source:
            self._fill(source, places)
        else:
            self.name.value, self.below.value, self.query.value = "", "", ""
        self._offer()
        self.view.visible = True

    def _fill(self, source: Item, places: list[str]) -> None:
        base = max((one for one in places if source["place"].startswith(one)), key=len, default="")
        if not base:
            self.place.options = [source["place"], *places]
        self.place.value = base or source["place"]
        self.below.value = source["place"].removeprefix(self.place.value).strip("/")
        for name in ("name", "kind", "pattern", "query", "policy", "timezone"):
            getattr(self, name).value = source[name]
        self.farm.value = source["farm_id"]
        chosen = choice_of(source["schedule"])
        self.choice.value, self.time.value = chosen["choice"], chosen["time"]
        self.own.value = chosen["own"]

    def _offer(self, *_: Any) -> None:
        """Only fields that belong to what is chosen."""
        database = str(self.place.value or "").startswith("database:")
        self.query.visible = database
        self.below.visible = self.pattern.visible = not database
        self.time.visible = self.choice.value == DAILY or str(self.choice.value).isdigit()
        self.own.visible = self.choice.value == OWN
        self.template.visible = self.policy.visible = self.kind.value != "genotypes"
        templates = self.found.templates if self.found else []
        fitting = {
            one["name"]: one["id"] for one in templates
            if one["kind"] == self.kind.value and one["farm_id"] in (None, self.farm.value)
        }  # fmt: skip
        options = {NO_TEMPLATE: "", **fitting}
        if options != self.template.options:
            kept = self.source["template_id"] if self.source else None
            value = kept if kept in options.values() else ""
            self.template.param.update(options=options, value=value)

    def values(self) -> dict[str, Any]:
        """What is set up; a ValueError says what is missing."""
        name = _typed(self.name)
        if not name:
            raise ValueError("Give the place a name.")
        place = str(self.place.value or "")
        if not place:
            raise ValueError("There is no place to watch: the operator names them first.")
        database = place.startswith("database:")
        if database and not _typed(self.query):
            raise ValueError("Write the question to the database: one SELECT.")
        below = "" if database else _typed(self.below).strip("/")
        joined = place if not below else place + ("" if place.endswith((":", "/")) else "/") + below
        return {
            "name": name, "farm": self.farm.value, "kind": self.kind.value, "place": joined,
            "pattern": "*" if database else _typed(self.pattern) or "*",
            "query": _typed(self.query) if database else "",
            "template_id": self.template.value or None, "policy": self.policy.value,
            "schedule": cron_of(self.choice.value, _typed(self.time), _typed(self.own)),
            "timezone": self.timezone.value,
        }  # fmt: skip

    async def _keep(self, _: Any) -> None:
        try:
            values = self.values()
        except ValueError as error:
            self.said.object = message("Not kept yet", str(error))
            return
        id = self.source["id"] if self.source else ""
        self.keep.disabled = True
        try:
            made = await self.session.ask(data.save, self.session.hub, id, values)
        except ApiError as error:
            self.said.object = message("The hub did not take it", str(error))
            return
        finally:
            self.keep.disabled = False
        await self.saved(id or (made or {})["id"])


def _typed(field: Any) -> str:
    return str(field.value_input or field.value or "").strip()
