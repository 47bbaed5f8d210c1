"""The page of one genotype set: its parts are asked for when they are looked at."""

from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.acts import Act, Acts
from dashboards.components.followed import FollowedPage, Words
from dashboards.components.page import content, control, row
from dashboards.genotype_set import data, views
from dashboards.genotype_set.parts import Origin, Parents, Quality, RegionView, Samples
from dashboards.genotype_set.state import (
    ORIGIN,
    PARENTS,
    PARTS,
    PLAIN_PARTS,
    QUALITY,
    REGION,
    SAMPLES,
    USE,
    GenotypeSetState,
)
from dashboards.genotype_set.use import Use
from dashboards.lineage.links import lineage_of
from dashboards.lineage.state import BOTH
from dashboards.session import Session, sorry

ACTS = {
    "cancel": Act("Cancel", "Stop reading the files? What was read so far is thrown away.", True),
    "retry": Act("Try again", "Read the same files again?"),
}


class GenotypeSetPage(FollowedPage[data.SetCard]):
    """Places of one open page."""

    words = Words(
        loading="the genotype set",
        which="Which genotypes?",
        choose="This address does not say which genotypes. Choose them from the list.",
        missing="Genotypes not found",
        hidden="There are no such genotypes, or they are of farms that you cannot see.",
        all="All genotypes",
        list="genotypes",
    )
    state_of = GenotypeSetState
    load = data.load_set

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.acts = Acts(ACTS, self._do)
        self.numbers = content()
        names = PLAIN_PARTS if session.plain else PARTS
        self.part = control(
            pn.widgets.RadioButtonGroup(options=names, value=None, button_type="default")
        )
        self.chooser = row(self.part)
        self.chooser.visible = False
        self.parts = {
            QUALITY: Quality(session),
            SAMPLES: Samples(session),
            PARENTS: Parents(session),
            REGION: RegionView(session),
            ORIGIN: Origin(session),
            USE: Use(session),
        }
        self.place = pn.Column(sizing_mode="stretch_width", margin=0)
        self.part.param.watch(self._part_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"id": "id", "part": "part"})
        pn.state.onload(self.open)
        parts = (self.back, self.header, *self.acts.parts, self.numbers, self.chooser, self.place)
        return self.session.page("Genotype set", "genotypes", *parts)

    async def show(self, known: data.SetCard) -> None:
        """Put on the page what is known of the set."""
        origin = lineage_of(self.session, "genotype_set", self.state.id, direction=BOTH)
        self.say(views.header(known, origin))
        self.acts.offer(self._possible(known))
        if known.item["state"] != "done":
            self.numbers.object = views.not_there(known)
            return
        self.numbers.object = views.numbers(known)
        self.chooser.visible = True
        wanted = self.part.options.values()
        first = self.state.part if self.state.part in wanted else next(iter(wanted))
        if self.part.value != first:
            self.part.value = first
        elif not self.place.objects:
            pn.state.execute(self._part_chosen)

    async def _part_chosen(self, *_: Any) -> None:
        """Show a part of the page; it asks the hub for what it needs."""
        if self.known is None or not self.part.value:
            return
        self.state.part = self.part.value
        part = self.parts[self.part.value]
        self.place.objects = [part.view()]
        try:
            await part.open(self.known)
        except ApiError as error:
            self.place.objects = [content(sorry(error))]

    def _possible(self, known: data.SetCard) -> list[str]:
        if not self.session.viewer.may("genotypes:write"):
            return []
        again = known.item["state"] in {"failed", "cancelled"}
        return ["cancel"] if known.busy else ["retry"] if again else []

    async def _do(self, verb: str) -> None:
        await self.session.ask(data.act, self.session.hub, verb, self.state.id)
        await self.refresh()
        self.watch()
