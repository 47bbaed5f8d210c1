"""The page of one genotype set: its parts are asked for when they are looked at."""

from typing import Any

import panel as pn

from agrigen.client import ApiError, Missing
from dashboards.components.acts import Act, Acts
from dashboards.components.page import Link, content, control, loading, message, row
from dashboards.genotype_set import data, views
from dashboards.genotype_set.parts import Origin, Parents, Quality, RegionView, Samples
from dashboards.genotype_set.state import (
    ORIGIN,
    PARENTS,
    PARTS,
    PLAIN_PARTS,
    QUALITY,
    REFRESH_MILLISECONDS,
    REGION,
    SAMPLES,
    USE,
    GenotypeSetState,
)
from dashboards.genotype_set.use import Use
from dashboards.session import Session, Site, open_session, sorry

ACTS = {
    "cancel": Act("Cancel", "Stop reading the files? What was read so far is thrown away.", True),
    "retry": Act("Try again", "Read the same files again?"),
}


def genotype_set_app(site: Site) -> Any:
    """The page for whoever opens it."""
    session = open_session(site)
    if not session.viewer.may("genotypes:read"):
        text = "Your account does not include genotypes."
        return session.refusal("Genotype set", "genotypes", text)
    return GenotypeSetPage(session).view()


class GenotypeSetPage:
    """Places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = GenotypeSetState()
        self.known: data.SetCard | None = None
        self.watching: Any = None
        self.header = content(loading("the genotype set"))
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
        back = content(Link("‹ All genotypes", self.session.site.link("genotypes")).html)
        parts = (back, self.header, *self.acts.parts, self.numbers, self.chooser, self.place)
        return self.session.page("Genotype set", "genotypes", *parts)

    async def open(self) -> None:
        """Show the set; look again every two seconds while it is being made."""
        if not self.state.id:
            text = "This address does not say which genotypes. Choose them from the list."
            self.header.object = message("Which genotypes?", text, self._list())
            return
        await self.refresh()
        if self.known is not None and self.known.busy:
            self._watch()

    def _list(self) -> Link:
        return Link("All genotypes", self.session.site.link("genotypes"))

    def _watch(self) -> None:
        if self.watching is None or not self.watching.running:
            self.watching = pn.state.add_periodic_callback(
                self.refresh, period=REFRESH_MILLISECONDS
            )

    async def refresh(self) -> None:
        """Ask again; stop asking when the set is there."""
        try:
            self.known = await self.session.ask(data.load_set, self.session.hub, self.state.id)
        except Missing:
            text = "There are no such genotypes, or they are of farms that you cannot see."
            self.header.object = message("Genotypes not found", text, self._list())
            return
        except ApiError as error:
            self.header.object = sorry(error)
            return
        self._show(self.known)
        if not self.known.busy and self.watching is not None:
            self.watching.stop()

    def _show(self, known: data.SetCard) -> None:
        header = views.header(known)
        if self.header.object != header:
            self.header.object = header
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
        if self.known is not None and self.known.busy:
            self._watch()
