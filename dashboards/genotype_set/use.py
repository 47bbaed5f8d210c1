"""Starting work with a genotype set: genomic breeding values, or an association study."""

from abc import ABC, abstractmethod
from html import escape
from typing import Any
from urllib.parse import urlencode

import panel as pn

import agrigen as ag
from agrigen.client import ApiError, Hub, Item
from dashboards.components.acts import done
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.genotype_set import data
from dashboards.genotype_set.parts import Part
from dashboards.session import Session
from dashboards.theme import words
from dashboards.together import together

METHODS = {
    "All animals of the pedigree, genotyped or not (single-step)": "single_step",
    "Genotyped animals only (GBLUP)": "gblup",
}
TESTS = {
    "Exact": "exact",
    "Fast (variances estimated once)": "approximate",
}
OF_GENES = frozenset({"animal", "genomic", "random"})


class Use(Part):
    """The two forms; each says what it will do before it does it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.traits: dict[str, Item] = {}
        self.models: dict[str, str] = {}
        self.trait = control(pn.widgets.Select(name="Trait", options={}))
        self.effects = control(
            pn.widgets.TextInput(name="Beside the genes", placeholder="sex + contemporary_group"),
            basis="420px",
        )
        self.name = control(pn.widgets.TextInput(name="Name"))
        self.waiting = content(loading("traits"))
        self.evaluation = StartEvaluation(self)
        self.association = StartAssociation(self)
        self.trait.param.watch(lambda _: self._fill(), "value")

    def view(self) -> Any:
        viewer = self.session.viewer
        forms = [self.evaluation.view()] if viewer.may("evaluations:run") else []
        forms += [self.association.view()] if viewer.may("associations:run") else []
        text = (
            "The records of the genotyped animals that you may read are frozen, and the work runs "
            "in the background. “Beside the genes” stands what else makes animals differ, as in "
            "the formula of a model: sex + contemporary_group + linear(age_days)."
        )
        intro = content(f'<h2>Start</h2><p class="quiet">{text}</p>')
        return self.stacked(intro, self.waiting, row(self.trait, self.effects, self.name), *forms)

    async def open(self, known: data.SetCard) -> None:
        self.known = known
        found = await self.session.ask(load_traits, self.session.hub, known.item)
        self.traits, self.models = found["traits"], found["models"]
        self.waiting.visible = False
        names = {one["name"] or words(code): code for code, one in self.traits.items()}
        first = next(iter(self.models), next(iter(self.traits), None))
        self.trait.param.update(options=names, value=first)
        self._fill()

    def _fill(self) -> None:
        """Effects of the published evaluation of the trait, where there is one."""
        code = self.trait.value
        if not code or self.known is None:
            return
        self.effects.value = self.models.get(code, "")
        trait = self.traits[code]["name"] or words(code)
        self.name.value = f"{trait}, {self.known.item['name']}"


def load_traits(hub: Hub, genotypes: Item) -> dict[str, Any]:
    """Traits of the species, and what stands beside the genes in models published for the farm."""
    species, farm = genotypes["species"], genotypes["farm_id"]
    got = together(
        traits=lambda: {
            one["code"]: one
            for one in hub.traits.iterate()
            if one["species"] in (None, "", species)
        },
        published=lambda: hub.evaluations.list(limit=100, published=True),
    )
    models: dict[str, str] = {}
    for evaluation in got["published"]:
        if farm not in evaluation.item["farm_ids"]:
            continue
        for code in evaluation.item["traits"]:
            if code in got["traits"]:
                models.setdefault(code, fixed_part(code, evaluation.item["model"]))
    return {"traits": got["traits"], "models": models}


def fixed_part(trait: str, model: dict[str, Any]) -> str:
    """The fixed effects and covariates of a model as the right side of a formula."""
    kept = [one for one in model.get("effects", ()) if one.get("type") not in OF_GENES]
    if not kept:
        return ""
    from agrigen.evaluation.notation import write_formula  # numerics: three seconds, once

    genes = {"name": "genes", "type": "animal", "column": "animal"}
    declared = {"traits": [trait], "effects": [*kept, genes], "estimate": "reml"}
    effects = ag.load_model(declared).model.effects[:-1]
    return " ".join(write_formula([trait], effects).split("~", 1)[1].split())


class Starter(ABC):
    """A title, a choice, a button, and what came of it."""

    TITLE = BUTTON = ""

    def __init__(self, use: Use) -> None:
        self.use = use
        self.button = button(self.BUTTON)
        self.said = content()
        self.button.on_click(self._start)

    def view(self) -> Any:
        title = content(f"<h3>{escape(self.TITLE)}</h3>")
        return self.use.stacked(title, row(*self.choices(), self.button), self.said)

    def choices(self) -> tuple[Any, ...]:
        return ()

    @abstractmethod
    def start(self, hub: Hub, effects: str, trait: str, name: str) -> Item:
        """Ask the hub for the work."""

    @abstractmethod
    def page(self) -> str:
        """The page on which it is followed."""

    async def _start(self, _: Any) -> None:
        use = self.use
        if use.known is None or not use.trait.value:
            return
        self.button.disabled = True
        try:
            made = await use.session.ask(
                self.start, use.session.hub, use.effects.value.strip(), use.trait.value,
                use.name.value.strip(),
            )  # fmt: skip
        except ApiError as error:
            self.said.object = message("It was not started", str(error))
            return
        finally:
            self.button.disabled = False
        where = f"{use.session.site.link(self.page())}?{urlencode({'id': made['id']})}"
        link = f'<p><a href="{escape(where)}">Open {escape(made["name"])}</a></p>'
        self.said.object = done("It is at work.") + link


class StartEvaluation(Starter):
    """Genomic breeding values; variances are estimated from the records."""

    TITLE, BUTTON = "Genomic breeding values", "Compute breeding values"

    def choices(self) -> tuple[Any, ...]:
        self.method = control(pn.widgets.Select(name="For", options=METHODS), basis="380px")
        return (self.method,)

    def start(self, hub: Hub, effects: str, trait: str, name: str) -> Item:
        beside = f"{effects} + " if effects else ""
        return hub.evaluations.create(
            f"{trait} ~ {beside}genomic(animal, method={self.method.value})",
            name=name or None,
            estimate="reml",
            genotypes=self.use.known.genotypes,
            species=self.use.known.item["species"],
        ).item

    def page(self) -> str:
        return "run"


class StartAssociation(Starter):
    """A study of every marker."""

    TITLE, BUTTON = "Association study", "Test all markers"

    def choices(self) -> tuple[Any, ...]:
        self.method = control(pn.widgets.Select(name="Method", options=TESTS))
        self.apart = control(
            pn.widgets.Checkbox(name="Leave a chromosome out of its own relationships", value=True)
        )
        return (self.method, self.apart)

    def start(self, hub: Hub, effects: str, trait: str, name: str) -> Item:
        return hub.associations.create(
            trait,
            self.use.known.genotypes,
            name=name or None,
            effects=effects or (),
            method=self.method.value,
            leave_one_chromosome_out=self.apart.value,
        ).item

    def page(self) -> str:
        return "association"
