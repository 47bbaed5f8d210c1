"""Putting right what was recorded of an animal, or saying that it did not happen."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import done
from dashboards.components.event_fields import FIELDS
from dashboards.components.event_form import Asked, Details, Refused, day_widget, tell
from dashboards.components.event_words import kind_word
from dashboards.components.page import button, content, message, row
from dashboards.session import Session
from dashboards.theme import day

# the entry may be far below: whoever opens the form is taken to it
INTO_VIEW = """
if (cb_obj.visible) setTimeout(() => {
  const view = Bokeh.index.find_one(cb_obj)
  if (view) view.el.scrollIntoView({block: 'center'})
}, 150)
"""


class Editor:
    """A form for one event; `after` is called when something was changed."""

    def __init__(self, session: Session, after: Callable[[], Awaitable[None]]) -> None:
        self.session, self.after = session, after
        self.event = Item()
        self.title, self.said = content(), content()
        self.day = Asked(day_widget(), basis="140px")
        self.remark = Asked(pn.widgets.TextInput(name="Remark"))
        self.reason = Asked(pn.widgets.TextInput(name="Why is it changed? (kept with the entry)"))
        self.details = Details(session, "kg")
        self.save = button("Save correction")
        self.void = button("It did not happen", kind="danger")
        self.close = button("Close", kind="default")
        self.save.on_click(self._correct)
        self.void.on_click(self._void)
        self.close.on_click(lambda _: self.shut())
        self.view = pn.Column(
            self.title, row(self.day.view, self.remark.view, align="start"), self.details.view,
            row(self.reason.view), row(self.save, self.void, self.close), self.said,
            margin=0, sizing_mode="stretch_width", visible=False,
            styles={"gap": ".75rem", "background": "var(--amber-tint)", "border-radius": "10px",
                    "padding": "1rem"},
        )  # fmt: skip
        self.view.jscallback(visible=INTO_VIEW)

    def open(self, event: Item, tags: Mapping[str, str], unit: str) -> None:
        """Show what the event says."""
        self.event = event
        self._clear()
        self.said.object = ""
        self.title.object = f"<h2>{kind_word(event['kind'])} of {day(event['occurred_on'])}</h2>"
        self.day.widget.value = date.fromisoformat(event["occurred_on"][:10])
        self.remark.widget.value, self.reason.widget.value = event["remark"], ""
        self.details.unit = unit
        self.details.fill(event["details"], tags)
        self.details.view.visible = event["kind"] in FIELDS
        self.view.visible = True

    def shut(self) -> None:
        """Put the form away; the address forgets the entry."""
        self.event, self.view.visible = Item(), False
        pn.state.location.hash = ""

    async def _correct(self, _: Any) -> None:
        async def send() -> None:
            details = await self.details.read(self.event["farm_id"])
            if self.day.widget.value is None:
                self.day.say("Choose the day.")
                raise Refused
            await self.session.ask(
                self.session.hub.events.correct, self.event["id"], self._why(),
                occurred_on=self.day.widget.value, remark=self.remark.widget.value,
                details=details, expected_revision=self.event["revision"],
            )  # fmt: skip

        await self._do(send, "The correction is kept; what was said before stays in its history.")

    async def _void(self, _: Any) -> None:
        async def send() -> None:
            await self.session.ask(self.session.hub.events.void, self.event["id"], self._why())

        await self._do(send, "It counts no more, and is kept.")

    async def _do(self, send: Callable[[], Awaitable[None]], sentence: str) -> None:
        self._clear()
        self.save.disabled = self.void.disabled = True
        try:
            await send()
        except Refused:
            self.said.object = message("Not changed", "What is wrong stands beside the field.")
        except ApiError as error:
            self.said.object = message("Not changed", tell(error, self._places()))
        else:
            self.shut()
            await self.after()
            self.told(sentence)
        finally:
            self.save.disabled = self.void.disabled = False

    def told(self, sentence: str) -> None:
        """Said beside the list, because the form is away; the page replaces it."""
        self.said.object = done(sentence)

    def _why(self) -> str:
        reason = self.reason.widget.value.strip()
        if not reason:
            self.reason.say("Say in a few words why, for whoever reads it later.")
            raise Refused
        return reason

    def _places(self) -> dict[str, Asked]:
        own = {"occurred_on": self.day, "remark": self.remark, "reason": self.reason}
        return own | self.details.places()

    def _clear(self) -> None:
        for asked in (self.day, self.remark, self.reason):
            asked.say("")
        self.details.clear()
