"""The steps of cleaning on the page: those there are, in their order, and one more."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import panel as pn

from dashboards.components.page import button, content, control, message, row
from dashboards.new_import import views
from dashboards.new_import.words import (
    CASES,
    KEEP_ONE,
    NUMBERS,
    ORDERS,
    STEPS,
    UNITS,
    step_said,
)

Step = dict[str, Any]
Changed = Callable[[list[Step]], Awaitable[None]]
EVERY = "Every column"
CHOICES: dict[str, tuple[str, list[str]]] = {
    "date_format": ("Written as", list(ORDERS)),
    "number_format": ("Written as", list(NUMBERS)),
    "unit": ("Which", list(UNITS)),
    "trim_and_case": ("Letters", list(CASES)),
    "duplicates": ("Keep", list(KEEP_ONE)),
}
"""Steps that have something to choose."""
FIRST: dict[str, tuple[str, str]] = {
    "missing": ("Codes, with a comma between", "-9, 999, n/a"),
    "codes": ("Their code = ours, with a comma between", "w=F, m=M"),
    "replace": ("Find", "DE "),
    "constant": ("The value", ""),
}
"""Steps that need a text, with an example of it."""
ANYWHERE = ("missing", "replace", "trim_and_case")


class Unclear(Exception):
    """Something is missing from a step; the message says what."""


def made(kind: str, columns: Sequence[str], choice: str, first: str, second: str) -> Step:
    """A step as the hub wants it; no column stands for every one."""
    if not columns and kind not in ANYWHERE:
        raise Unclear("Choose the column.")
    if kind in FIRST and not first.strip():
        raise Unclear(f"Fill in “{FIRST[kind][0]}”.")
    several: Step = {"step": kind, "columns": list(columns)}
    one: Step = {"step": kind, "column": columns[0] if columns else ""}
    match kind:
        case "date_format":
            return several | {"order": ORDERS[choice]}
        case "number_format":
            decimal, thousands = NUMBERS[choice]
            return several | {"decimal": decimal, "thousands": thousands}
        case "unit":
            return one | dict(zip(("from", "to"), UNITS[choice], strict=True))
        case "missing":
            return several | {"codes": [code.strip() for code in first.split(",")]}
        case "codes":
            return one | {"table": _table(first), "any_case": True}
        case "replace":
            return several | {"find": first, "with": second}
        case "trim_and_case":
            return several | {"case": CASES[choice]}
        case "constant":
            return one | {"value": first.strip()}
        case "duplicates":
            return {"step": kind, "key": list(columns), "keep": KEEP_ONE[choice]}
    return several


def _table(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    if not pairs or not all(mark for _, mark, _ in pairs):
        raise Unclear("Write pairs such as w=F, m=M.")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


class StepsEditor:
    """Widgets of the steps; `changed` is told the steps as they are to be."""

    def __init__(self, changed: Changed) -> None:
        self.changed = changed
        self.steps: list[Step] = []
        self.shown: Any = None
        self.list = pn.Column(sizing_mode="stretch_width", margin=0, styles={"gap": ".5rem"})
        self.kind = control(pn.widgets.Select(name="Another step", options=STEPS), basis="260px")
        self.column = control(
            pn.widgets.MultiChoice(name="Columns", options=[], placeholder=EVERY), basis="200px"
        )
        self.choice = control(pn.widgets.Select(name="Which", options=[]), basis="160px")
        self.first = control(pn.widgets.TextInput(name="Text"), basis="180px")
        self.second = control(pn.widgets.TextInput(name="Becomes"), basis="130px")
        self.add = button("Add the step", kind="default")
        self.said = content()
        self.kind.param.watch(self._show_fields, "value")
        self.add.on_click(self._add)
        self._show_fields()

    def view(self) -> Any:
        fields = row(self.kind, self.column, self.choice, self.first, self.second, self.add)
        return pn.Column(
            content("<h2>What is changed on the way in</h2>"), self.list, fields, self.said,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".6rem"},
        )  # fmt: skip

    def show(self, steps: list[Step], done: Sequence[Any], columns: list[str]) -> None:
        """The steps that are used, what each did, and the columns a further one may be for."""
        self.column.options = columns
        shown = (list(steps), list(done))
        if shown == self.shown:
            return  # a button that somebody is about to press must not be made anew
        self.steps, self.shown = list(steps), shown
        nothing = '<p class="quiet">Nothing: the cells go in as they stand in the file.</p>'
        results = [*done, *[None] * (len(steps) - len(done))]
        self.list.objects = [
            self._row(place, step, result)
            for place, (step, result) in enumerate(zip(steps, results, strict=False))
        ] or [content(nothing)]

    def _row(self, place: int, step: Step, done: Any) -> Any:
        told = content(f"{place + 1}. {step_said(step)}<br>{views.step_done(done)}")
        told.styles = {"flex": "1 1 260px"}
        number = place + 1
        earlier = self._small(
            f"Move {number} up", lambda: self._moved(place, -1), disabled=place == 0
        )
        last = place == len(self.steps) - 1
        later = self._small(f"Move {number} down", lambda: self._moved(place, 1), disabled=last)
        remove = self._small(f"Remove {number}", lambda: self._without(place))
        moves = (earlier, later) if len(self.steps) > 1 else ()
        return row(told, *moves, remove, align="center")

    def _small(
        self, name: str, wanted: Callable[[], list[Step]], *, disabled: bool = False
    ) -> pn.widgets.Button:
        made = button(name, kind="default")
        made.disabled = disabled
        made.styles = {"flex": "0 0 auto", "min-width": "70px"}

        async def act(_: Any) -> None:
            await self.changed(wanted())

        made.on_click(act)
        return made

    def _moved(self, place: int, by: int) -> list[Step]:
        steps = list(self.steps)
        steps.insert(place + by, steps.pop(place))
        return steps

    def _without(self, place: int) -> list[Step]:
        return [step for at, step in enumerate(self.steps) if at != place]

    def _show_fields(self, *_: Any) -> None:
        """Only what the chosen step needs."""
        kind = self.kind.value
        self.choice.visible, self.first.visible = kind in CHOICES, kind in FIRST
        self.second.visible = kind == "replace"
        if kind in CHOICES:
            name, options = CHOICES[kind]
            self.choice.param.update(name=name, options=options, value=options[0])
        if kind in FIRST:
            name, example = FIRST[kind]
            self.first.param.update(name=name, placeholder=example, value="")
        self.column.placeholder = EVERY if kind in ANYWHERE else "Choose"

    async def _add(self, _: Any) -> None:
        self.said.object = ""
        first = self.first.value_input or self.first.value
        second = self.second.value_input or self.second.value
        try:
            step = made(self.kind.value, self.column.value, self.choice.value, first, second)
        except Unclear as unclear:
            self.said.object = message("Not added yet", str(unclear))
            return
        self.column.value = []
        await self.changed([*self.steps, step])
