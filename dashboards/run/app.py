"""The page of one run: it shows how far the run is, then what came out."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from dashboards.components.followed import FollowedPage, Words
from dashboards.components.page import content, control, row
from dashboards.lineage.links import lineage_of
from dashboards.run import data, views
from dashboards.run.state import RunState
from dashboards.session import Session


class RunPage(FollowedPage[data.RunCard]):
    """Places of one open page."""

    words = Words(
        loading="the run",
        which="Which run?",
        choose="This address does not say which run. Choose one from the list.",
        missing="Run not found",
        hidden="There is no such run, or it is not published and somebody else's.",
        all="All runs",
        list="runs",
    )
    state_of = RunState
    load = data.load_run

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tables = content()
        self.trait = control(pn.widgets.Select(name="Trait", options={}))
        self.chooser = row(self.trait)
        self.chooser.visible = False
        self.pictures = row(align="stretch")
        self.markers = row(align="stretch")
        self.path = row(align="stretch")
        self.below = content()
        self.trait.param.watch(self._trait_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"id": "id", "trait": "trait"})
        pn.state.onload(self.open)
        first = (self.back,) if self.session.viewer.may("evaluations:run") else ()
        parts = (self.header, self.chooser, self.pictures, self.markers, self.tables, self.path,
                 self.below)  # fmt: skip
        return self.session.page("Run", "runs", *first, *parts)

    async def show(self, known: data.RunCard) -> None:
        """Put on the page what is known of the run."""
        origin = lineage_of(self.session, "evaluation", self.state.id)
        self.say(views.header(known, self._genotype_set(known), origin))
        if known.item["state"] != "done":
            self.tables.object = views.not_there(known)
            return
        self.tables.object = "".join(views.tables(known))
        self.path.objects = views.convergence(known)
        self.below.object = views.remarks(known) + views.computed(known)
        self._offer_traits(known)

    def _genotype_set(self, known: data.RunCard) -> str:
        chosen = urlencode({"id": known.item.get("genotype_set_id") or ""})
        return self.session.site.link(f"genotype-set?{chosen}")

    def _offer_traits(self, known: data.RunCard) -> None:
        traits = known.item["traits"]
        kept = self.state.trait if self.state.trait in traits else traits[0]
        self.state.trait = kept
        self.trait.param.update(options={known.name_of(t): t for t in traits}, value=kept)
        self.chooser.visible = len(traits) > 1
        self._draw()

    def _trait_chosen(self, _: Any) -> None:
        if self.known is not None and self.trait.value != self.state.trait:
            self.state.trait = self.trait.value
            self._draw()

    def _draw(self) -> None:
        known, trait = self.known, self.state.trait
        if known is not None:
            self.pictures.objects = views.trend(known, trait) + views.reliability(known, trait)
            self.markers.objects = views.markers(known, trait)
