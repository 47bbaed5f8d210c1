"""The page of mating plans: what counts, which limits, the plan, and one pair."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Missing
from agrigen.client.breeding import Plan
from dashboards.components.acts import Act, Acts
from dashboards.components.farm_page import FarmPage
from dashboards.components.page import content, control, message, row
from dashboards.components.parts import part_chooser
from dashboards.components.pieces import file_link
from dashboards.mating_plan import data, views
from dashboards.mating_plan.one_pair import OnePair
from dashboards.mating_plan.settings import PlanForm
from dashboards.mating_plan.state import NEW, PAGE_ROWS, PAIR, PLAN, VIEWS, MatingState
from dashboards.session import Session, sorry
from dashboards.theme import day

NO_PLAN = "No plan is open"


class MatingPage(FarmPage):
    """Widgets and places of one open page of mating plans."""

    title, where, what = "Mating plan", "mating-plan", "the farm's candidates"
    address: ClassVar = {"plan": "plan", "view": "view"}

    def __init__(self, session: Session) -> None:
        super().__init__(session, MatingState())
        self.start: data.Start | None = None
        self.kept = control(pn.widgets.Select(name="Kept plans", options={NO_PLAN: ""}))
        self.views = part_chooser(VIEWS, NEW)
        self.counts = content()
        self.form = PlanForm(self.make)
        self.result = PlanView(self._animal_link, self._file_link, self.delete)
        self.pair = OnePair(session, self)
        self.made = pn.Column(
            self.counts, self.form.view(), sizing_mode="stretch_width", margin=0,
            styles={"gap": "1rem"},
        )  # fmt: skip
        self.body.objects = [self.views, self.made, self.result.view(), self.pair.view()]
        self.views.param.watch(self._turned, "value")
        self.kept.param.watch(self._kept_chosen, "value")

    @property
    def choosers(self) -> tuple[Any, ...]:
        return (self.kept,)

    async def load(self) -> None:
        """The farm's candidates and plans, and the plan in the address."""
        ask, hub = self.session.ask, self.session.hub
        self.start = await ask(data.load_start, hub, self.chosen, self.farms)
        self.form.offer(self.start)
        self.pair.offer(self.start)
        self._offer_plans()
        known = [plan.item["id"] for plan in self.start.plans]
        wanted = self.state.plan if self.state.plan in known else ""
        await self._open_plan(wanted)
        self.redraw()
        view = self.state.view if self.state.view in VIEWS.values() else NEW
        self._show(view)

    def redraw(self) -> None:
        if self.start is not None:
            self.counts.object = views.index_card(self.start, self.state.unit)
            self.form.explain(self.start, self.state.unit)
            self.pair.redraw()

    async def make(self, settings: dict[str, Any]) -> None:
        """Ask for a plan; the page says how long it has taken and stays alive meanwhile."""
        start = self.start
        if start is None:
            return
        asked = asyncio.ensure_future(
            self.session.ask(
                self.session.hub.breeding.plan, start.farm["id"], settings.pop("name"), **settings
            )
        )
        waited = 0
        males = len(settings.get("male_ids") or start.males)
        females = len(settings.get("female_ids") or start.females)
        while not asked.done():
            self.form.say(views.planning(females, males, waited))
            await asyncio.wait({asked}, timeout=1.0)
            waited += 1
        plan = asked.result()
        self.form.say("")
        start.plans.insert(0, plan)
        self._offer_plans(plan.item["id"])
        await self._open_plan(plan.item["id"])
        self._show(PLAN)

    async def delete(self) -> None:
        """Throw the open plan away."""
        plan = self.result.plan
        if plan is None or self.start is None:
            return
        await self.session.ask(plan.delete)
        self.start.plans[:] = [one for one in self.start.plans if one is not plan]
        self._offer_plans()
        await self._open_plan("")

    def _offer_plans(self, chosen: str = "") -> None:
        plans = self.start.plans if self.start else []
        names = {_plan_name(plan, place, plans): plan.item["id"]
                 for place, plan in enumerate(plans)}  # fmt: skip
        options = {(NO_PLAN if plans else "None yet"): "", **names}
        with pn.io.hold():
            self.kept.param.update(options=options, value=chosen or "")

    async def _kept_chosen(self, _: Any) -> None:
        if self.kept.value != self.state.plan and self.start is not None:
            await self._open_plan(self.kept.value or "")
            self._show(PLAN if self.state.plan else NEW)

    async def _open_plan(self, id: str) -> None:
        """Show a plan, or that none is open."""
        self.state.plan = id
        if self.kept.value != id:
            self.kept.value = id
        plan = next((one for one in (self.start.plans if self.start else ())
                     if one.item["id"] == id), None)  # fmt: skip
        if plan is None:
            self.result.show(None)
            return
        try:
            await self.session.ask(plan.frame)  # lists of plans come without their matings
        except Missing:
            text = "It was deleted, or it is of a farm that you cannot see."
            self.result.say(message("Plan not found", text))
            return
        except ApiError as error:
            self.result.say(sorry(error))
            return
        self.result.show(plan)

    def _turned(self, _: Any) -> None:
        self._show(self.views.value)

    def _show(self, view: str) -> None:
        self.state.view = self.views.value = view
        self.made.visible = view == NEW
        self.result.place.visible = view == PLAN
        self.pair.place.visible = view == PAIR

    def _animal_link(self, id: str) -> str:
        return f"{self.session.site.link('animal')}?{urlencode({'id': id})}"

    def _file_link(self, id: str) -> str:
        return f"{self.session.site.link('files/matings.csv')}?{urlencode({'id': id})}"


def _plan_name(plan: Plan, place: int, plans: list[Plan]) -> str:
    """Two plans of one name and day are told apart by a number."""
    name = f"{plan.item['name']}, {day(plan.item['created_at'])}"
    same = [f"{one.item['name']}, {day(one.item['created_at'])}" for one in plans]
    return name if same.count(name) == 1 else f"{name} ({len(plans) - place})"


class PlanView:
    """A kept plan: numbers, matings page by page, males, females without a mate."""

    def __init__(
        self, animal: Callable[[str], str], file: Callable[[str], str], delete: Any
    ) -> None:
        self.animal, self.file = animal, file
        self.plan: Plan | None = None
        self.page = 0
        self.summary, self.list, self.rest = content(), content(), content()
        self.position = content()
        self.position.styles = {"flex": "8 1 100px"}
        self.back = control(pn.widgets.Button(name="‹ Back", disabled=True), basis="90px")
        self.next = control(pn.widgets.Button(name="Next ›", disabled=True), basis="90px")
        question = "Delete this plan? Its matings are not recorded anywhere else."
        act = Act("Delete the plan", question, danger=True)
        self.acts = Acts({"delete": act}, lambda _: delete())
        self.turning = row(self.position, self.back, self.next, align="center")
        self.back.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))

    def view(self) -> Any:
        self.place = pn.Column(
            self.summary, self.list, self.turning, self.rest, *self.acts.parts,
            sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"},
        )  # fmt: skip
        return self.place

    def show(self, plan: Plan | None) -> None:
        self.plan, self.page = plan, 0
        self.turning.visible = plan is not None
        self.acts.offer(("delete",) if plan else ())
        if plan is None:
            self.say('<p class="card">No plan is open. Choose one of the kept plans above, or make '
                     "a new one.</p>")  # fmt: skip
            return
        file = file_link("Download as a table (CSV)", self.file(plan.item["id"]))
        link = f"<p>{file}</p>"
        self.summary.object = views.summary(plan.item) + link
        self.rest.object = views.unmated(plan.item, self.animal) + views.males(
            plan.item, self.animal
        )
        self._draw()

    def say(self, html: str) -> None:
        self.summary.object, self.list.object, self.rest.object = html, "", ""
        self.turning.visible = False
        self.acts.offer(())

    def _turn(self, pages: int) -> None:
        self.page = max(0, self.page + pages)
        self._draw()

    def _draw(self) -> None:
        if self.plan is None:
            return
        found = self.plan.item["matings"]
        self.list.object = views.matings(data.page_of(found, self.page), self.animal)
        self.position.object = views.position(len(found), self.page)
        self.back.disabled = self.page == 0
        self.next.disabled = (self.page + 1) * PAGE_ROWS >= len(found)
