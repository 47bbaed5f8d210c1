"""The form for one event: what is asked, who is meant, and refusals beside the field."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.event_fields import FIELDS, Field, Unreadable, place_of, read, written
from dashboards.components.finding import NotOne, find_animal
from dashboards.components.page import content, control, row
from dashboards.session import Session
from dashboards.theme import plain_days

MOST_YOUNG = 4
SEXES = {"Sex not known": "U", "Female": "F", "Male": "M"}
STATES = {"Alive": "live", "Stillborn": "stillborn", "Died": "died"}


class Refused(Exception):
    """The form cannot be sent as it is; what is wrong stands beside its fields."""


class Asked:
    """A widget with the place of what is wrong with it below."""

    def __init__(self, widget: pn.widgets.Widget, *, basis: str = "200px") -> None:
        self.widget = control(widget, basis="auto")
        self.error = content()
        self.error.visible = False
        self.view = pn.Column(
            self.widget, self.error, margin=0, sizing_mode="stretch_width",
            styles={"flex": f"1 1 {basis}", "min-width": "0"},
        )  # fmt: skip

    def say(self, text: str) -> None:
        self.error.object = f'<p class="wrong" role="alert">{escape(text)}</p>' if text else ""
        self.error.visible = bool(text)


def widget_of(one: Field, unit: str) -> pn.widgets.Widget:
    label = f"{one.label}, {unit}" if one.shape == "weight" else one.label
    if one.shape == "choice":
        return pn.widgets.Select(name=label, options=dict(one.choices))
    return pn.widgets.TextInput(name=label)


class Young:
    """One of the young of a birth."""

    def __init__(self, number: int, unit: str) -> None:
        self.unit, self.kept = unit, dict[str, Any]()
        self.tag = Asked(pn.widgets.TextInput(name=f"Young {number}: tag"), basis="150px")
        self.sex = Asked(pn.widgets.Select(name="Sex", options=SEXES), basis="110px")
        self.state = Asked(pn.widgets.Select(name="State", options=STATES), basis="110px")
        self.weight = Asked(pn.widgets.TextInput(name=f"Weight, {unit}"), basis="80px")
        parts = (self.tag, self.sex, self.state, self.weight)
        self.view = row(*(one.view for one in parts), align="start")

    def fill(self, newborn: Mapping[str, Any]) -> None:
        self.kept = dict(newborn)
        kg = Field("birth_weight_kg", "", "weight")
        self.tag.widget.value = newborn.get("tag") or ""
        self.sex.widget.value, self.state.widget.value = newborn["sex"], newborn["state"]
        self.weight.widget.value = written(kg, newborn.get("birth_weight_kg"), self.unit, {})

    def read(self) -> dict[str, Any]:
        try:
            kg = read(Field("birth_weight_kg", "", "weight"), self.weight.widget.value, self.unit)
        except Unreadable as error:
            self.weight.say(str(error))
            raise Refused from error
        told = {
            "tag": self.tag.widget.value.strip(), "sex": self.sex.widget.value,
            "state": self.state.widget.value, "birth_weight_kg": kg,
        }  # fmt: skip
        return self.kept | told


class Details:
    """The fields of one kind of event."""

    def __init__(self, session: Session, unit: str) -> None:
        self.session, self.unit = session, unit
        self.kind, self.kept = "", dict[str, Any]()
        self.fields: dict[str, tuple[Field, Asked]] = {}
        self.young: list[Young] = []
        self.number = Asked(pn.widgets.Select(name="How many young", options=[1, 2, 3, 4]))
        self.number.widget.param.watch(self._count, "value")
        self.view = pn.Column(margin=0, sizing_mode="stretch_width", styles={"gap": ".75rem"})

    def show(self, kind: str, fields: Sequence[Field] | None = None) -> None:
        """Ask for this kind."""
        self.kind, self.kept = kind, {}
        asked = FIELDS.get(kind, ()) if fields is None else fields
        self.fields = {one.name: (one, Asked(widget_of(one, self.unit))) for one in asked}
        birth = kind == "parturition"
        self.young = [Young(i + 1, self.unit) for i in range(MOST_YOUNG)] if birth else []
        first = [self.number.view] if birth else []
        self.view.objects = [
            row(*first, *(asked.view for _, asked in self.fields.values()), align="start"),
            *(one.view for one in self.young),
        ]
        self.number.widget.value = 1
        self._count()

    def fill(self, details: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Show what an event says; what the form does not ask stays as it is."""
        self.show(str(details["kind"]))
        self.kept = dict(details)
        for name, (one, asked) in self.fields.items():
            value = written(one, details.get(name), self.unit, tags)
            if one.shape != "choice" or value in one.choices.values():
                asked.widget.value = value
        born = list(details.get("offspring") or ())
        for place, newborn in zip(self.young, born, strict=False):
            place.fill(newborn)
        if born:
            self.number.widget.value = min(len(born), MOST_YOUNG)

    async def read(self, farm_id: str) -> dict[str, Any]:
        """The details as the hub takes them; raises Refused with what is wrong in its place."""
        self.clear()
        found = [
            (name, await self._value(one, asked, farm_id))
            for name, (one, asked) in self.fields.items()
        ]
        if any(asked.error.visible for _, asked in self.fields.values()):
            raise Refused
        told = {name: value for name, value in found if value is not None}
        kept = {name: value for name, value in self.kept.items() if name not in self.fields}
        if self.young:
            beyond = list(self.kept.get("offspring") or ())[MOST_YOUNG:]
            shown = [one.read() for one in self.young[: self.number.widget.value]]
            told["offspring"] = [*shown, *beyond]
        return kept | {"kind": self.kind} | told

    def clear(self) -> None:
        for _, asked in self.fields.values():
            asked.say("")
        for one in self.young:
            one.weight.say("")
        self.number.say("")

    def places(self) -> dict[str, Asked]:
        """Where errors about a field are told."""
        named = {name: asked for name, (_, asked) in self.fields.items()}
        return named | ({"offspring": self.number} if self.young else {})

    async def _value(self, one: Field, asked: Asked, farm_id: str) -> Any:
        try:
            value = read(one, asked.widget.value, self.unit)
            if value is None or one.shape not in ("animal", "animals"):
                return value
            tags = [part for part in value.split(",") if part.strip()]
            hub = self.session.hub
            ids = await asyncio.gather(
                *(self.session.ask(find_animal, hub, tag, farm_id) for tag in tags)
            )
        except (Unreadable, NotOne) as error:
            asked.say(str(error))
            return None
        return [one["id"] for one in ids] if one.shape == "animals" else ids[0]["id"]

    def _count(self, *_: Any) -> None:
        for place, one in enumerate(self.young):
            one.view.visible = place < self.number.widget.value


def day_widget(name: str = "Day") -> pn.widgets.DatePicker:
    return pn.widgets.DatePicker(name=name, value=date.today())


def tell(error: ApiError, places: Mapping[str, Asked]) -> str:
    """Put each thing that is wrong beside its field; answers what has no field."""
    rest = []
    for one in error.errors:
        text = plain_days(" ".join(part for part in (one.message, one.remedy) if part))
        name = place_of(one.where, places)
        if name:
            places[name].say(text)
        else:
            rest.append(text)
    if error.errors and not rest:
        return "That was not recorded. What stands in the way is said beside the field."
    return " ".join(rest) or plain_days(error.message)
