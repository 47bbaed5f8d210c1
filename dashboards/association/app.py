"""The page of one study: how far it is, the genome, and what stands around a chosen marker."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.association import data, views
from dashboards.association.state import AssociationState
from dashboards.components.acts import Act, Acts
from dashboards.components.followed import FollowedPage, Words
from dashboards.components.page import content, control, row
from dashboards.lineage.links import lineage_of
from dashboards.session import Session, sorry

ACTS = {
    "cancel": Act("Cancel study", "Stop this study? What it computed so far is thrown away.", True),
    "retry": Act("Run again", "Run it again on the same frozen data?"),
    "publish": Act("Publish", "Publish? Everybody who may read associations then sees it."),
    "withdraw": Act("Withdraw", "Withdraw? It then disappears from everybody's pages.", True),
}
WHOLE = "the whole genome"


class AssociationPage(FollowedPage[data.Study]):
    """Places of one open page."""

    words = Words(
        loading="the study",
        which="Which study?",
        choose="This address does not say which study. Choose one from the list.",
        missing="Study not found",
        hidden="There is no such study, or it is not published and somebody else's.",
        all="All studies",
        list="associations",
    )
    state_of = AssociationState
    load = data.load_study

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.plot: Any = None
        self.place: Any = None
        self.acts = Acts(ACTS, self._do)
        self.numbers = content()
        self.chromosome = control(pn.widgets.Select(name="Show", options=[WHOLE]))
        self.chromosome.max_width = 380
        self.chooser = row(self.chromosome)
        self.chooser.visible = False
        self.genome = row(align="stretch")
        self.region = content()
        self.quantiles = row(align="stretch")
        self.tables = content()
        self.below = content()
        self.chromosome.param.watch(lambda _: self._zoom(), "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"id": "id", "marker": "marker"})
        pn.state.onload(self.open)
        self.quantiles.styles = {"max-width": "640px"}
        parts = (self.header, *self.acts.parts, self.numbers, self.chooser, self.genome,
                 self.region, self.tables, self.quantiles, self.below)  # fmt: skip
        return self.session.page("Association", "associations", self.back, *parts)

    async def show(self, known: data.Study) -> None:
        """Put on the page what is known of the study."""
        self.say(views.header(known, lineage_of(self.session, "association", self.state.id)))
        self.acts.offer(self._possible(known))
        if known.item["state"] != "done":
            self.numbers.object = views.not_there(known)
            return
        self.numbers.object = views.numbers(known)
        self._draw(known)
        self.tables.object = views.strongest(known)
        self.below.object = views.files(self._files()) + views.computed(known, self._genotypes())
        row = data.row_of(known, self.state.marker) if self.state.marker else None
        if row is not None:
            await self._show_region(row)

    def _draw(self, known: data.Study) -> None:
        card, self.plot, self.place = views.manhattan(known, self._tapped)
        self.genome.objects = [card]
        self.quantiles.objects = views.quantiles(known)
        names = {f"chromosome {name}": name for name in self.place.ends}
        self.chromosome.param.update(options={WHOLE: "", **names}, value="")
        self.chooser.visible = True

    def _zoom(self) -> None:
        if self.place is not None:
            start, stop = self.place.of(self.chromosome.value or "")
            self.plot.x_range.update(start=start, end=stop)

    def _tapped(self, row: int) -> None:
        async def show() -> None:
            await self._show_region(row)

        pn.state.execute(show)

    async def _show_region(self, row: int) -> None:
        """Markers and windows around a point."""
        if self.known is None:
            return
        try:
            found = await self.session.ask(data.load_region, self.known, row)
        except ApiError as error:
            self.region.object = sorry(error)
            return
        self.state.marker = found.marker
        self.region.object = views.region(self.known, found)

    def _possible(self, known: data.Study) -> list[str]:
        """What this viewer may do with the study in its present state."""
        viewer, item = self.session.viewer, known.item
        public = bool(item["published_at"] and not item["withdrawn_at"])
        run = viewer.may("associations:run") and (known.mine or viewer.may("jobs:manage"))
        publish = viewer.may("evaluations:publish")
        possible = {
            "cancel": known.busy and run,
            "retry": item["state"] in {"failed", "cancelled"} and run,
            "publish": item["state"] == "done" and not public and publish,
            "withdraw": public and publish,
        }
        return [verb for verb, allowed in possible.items() if allowed]

    async def _do(self, verb: str) -> None:
        await self.session.ask(data.act, self.session.hub, verb, self.state.id)
        await self.refresh()
        self.watch()

    def _files(self) -> dict[str, str]:
        made = {
            "All tests as a table (CSV)": "association.csv",
            "The picture along the genome for a publication (SVG)": "manhattan.svg",
            "Observed and expected for a publication (SVG)": "qq.svg",
        }
        chosen = urlencode({"id": self.state.id})
        return {name: self.session.site.link(f"files/{file}?{chosen}")
                for name, file in made.items()}  # fmt: skip

    def _genotypes(self) -> str:
        known = self.known.item["genotype_set_id"] if self.known else ""
        return self.session.site.link(f"genotype-set?{urlencode({'id': known})}")
