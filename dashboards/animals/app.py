"""The page of one animal."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Missing
from dashboards.animals import data, views
from dashboards.animals.state import AnimalState
from dashboards.components.page import Link, content, loading, message, row
from dashboards.session import Session, Site, open_session, sorry


def animal_app(site: Site) -> Any:
    """The page for whoever opens it."""
    session = open_session(site)
    if not session.viewer.may("animals:read"):
        text = "Your account does not include animals and breeding values of farms."
        return session.refusal("Animal", "animal", text)
    return AnimalPage(session).view()


class AnimalPage:
    """Places of one open animal page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = AnimalState()
        self.identity = content(loading("the animal"))
        self.values = content()
        self.pedigree = content()
        self.genotypes = content()
        self.charts = row(align="stretch")
        self.records = content()
        self.footer = content()

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"id": "id", "trait": "trait"})
        pn.state.onload(self.open)
        self.identity.styles = {"flex": "1 1 280px"}
        self.values.styles = {"flex": "2 1 420px"}
        top = row(self.identity, self.values, align="stretch")
        back = content(Link("‹ All animals", self._herd()).html)
        parts = (back, top, self.pedigree, self.genotypes, self.charts, self.records, self.footer)
        return self.session.page("Animal", "animal", *parts)

    async def open(self) -> None:
        """Ask for the animal of the address and show it."""
        if not self.state.id:
            text = "This address does not say which animal. Choose one from the list."
            self.identity.object = message("Which animal?", text, Link("All animals", self._herd()))
            return
        try:
            known = await self.session.ask(
                data.load_card, self.session.hub, self.state.id, self.state.trait,
                genotypes=self.session.viewer.may("genotypes:read"),
            )  # fmt: skip
        except Missing:
            text = "There is no such animal, or it is on a farm that you cannot see."
            link = Link("All animals", self._herd())
            self.identity.object = message("Animal not found", text, link)
            return
        except ApiError as error:
            self.identity.object = sorry(error)
            return
        self._show(known)

    def _show(self, known: data.AnimalCard) -> None:
        herd = self._herd(farm=known.farm["id"])
        self.identity.object = views.identity(known, self._animal, herd)
        self.values.object = views.breeding_values(known)
        self.pedigree.object = views.pedigree(known, self._animal)
        self.genotypes.object = views.genotypes(known, self._genotype_set, self._animal)
        self.genotypes.visible = bool(known.genotypes)
        self.charts.objects = views.records(known)
        self.records.object = views.record_list(known)
        self.footer.object = views.footer(known)

    def _animal(self, id: str) -> str:
        trait = {"trait": self.state.trait} if self.state.trait else {}
        return f"{self.session.site.link('animal')}?{urlencode({'id': id} | trait)}"

    def _genotype_set(self, id: str) -> str:
        return f"{self.session.site.link('genotype-set')}?{urlencode({'id': id})}"

    def _herd(self, **query: str) -> str:
        trait = {"trait": self.state.trait} if self.state.trait else {}
        chosen = urlencode(query | trait)
        return self.session.site.link("herd") + (f"?{chosen}" if chosen else "")
