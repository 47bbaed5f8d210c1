"""Recording what happened to an animal, beside the list of what is due."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import done
from dashboards.components.event_fields import FIELDS, WEIGHT
from dashboards.components.event_form import Asked, Details, Refused, day_widget, tell
from dashboards.components.event_words import kind_word
from dashboards.components.finding import NotOne, find_animal
from dashboards.components.page import button, content, message, row
from dashboards.season.data import today_at
from dashboards.session import Session

KINDS = {kind_word(kind): kind for kind in FIELDS} | {"Weight": "weight"}


class RecordForm:
    """Which animal, what, when, and what belongs to it."""

    def __init__(self, session: Session, unit: str, after: Callable[[], Awaitable[None]]) -> None:
        self.session, self.after = session, after
        self.farm = Item()
        self.tag = Asked(
            pn.widgets.TextInput(name="Animal", placeholder="Tag, or the end of it, then Enter")
        )
        self.who = content()
        self.kind = Asked(pn.widgets.Select(name="What happened", options=KINDS), basis="160px")
        self.day = Asked(day_widget(), basis="140px")
        self.details = Details(session, unit)
        self.remark = Asked(pn.widgets.TextInput(name="Remark"))
        self.save = button("Record")
        self.again = button("It is another one: record it", kind="default")
        self.again.visible = False
        self.said = content()
        self.kind.widget.param.watch(self._kind_chosen, "value")
        self.tag.widget.param.watch(self._tag_written, "value")
        self.save.on_click(self._record)
        self.again.on_click(self._record_again)
        self._kind_chosen()
        self.view = pn.Column(
            content("<h2>Record something</h2>"),
            row(self.tag.view, self.kind.view, self.day.view, align="start"),
            self.who, self.details.view, row(self.remark.view), row(self.save, self.again),
            self.said,
            margin=0, sizing_mode="stretch_width", styles={"gap": ".75rem"},
        )  # fmt: skip

    def of(self, farm: Item, *, may: bool) -> None:
        """The farm on whose animals is recorded."""
        self.view.visible = may and bool(farm["may_write"])
        if farm["id"] != self.farm.get("id"):
            if self.farm:
                self._clear()
            self.farm = farm
            self.day.widget.value = today_at(farm)

    def in_unit(self, unit: str) -> None:
        """Weights are written in this unit from now on."""
        self.details.unit = unit
        self._kind_chosen()

    def _kind_chosen(self, *_: Any) -> None:
        kind = self.kind.widget.value
        self.details.show(kind, WEIGHT if kind == "weight" else None)
        self._say("")

    async def _tag_written(self, _: Any) -> None:
        """Say at once who is meant."""
        self.who.object = ""
        if self.tag.widget.value.strip():
            try:
                self.who.object = told(await self._animal())
            except Refused:
                return

    async def _animal(self) -> Item:
        self.tag.say("")
        try:
            return await self.session.ask(
                find_animal, self.session.hub, self.tag.widget.value, self.farm["id"]
            )
        except NotOne as error:
            self.tag.say(str(error))
            raise Refused from error

    async def _record(self, _: Any, *, confirmed: bool = False) -> None:
        self._say("")
        self.save.disabled = True
        try:
            animal = await self._animal()
            details = await self.details.read(self.farm["id"])
            await self._send(animal, details, confirmed)
        except Refused:
            self._say(message("Not recorded yet", "What is wrong stands beside the field."))
        except ApiError as error:
            self.again.visible = error.code == "events.possible_duplicate"
            self._say(message("Not recorded", tell(error, self._places())))
        finally:
            self.save.disabled = False

    async def _record_again(self, event: Any) -> None:
        await self._record(event, confirmed=True)

    async def _send(self, animal: Item, details: dict[str, Any], confirmed: bool) -> None:
        day, ask, hub = self.day.widget.value, self.session.ask, self.session.hub
        if day is None:
            self.day.say("Choose the day.")
            raise Refused
        made = Item()
        if details["kind"] == "weight":
            await ask(hub.records.add, animal["id"], trait="weight", value=details["value"],
                      recorded_on=day)  # fmt: skip
        else:
            more = {"confirmed_not_duplicate": True} if confirmed else {}
            made = await ask(hub.events.send, animal_id=animal["id"], occurred_on=day.isoformat(),
                             details=details, remark=self.remark.widget.value, **more)  # fmt: skip
        unusual = [one["message"] for one in made.get("warnings") or ()]
        noted = f"{kind_word(details['kind'])} of {animal['tag']} is recorded."
        self._clear()
        self._say(done(" ".join([noted, *unusual])))
        await self.after()

    def _places(self) -> dict[str, Asked]:
        own = {"animal_id": self.tag, "occurred_on": self.day, "recorded_on": self.day,
               "remark": self.remark}  # fmt: skip
        return own | self.details.places()

    def _clear(self) -> None:
        """Ready for the next one; kind and day stay, because the next one is often alike."""
        self.tag.widget.value = self.remark.widget.value = ""
        self.who.object = ""
        self._kind_chosen()

    def _say(self, html: str) -> None:
        if not html:
            self.again.visible = False
            for asked in (self.tag, self.day, self.remark):
                asked.say("")
            self.details.clear()
        self.said.object = html
        self.said.visible = bool(html)


def told(animal: Item) -> str:
    """Who is meant, in a line."""
    born = f", born {animal['birth_date'][:4]}" if animal.get("birth_date") else ""
    name = f" {animal['name']}" if animal.get("name") else ""
    text = f"{animal['tag']}{name}: {animal['breed'] or animal['species']}{born}"
    return f'<p class="quiet" role="status">{escape(text)}</p>'
