"""The form that a mating plan is made with: name, weights, limits, who takes part."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.page import button, content, control, message, row
from dashboards.mating_plan import data, views
from dashboards.mating_plan.state import CLOSENESS, PRNP_TYPES, RULES

Make = Callable[[dict[str, Any]], Awaitable[None]]

MOST = 2000
CHOICES_CSS = """
.choices__inner { background: #fff; border: 1px solid #98a39d; border-radius: 8px;
  min-height: 2.6rem; font: 1rem var(--font); }
.choices__input { background: #fff; font: 1rem var(--font); }
.choices .choices__inner .choices__list--multiple .choices__item {
  background: var(--green-tint); color: var(--green-dark); border: 1px solid var(--green);
  font: .95rem var(--font); }
.choices .choices__inner .choices__list--multiple .choices__button {
  filter: invert(1); border-left-color: #777; }
.choices__list--dropdown .choices__item { font: .95rem var(--font); }
"""
"""The chooser of many in our looks."""
NUMBER_CSS = ".bk-spin-btn { display: none !important; }"
"""Buttons without a name tell a screen reader nothing; arrow keys do the same."""


class PlanForm:
    """Widgets of a new plan; everything has a default that is sensible."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.start: data.Start | None = None
        self.points: dict[str, pn.widgets.FloatInput] = {}
        self.name = control(pn.widgets.TextInput(name="Name of the plan"), basis="240px")
        self.weights = row()
        self.usual = button("Usual weights again", kind="default")
        self.warn = control(pn.widgets.Select(
            name="Say so from an inbreeding of", options=CLOSENESS, value=0.0625))  # fmt: skip
        self.most = control(pn.widgets.Select(
            name="Never above an inbreeding of", options=CLOSENESS, value=0.125))  # fmt: skip
        self.carriers = control(pn.widgets.Select(
            name="Two carriers of one defect", options=RULES, value="forbid"))  # fmt: skip
        self.prnp = control(pn.widgets.Select(
            name="Worse scrapie type (PrP)", options=RULES, value="forbid"))  # fmt: skip
        self.worst = control(pn.widgets.Select(
            name="Worst PrP type allowed", options=PRNP_TYPES, value=3))  # fmt: skip
        self.each = control(pn.widgets.IntInput(
            name="Matings a male, at most (0: an even share)", value=0, start=0, end=MOST,
            stylesheets=[NUMBER_CSS]), basis="260px")  # fmt: skip
        self.males = _many("Males", "Add a male: type part of its tag")
        self.without = _many("Females to leave out", "Nobody; type part of a tag to leave one out")
        self.told, self.explained = content(), content()
        self.prnp_row = row(self.prnp, self.worst)
        self.find = button("Find the best matings")
        self.said = content()
        self.find.on_click(self._find)
        self.usual.on_click(lambda _: self._usual_weights())

    def view(self) -> Any:
        return pn.Column(
            content("<h3>Points for a good animal</h3>"),
            self.explained, self.weights, row(self.usual),
            content("<h3>Limits</h3>"),
            row(self.warn, self.most, self.carriers), self.prnp_row,
            content("<h3>Who takes part</h3>"),
            self.told, self.males, row(self.each), self.without,
            row(self.name, self.find), self.said,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"},
        )  # fmt: skip

    def say(self, html: str) -> None:
        self.said.object, self.said.visible = html, bool(html)

    def offer(self, start: data.Start) -> None:
        """The animals and traits of a farm."""
        self.start = start
        self.say("")
        self.name.value = f"Matings of {date.today():%B %Y}"
        self.told.object = views.candidates(start)
        males = {views.option(one): one.animal_id for one in start.males.itertuples()}
        own = [one.animal_id for one in start.males.itertuples()
               if one.farm == start.farm["name"]]  # fmt: skip
        self.males.param.update(options=males, value=own or list(males.values())[:5])
        females = {views.option(one): one.animal_id for one in start.females.itertuples()}
        self.without.param.update(options=females, value=[])
        self.prnp_row.visible = start.farm["species"] == "sheep"
        self.points = {
            one["trait"]: control(pn.widgets.FloatInput(
                name=one["name"], value=data.points_of(one), step=1.0, stylesheets=[NUMBER_CSS]),
                basis="160px")
            for one in start.index["traits"]
        }  # fmt: skip
        self.weights.objects = list(self.points.values())
        self.usual.visible = bool(self.points)

    def explain(self, start: data.Start, unit: str) -> None:
        """What the points mean, in the unit of the viewer."""
        self.explained.object = views.points_explained(start.index, unit)

    def _usual_weights(self) -> None:
        for one in self.start.index["traits"] if self.start else ():
            self.points[one["trait"]].value = data.points_of(one)

    def settings(self, start: data.Start) -> dict[str, Any]:
        """What the hub is asked for."""
        given = {trait: widget.value or 0.0 for trait, widget in self.points.items()}
        left_out = set(self.without.value)
        females = [one for one in start.females["animal_id"] if one not in left_out]
        return {
            **self.limits(),
            "name": (self.name.value_input or self.name.value).strip() or "Mating plan",
            "weights": data.weights_of(start.index, given),
            "most_females": self.each.value or None,
            "male_ids": list(self.males.value),
            **({"female_ids": females} if left_out else {}),
        }

    def limits(self) -> dict[str, Any]:
        """What a mating must not do, for a plan and for one pair alike."""
        return {
            "warn_inbreeding": self.warn.value,
            "most_inbreeding": self.most.value,
            "carriers": self.carriers.value,
            "prnp": self.prnp.value if self.prnp_row.visible else "ignore",
            "worst_prnp": self.worst.value,
        }

    async def _find(self, _: Any) -> None:
        start = self.start
        if start is None:
            return
        if not self.males.value:
            self.say(message("No male is chosen", "Choose at least one male under “Males”."))
            return
        self.find.disabled = True
        try:
            await self.make(self.settings(start))
        except ApiError as error:
            self.say(message("No plan was made", str(error.message)))
        finally:
            self.find.disabled = False


def _many(name: str, hint: str) -> pn.widgets.MultiChoice:
    return control(
        pn.widgets.MultiChoice(
            name=name, options={}, placeholder=hint, option_limit=100, search_option_limit=30,
            stylesheets=[CHOICES_CSS],
        ),
        basis="100%",
    )  # fmt: skip
