"""The columns of a file on the page, each with the choice of what it is used for."""

from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn

from dashboards.components.page import content, control, row
from dashboards.new_import import views
from dashboards.new_import.data import Seen
from dashboards.new_import.state import MOST_COLUMNS

Chosen = Callable[[str, str], Awaitable[None]]
_LONGEST_LABEL = 60


class ColumnsEditor:
    """One row a column; `chosen` is told a column and its use, also where the page set it."""

    def __init__(self, chosen: Chosen) -> None:
        self.chosen = chosen
        self.options: dict[str, str] = {}
        self.selects: dict[str, pn.widgets.Select] = {}
        self.texts: dict[str, Any] = {}
        self.list = pn.Column(sizing_mode="stretch_width", margin=0, styles={"gap": ".5rem"})
        self.more = content()

    def view(self) -> Any:
        return pn.Column(
            content("<h2>What the columns mean</h2>"), self.list, self.more,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".5rem"},
        )  # fmt: skip

    def show(self, seen: Seen, options: dict[str, str]) -> None:
        """The columns as they are used; widgets that are there stay, so that focus stays."""
        names = views.shown_columns(seen)
        if list(self.selects) != names or self.options != options:
            self._make(names, options)
        for name in names:
            self.texts[name].object = views.column(name, seen)
            use = seen.uses[name]
            if use not in self.options.values():
                # what a template or a suggestion names beside what is offered
                self.selects[name].options = {**options, use.partition(".")[2]: use}
            self.selects[name].value = use
        self.more.object = views.more_columns(len(seen.uses) - min(len(seen.uses), MOST_COLUMNS))

    def _make(self, names: list[str], options: dict[str, str]) -> None:
        self.options = options
        self.selects = {name: self._select(name) for name in names}
        self.texts = {name: content() for name in names}
        for text in self.texts.values():
            text.styles = {"flex": "2 1 240px"}
        self.list.objects = [
            row(self.texts[name], self.selects[name], align="center") for name in names
        ]

    def _select(self, name: str) -> pn.widgets.Select:
        made = control(
            pn.widgets.Select(name=f"{name[:_LONGEST_LABEL]} is", options=self.options),
            basis="220px",
        )

        async def chosen(_: Any) -> None:
            await self.chosen(name, made.value)

        made.param.watch(chosen, "value")
        return made
