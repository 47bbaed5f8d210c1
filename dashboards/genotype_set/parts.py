"""The parts of the page of a genotype set: quality, samples, parents, a region, its origin."""

from html import escape
from typing import Any, ClassVar
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.components import charts, genome
from dashboards.components.acts import done
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.genotype_set import data, quality, views
from dashboards.genotype_set.state import REGION_ANIMALS, SHOWN, WHICH_PARENTS, WHICH_SAMPLES
from dashboards.session import Session


class Part:
    """What all parts know: the viewer, and where animals and sets are shown."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known: data.SetCard | None = None

    def animal(self, id: str) -> str:
        return f"{self.session.site.link('animal')}?{urlencode({'id': id})}"

    def genotype_set(self, id: str) -> str:
        return f"{self.session.site.link('genotype-set')}?{urlencode({'id': id})}"

    def stacked(self, *things: Any) -> pn.Column:
        return pn.Column(*things, sizing_mode="stretch_width", margin=0, styles={"gap": "1rem"})


class Quality(Part):
    """The report with its pictures, and the form that applies rules."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.summary = content(loading("the quality report"))
        self.pictures = row(align="stretch")
        self.rules = RulesForm(session)

    def view(self) -> Any:
        may = self.session.viewer.may("genotypes:write")
        return self.stacked(self.summary, self.pictures, *((self.rules.view(),) if may else ()))

    async def open(self, known: data.SetCard) -> None:
        report = await self.session.ask(known.genotypes.quality)
        plain = self.session.plain
        self.summary.object = quality.summary(report, plain=plain)
        self.pictures.objects = quality.pictures(report, plain=plain)
        self.rules.offer(known, report["rules"])


class RulesForm(Part):
    """Rules of quality, which make a new version."""

    LABELS: ClassVar = {
        "sample_call_rate": "Least call rate of samples",
        "marker_call_rate": "Least call rate of markers",
        "minor_frequency": "Least frequency of the rarer allele",
        "hardy_weinberg": "Least p of Hardy-Weinberg",
    }

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.fields = {name: self._field(label) for name, label in self.LABELS.items()}
        self.name = control(pn.widgets.TextInput(name="Name of the new version"))
        self.button = button("Make a version by these rules")
        self.said = content()
        self.button.on_click(self._make)

    def _field(self, label: str) -> Any:
        return control(pn.widgets.TextInput(name=label, placeholder="off"), basis="190px")

    def view(self) -> Any:
        text = (
            "A new version holds what passes; this one stays as it is. Leave a field empty to "
            "switch its rule off."
        )
        title = content(f'<h2>Apply rules</h2><p class="quiet">{text}</p>')
        rules = row(*self.fields.values())
        return self.stacked(title, rules, row(self.name, self.button), self.said)

    def offer(self, known: data.SetCard, rules: dict[str, Any]) -> None:
        """Start from the rules of the report."""
        self.known = known
        for name, field in self.fields.items():
            value = rules.get(name)
            field.value = "" if value is None else f"{value:g}"
        self.name.value = known.item["name"]

    async def _make(self, _: Any) -> None:
        wanted = {name: _number(field.value) for name, field in self.fields.items()}
        wrong = [self.LABELS[name] for name, value in wanted.items() if value == "wrong"]
        if wrong or self.known is None:
            text = f"{', '.join(wrong)}: give a number from 0 to 1, such as 0.95, or nothing."
            self.said.object = message("No version made", text)
            return
        try:
            made = await self.session.ask(
                data.derive, self.session.hub, self.known.item["id"], self.name.value, wanted
            )
        except ApiError as error:
            self.said.object = message("The hub did not take it", str(error))
            return
        where = escape(self.genotype_set(made["id"]))
        self.said.object = done("The new version is being made.") + (
            f'<p><a href="{where}">Open version {made["version"]}</a></p>'
        )


def _number(text: str) -> float | str | None:
    """A share from 0 to 1; None for nothing, "wrong" for anything else."""
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return "wrong"
    return value if 0 <= value <= 1 else "wrong"


class Samples(Part):
    """Samples with their animals; a search finds one among thousands."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.text = control(pn.widgets.TextInput(name="Find", placeholder="Name of a sample"))
        self.which = control(pn.widgets.Select(name="Show", options=list(WHICH_SAMPLES)))
        self.list = content(loading("samples"))
        self.text.param.watch(self._again, "value")
        self.which.param.watch(self._again, "value")

    def view(self) -> Any:
        return self.stacked(row(self.text, self.which), self.list)

    async def open(self, known: data.SetCard) -> None:
        self.known = known
        await self._again()

    async def _again(self, *_: Any) -> None:
        if self.known is None:
            return
        which, text = self.which.value, self.text.value.strip()
        rows = await self.session.ask(data.load_samples, self.known, text, WHICH_SAMPLES[which])
        more = len(rows) == SHOWN
        self.list.object = views.samples(rows, self.animal, plain=self.session.plain, more=more)


class Parents(Part):
    """Recorded parents and what the genotypes say."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        options = list(WHICH_PARENTS)
        first = "all" if session.plain else "to look at"
        self.which = control(pn.widgets.Select(name="Show", options=options, value=first))
        self.which.max_width = 380
        self.list = content(loading("parents"))
        self.which.param.watch(self._again, "value")

    def view(self) -> Any:
        return self.stacked(row(self.which), self.list)

    async def open(self, known: data.SetCard) -> None:
        self.known = known
        await self._again()

    async def _again(self, *_: Any) -> None:
        if self.known is None:
            return
        which = WHICH_PARENTS[self.which.value]
        rows = await self.session.ask(data.load_parents, self.known, which)
        self.list.object = views.parents(rows, which, self.animal, plain=self.session.plain)


class RegionView(Part):
    """Genotypes of some animals between two places of a chromosome."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.chromosome = control(pn.widgets.Select(name="Chromosome", options=[]), basis="120px")
        self.start = control(
            pn.widgets.FloatInput(name="From, Mb", value=0.0, start=0), basis="110px"
        )
        self.stop = control(
            pn.widgets.FloatInput(name="To, Mb", value=None, start=0, placeholder="end"),
            basis="110px",
        )
        self.names = control(
            pn.widgets.TextInput(
                name="Samples", placeholder=f"The first {REGION_ANIMALS}, or names with commas"
            )
        )
        self.button = button("Show")
        self.note = content()
        self.picture = row(align="stretch")
        self.button.on_click(self._show)

    def view(self) -> Any:
        fields = row(self.chromosome, self.start, self.stop, self.names, self.button)
        return self.stacked(fields, self.note, self.picture)

    async def open(self, known: data.SetCard) -> None:
        self.known = known
        names = data.chromosomes(known)
        if names != self.chromosome.options:
            self.chromosome.param.update(options=names, value=next(iter(names), None))
            await self._show(None)

    async def _show(self, _: Any) -> None:
        if self.known is None or not self.chromosome.value:
            return
        span = (self.start.value or 0.0, self.stop.value)
        if span[1] is not None and span[1] <= span[0]:
            self.note.object = message("No region", "“To” must be larger than “From”.")
            return
        try:
            found = await self.session.ask(
                data.load_region, self.known, self.chromosome.value, span,
                data.names_in(self.names.value),
            )  # fmt: skip
        except ApiError as error:
            self.note.object = message("No region", str(error))
            self.picture.objects = []
            return
        self.note.object = views.region_note(found)
        self.picture.objects = _region(found)


def _region(found: Any) -> list[Any]:
    if not found["markers"] or not found["samples"]:
        return []
    names = [one["name"] for one in found["samples"]]
    markers = [one | {"marker": one["name"]} for one in found["markers"]]
    return [charts.panel_of(genome.region(markers, names, found["dosages"]), "Genotypes")]


class Origin(Part):
    """Where the set comes from, and its other versions."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.text = content()

    def view(self) -> Any:
        return self.text

    async def open(self, known: data.SetCard) -> None:
        chosen = urlencode({"id": known.item["id"]})
        names = {
            "Samples as a table (CSV)": "samples.csv",
            "Parents as a table (CSV)": "parents.csv",
            "Markers as a table (CSV)": "markers.csv",
        }
        files = {
            name: self.session.site.link(f"files/{file}?{chosen}") for name, file in names.items()
        }
        self.text.object = views.origin(known, self.genotype_set, files)
