"""The page of one animal."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Missing
from dashboards.animals import (
    changes,
    data,
    family,
    growth,
    health,
    identity,
    milk,
    timeline,
    views,
)
from dashboards.animals.editor import Editor
from dashboards.animals.state import AnimalState
from dashboards.components.chosen import begin_unit
from dashboards.components.followed import FarmWatch
from dashboards.components.page import Link, button, content, loading, message, row
from dashboards.components.units import unit_chooser
from dashboards.lineage.data import VALUE, value_id
from dashboards.lineage.links import Links
from dashboards.session import Session, sorry

SHOW, HIDE = "Show what did not happen", "Hide what did not happen"


class AnimalPage:
    """Places of one open animal page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = AnimalState()
        self.known: data.AnimalCard | None = None
        self.watch = FarmWatch(session, self.refresh)
        self.unit = unit_chooser()
        self.ways = content()
        self.identity = content(loading("the animal"))
        self.values, self.pedigree, self.genotypes = content(), content(), content()
        self.weights, self.milk, self.health = content(), content(), content()
        self.photos, self.offspring, self.changes = content(), content(), content()
        self.pictures, self.charts = row(align="stretch"), row(align="stretch")
        self.records, self.footer = content(), content()
        self.timeline = content()
        self.voided = button(SHOW, kind="default", visible=False)
        self.all = button("Show all entries", kind="default", visible=False)
        self.editor = Editor(session, self.refresh)
        self.events = pn.Column(
            self.editor.view, self.timeline, row(self.all, self.voided, align="center"),
            self.editor.said, margin=0, sizing_mode="stretch_width", visible=False,
            styles={"gap": ".6rem", "background": "var(--paper)", "padding": "1rem",
                    "border": "1px solid var(--line)", "border-radius": "10px"},
        )  # fmt: skip
        self._drawn = ""
        self._every = False

    def view(self) -> Any:
        pn.state.location.sync(self.state, {name: name for name in ("id", "trait", "unit")})
        self.unit.styles = {"flex": "0 1 160px"}
        self._connect()
        pn.state.onload(self.open)
        self.identity.styles = {"flex": "1 1 280px"}
        self.values.styles = {"flex": "2 1 420px"}
        self.ways.styles = {"flex": "1 1 200px"}
        parts = (
            row(self.ways, self.unit), row(self.identity, self.values, align="stretch"),
            self.events, self.health, self.weights, self.milk, self.pictures, self.pedigree,
            self.offspring, self.photos, self.genotypes, self.charts, self.records, self.changes,
            self.footer,
        )  # fmt: skip
        return self.session.page("Animal", "animal", *parts)

    def _connect(self) -> None:
        self.unit.param.watch(self._unit_chosen, "value")
        self.voided.on_click(self._show_voided)
        self.all.on_click(self._show_all)
        pn.state.location.param.watch(self._asked_to_change, "hash")

    async def open(self) -> None:
        """Ask for the animal of the address and show it."""
        self.ways.object = Link("‹ All animals", self._herd()).html
        if not self.state.id:
            text = "This address does not say which animal. Choose one from the list."
            self.identity.object = message("Which animal?", text, Link("All animals", self._herd()))
            return
        await begin_unit(self.session, self.state, self.unit)
        await self.refresh()
        if self.known:
            self._asked_to_change()
            await self.watch.follow(self.known.farm["id"])

    async def refresh(self) -> None:
        """Ask again and change only what differs."""
        may = self.session.viewer.may
        try:
            known = await self.session.ask(
                data.load_card, self.session.hub, self.state.id, self.state.trait,
                genotypes=may("genotypes:read"), events=may("events:read"),
            )  # fmt: skip
        except Missing:
            text = "There is no such animal, or it is on a farm that you cannot see."
            link = Link("All animals", self._herd())
            self.identity.object = message("Animal not found", text, link)
            return
        except ApiError as error:
            if self.known is None:
                self.identity.object = sorry(error)
            return
        self.known = known
        self._show(known)

    def _show(self, known: data.AnimalCard) -> None:
        unit = self.unit.value
        herd = self._herd(farm=known.farm["id"])
        self.ways.object = self._ways(known, herd)
        self.identity.object = identity.identity(known, self._animal, herd)
        self.values.object = views.breeding_values(known, self._origin)
        self.pedigree.object = views.pedigree(known, self._animal)
        self.genotypes.object = views.genotypes(known, self._genotype_set, self._animal)
        self.health.object = health.health(known)
        self.weights.object = growth.weights(known, unit)
        self.milk.object = milk.lactations(known, unit)
        self.offspring.object = family.offspring(known, self._animal)
        self.photos.object = identity.photos(known.photos, self._photo)
        self.changes.object = changes.changes(known)
        self.records.object = views.record_list(known)
        self.footer.object = views.footer(known)
        self.events.visible = bool(known.state)
        for part in (self.genotypes, self.health, self.weights, self.milk, self.offspring,
                     self.photos, self.changes):  # fmt: skip
            part.visible = bool(part.object)
        self._draw(known, unit)
        self._show_timeline()

    def _draw(self, known: data.AnimalCard, unit: str) -> None:
        """Pictures are drawn again only when their numbers changed."""
        numbers = (unit, known.performance, known.lactations, known.records.to_dict("list"))
        if repr(numbers) != self._drawn:
            self._drawn = repr(numbers)
            self.pictures.objects = [*growth.picture(known, unit), *milk.pictures(known, unit)]
            self.charts.objects = views.records(known)

    def _show_timeline(self, *_: Any) -> None:
        if self.known:
            self.timeline.object = timeline.timeline(
                self.known, self.unit.value, voided=self.voided.name == HIDE, all=self._every,
                may=self._may_change,
            )  # fmt: skip
            self.voided.visible = any(one["voided"] for one in self.known.events)
            self.all.visible = not self._every and len(self.known.events) > timeline.FEW

    def _show_voided(self, _: Any) -> None:
        self.voided.name = SHOW if self.voided.name == HIDE else HIDE
        self._show_timeline()

    def _show_all(self, _: Any) -> None:
        self._every = True
        self._show_timeline()

    def _unit_chosen(self, _: Any) -> None:
        self.state.unit = self.unit.value
        if self.known:
            self._show(self.known)

    def _asked_to_change(self, *_: Any) -> None:
        """Open the entry that the address ends with."""
        id = pn.state.location.hash.removeprefix(timeline.CHANGE)
        events = self.known.events if self.known and self._may_change else []
        event = next((one for one in events if one["id"] == id and not one["voided"]), None)
        if event and self.known:
            self.editor.open(event, self.known.tags, self.unit.value)

    def _ways(self, known: data.AnimalCard, herd: str) -> str:
        """Back, the summary, and recording something of this animal."""
        id = known.animal["id"]
        links = [Link("‹ All animals", herd)]
        if self.session.viewer.may("reports:read"):
            links.append(Link("Summary (PDF)", self._file("summary.pdf", id)))
        if self._may_change:
            query = urlencode({"farm": known.farm["id"], "animal": known.animal["tag"]})
            links.append(Link("Record something", f"{self.session.site.link('season')}?{query}"))
        return f'<p class="ways">{" ".join(link.html for link in links)}</p>'

    @property
    def _may_change(self) -> bool:
        """Whether the viewer records on this farm."""
        own = bool(self.known and self.known.farm["may_write"])
        return own and self.session.viewer.may("events:write")

    def _file(self, name: str, id: str) -> str:
        return f"{self.session.site.link('files')}/{name}?{urlencode({'id': id})}"

    def _photo(self, id: str) -> str:
        return self._file("photo.jpg", id)

    @property
    def _chosen(self) -> dict[str, str]:
        """What goes along from page to page."""
        trait = {"trait": self.state.trait} if self.state.trait else {}
        return trait | {"unit": self.state.unit}

    def _animal(self, id: str) -> str:
        return f"{self.session.site.link('animal')}?{urlencode({'id': id} | self._chosen)}"

    def _genotype_set(self, id: str) -> str:
        return f"{self.session.site.link('genotype-set')}?{urlencode({'id': id})}"

    @property
    def _origin(self) -> views.Origin | None:
        """Where one sees from which files a breeding value comes."""
        if not self.session.viewer.may("lineage:read"):
            return None
        links = Links(self.session.site.link, self.session.viewer.may)
        return lambda evaluation, animal: links.lineage(VALUE, value_id(evaluation, animal))

    def _herd(self, **query: str) -> str:
        trait = {"trait": self.state.trait} if self.state.trait else {}
        chosen = urlencode(query | trait)
        return self.session.site.link("herd") + (f"?{chosen}" if chosen else "")
