"""What was found, as bars that are buttons: one for each rule and column."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import panel as pn

from agrigen.client import Item
from dashboards.import_run import views
from dashboards.import_run.places import styled
from dashboards.import_run.state import DISCARDED, REJECTED, ImportRunState
from dashboards.theme import CONTROL_CSS

MOST_BARS = 12
TINTS = {"error": "#f3c4c7", "warning": "#f7e1b0"}


def rows_of(one: Item, show: str) -> int:
    """How many of the rows that are looked at have this finding."""
    errors = one["severity"] == "error"
    if show == REJECTED:
        return int(one["waiting"]) if errors else 0
    if show == DISCARDED:
        return int(one["rows"] - one["waiting"]) if errors else 0
    return 0 if errors else int(one["rows"])


class Bars:
    """Bars of one look at an import; a pressed one narrows the rows, pressed again it does not."""

    def __init__(self, state: ImportRunState, chosen: Callable[[], Awaitable[None]]) -> None:
        self.state, self.chosen = state, chosen
        self.counts: Sequence[Item] = ()
        self.box = pn.Column(sizing_mode="stretch_width", margin=0, styles={"gap": ".35rem"})
        self.about = styled()
        self.view = pn.Column(
            self.box, self.about, sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"}
        )

    @property
    def one(self) -> Item | None:
        """The finding that is chosen, where it is still there."""
        wanted = (self.state.rule, self.state.column)
        return next((one for one in self.counts if (one["rule"], one["column"]) == wanted), None)

    def left(self, counts: Sequence[Item]) -> bool:
        """Whether rows of the chosen bar are left; also when none is chosen."""
        wanted = (self.state.rule, self.state.column)
        return wanted == ("", "") or any(
            (one["rule"], one["column"]) == wanted and rows_of(one, self.state.show)
            for one in counts
        )

    def show(self, counts: Sequence[Item]) -> None:
        """Draw the bars of what is looked at, the longest first."""
        self.counts = counts
        found = [(rows_of(one, self.state.show), one) for one in counts]
        found = sorted((one for one in found if one[0]), key=lambda one: -one[0])[:MOST_BARS]
        longest = max((rows for rows, _ in found), default=1)
        self.box.objects = [self._bar(one, rows, rows / longest) for rows, one in found]
        self.view.visible = bool(found)
        self.about.object = views.explained(self.one) if self.one else ""

    def _bar(self, one: Item, rows: int, share: float) -> Any:
        pressed = one is self.one
        name = f"{'✓ ' if pressed else ''}{views.rule_name(one)} · {rows:,}"
        bar = pn.widgets.Button(name=name, margin=0, sizing_mode="stretch_width")
        tint, end = TINTS[one["severity"]], f"{share * 100:.0f}%"
        edge = "box-shadow: inset 0 0 0 2px var(--green-dark);" if pressed else ""
        bar.stylesheets = [
            CONTROL_CSS,
            ":host(.solid) .bk-btn.bk-btn-default, .bk-btn.bk-btn-default { "
            "text-align: left; white-space: normal; "
            f"overflow-wrap: anywhere; {edge}"
            f"background: linear-gradient(90deg, {tint} {end}, #fff {end}); }}",
        ]

        async def press(_: Any) -> None:
            await self._press(one)

        bar.on_click(press)
        return bar

    async def _press(self, one: Item) -> None:
        again = one is self.one
        self.state.rule, self.state.column = ("", "") if again else (one["rule"], one["column"])
        self.state.after = ""
        self.show(self.counts)
        await self.chosen()
