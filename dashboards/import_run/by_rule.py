"""Mending many rows by one rule: say what, look at it before and after, then do it."""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import done
from dashboards.components.page import button, control, message, row
from dashboards.import_run import views
from dashboards.import_run.data import Run, header_of
from dashboards.import_run.places import styled
from dashboards.import_run.state import ImportRunState
from dashboards.session import Session

ACTIONS = {
    "Find and replace": "replace",
    "Change the unit": "unit",
    "Read dates in another order": "date_order",
    "Write one value into all": "set",
    "Capital or small letters": "case",
    "Take off spaces": "trim",
    "Leave these rows out": "discard",
}
FACTORS = {
    "pounds to kilograms": "0.45359237", "grams to kilograms": "0.001",
    "kilograms to grams": "1000", "ounces to kilograms": "0.028349523",
    "inches to centimeters": "2.54", "milliliters to liters": "0.001", "my own": "",
}  # fmt: skip
ORDERS = {"day, month, year": "dmy", "month, day, year": "mdy", "year, month, day": "ymd"}
ANY = "\x00"
"""Stands for every value; no cell is this."""


class ByRule:
    """The form; the rows meant are those of the chosen bar, or all that were not taken."""

    def __init__(
        self, session: Session, state: ImportRunState, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.session, self.state, self.changed = session, state, changed
        self.run: Run | None = None
        self.asked: dict[str, Any] = {}
        self.following = ""
        self.meant, self.shown, self.said = styled(), styled(), styled()
        self._make_fields()
        self.look = button("Show what it would do", kind="default")
        self.do = button("Do it", visible=False)
        self.look.on_click(self._look)
        self.do.on_click(self._do)
        self.action.param.watch(self._action_chosen, "value")
        self.unit.param.watch(self._unit_chosen, "value")
        for field in (self.action, self.column, self.value, *self.more):
            field.param.watch(self._stale, "value")
        self._action_chosen()
        self.body = pn.Column(
            self.meant, row(self.action, self.column, self.value),
            row(*self.more), row(self.look), self.shown, row(self.do),
            sizing_mode="stretch_width", margin=0, visible=False,
            styles={"gap": ".75rem", "background": "#fff", "border": "1px solid #dfe5e1",
                    "border-radius": "10px", "padding": "1rem"},
        )  # fmt: skip
        self.view = pn.Column(
            self.body, self.said, sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"}
        )

    def _make_fields(self) -> None:
        text, select = pn.widgets.TextInput, pn.widgets.Select
        self.action = control(select(name="What to do", options=ACTIONS, value="replace"))
        self.column = control(select(name="In column", options={}))
        self.value = control(
            select(name="Where the cell is", options={"any value": ANY}, value=ANY)
        )
        self.find, self.new = control(text(name="Find")), control(text(name="Put instead"))
        self.regex = control(pn.widgets.Checkbox(name="Find is a pattern"))
        self.unit = control(select(name="From and to", options=FACTORS))
        self.factor = control(text(name="Multiply by", value="0.45359237"))
        self.order = control(select(name="The file writes", options=ORDERS))
        self.century = control(text(name="Two-digit years up to this are 20..", placeholder="40"))
        self.to = control(text(name="Value (empty to clear the cells)"))
        self.case = control(select(name="Letters", options={"CAPITAL": "upper", "small": "lower"}))
        self.reason = control(text(name="Because", placeholder="test of the scale"))
        self.of_action = {
            "replace": (self.find, self.new, self.regex), "unit": (self.unit, self.factor),
            "date_order": (self.order, self.century), "set": (self.to,), "case": (self.case,),
            "trim": (), "discard": (self.reason,),
        }  # fmt: skip
        self.more = [field for fields in self.of_action.values() for field in fields]

    def offer(self, run: Run, one: Item | None, headers: list[str]) -> None:
        """Begin with the finding whose bar was chosen."""
        chosen = None if self.run is None else self.column.value
        self.run = run
        self._follow(run)
        column = header_of(headers, run.item["mapping"], one["column"]) if one else ""
        kept = chosen if chosen in headers else None
        self.column.param.update(
            options=headers, value=column or kept or (headers[0] if headers else None)
        )
        values = [str(value["value"]) for value in one["values"]] if one else []
        options = {"any value": ANY, **{(value[:60] or "(empty)"): value for value in values}}
        if options != self.value.options:
            self.value.param.update(options=options, value=ANY)
        self.meant.object = f"<h3>Mend many rows at once</h3><p>{self._meant(one)}</p>"
        self._stale()

    def _meant(self, one: Item | None) -> str:
        if one is None:
            return (
                "All rows that were not taken are meant. Press a bar above to mean only its rows."
            )
        return f"Meant are the rows of the bar <b>{escape(views.rule_name(one))}</b>."

    def _follow(self, run: Run) -> None:
        """Say what came of an act that a worker did."""
        mine = next((one for one in run.mendings if one["id"] == self.following), None)
        if mine is None or mine["state"] in {"queued", "running"}:
            return
        self.following = ""
        self.said.object = (
            message("It stopped", mine["error"])
            if mine["state"] == "failed"
            else done(f"{views.outcome(mine)}.".capitalize())
        )

    def _action_chosen(self, *_: Any) -> None:
        shown = self.of_action[self.action.value]
        for field in self.more:
            field.visible = field in shown
        self.column.visible = self.action.value != "discard"

    def _unit_chosen(self, _: Any) -> None:
        self.factor.value = self.unit.value

    def _stale(self, *_: Any) -> None:
        """What was shown belongs to other choices."""
        self.shown.object, self.do.visible = "", False

    def _ask(self) -> dict[str, Any]:
        """The action and the rows as the client takes them; a ValueError says what is missing."""
        do = self.action.value
        value = None if self.value.value == ANY else self.value.value
        meant = {"rule": self.state.rule or None, "column": self.state.column or None,
                 "value": value}  # fmt: skip
        if do != "discard":
            meant["target"] = self.column.value
        if value is not None and meant["column"] is None:
            meant["column"] = self.column.value
        return {"do": do, **meant, **self._said(do)}

    def _said(self, do: str) -> dict[str, Any]:
        match do:
            case "replace":
                return {"find": _needed(self.find, "what to find"), "with_": _typed(self.new),
                        "regex": self.regex.value}  # fmt: skip
            case "unit":
                return {"factor": _number(self.factor)}
            case "date_order":
                century = _typed(self.century)
                if century and not (century.isdigit() and len(century) <= 2):
                    raise ValueError("Give the last year that is 20.., such as 40, or nothing.")
                return {"order": self.order.value, "century": int(century) if century else None}
            case "set":
                return {"to": _typed(self.to)}
            case "case":
                return {"to": self.case.value}
            case "discard":
                return {"reason": _needed(self.reason, "why the rows are left out")}
        return {}

    async def _look(self, _: Any) -> None:
        self.said.object = ""
        try:
            self.asked = {name: value for name, value in self._ask().items() if value is not None}
            answer = await self._sent("preview")
        except ValueError as error:
            self.shown.object = message("Not shown yet", str(error))
            return
        if answer is None:
            return
        self.shown.object = views.preview(answer, self.asked["do"])
        rows = answer["rows"] if self.asked["do"] == "discard" else answer["rows_changed"]
        self.do.name, self.do.visible = f"Do it in {rows:,} rows", bool(rows)

    async def _do(self, _: Any) -> None:
        made = await self._sent("mend_by_rule", wait=False)
        if made is not None:
            self._stale()
            self.following = made["id"]
            await self.changed()

    async def _sent(self, verb: str, **more: Any) -> Mapping[str, Any] | None:
        if self.run is None:
            return None
        ward = self.session.hub.imports.quarantine(self.run.item["id"])
        self.look.disabled = self.do.disabled = True
        try:
            return await self.session.ask(getattr(ward, verb), **{**self.asked, **more})
        except ApiError as error:
            self.shown.object = message("The hub did not take it", str(error))
            return None
        finally:
            self.look.disabled = self.do.disabled = False


def _typed(field: Any) -> str:
    return str(field.value_input or field.value or "")


def _needed(field: Any, what: str) -> str:
    if not _typed(field).strip():
        raise ValueError(f"Say {what}.")
    return _typed(field)


def _number(field: Any) -> float:
    try:
        return float(_typed(field).replace(",", "."))
    except ValueError:
        raise ValueError("Give the number to multiply by, such as 0.4536.") from None
