"""The form that asks for an export: what, of which farms, which rows, as which files."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.farms import farm_names
from dashboards.components.page import button, content, control, message, row
from dashboards.components.parts import part_chooser
from dashboards.components.several import Several
from dashboards.exports import data, views
from dashboards.exports.state import (
    FORMATS,
    GENOTYPE_FORMATS,
    GENOTYPES,
    STATUSES,
    TABLES,
    WHAT,
    ExportsState,
)
from dashboards.session import Session
from dashboards.theme import day, words

HINT = "Days, traits and kinds narrow the tables that have them; the others stay whole."
Started = Callable[[Item], Awaitable[None]]


class ExportForm:
    """Every choice is kept in the address."""

    def __init__(self, session: Session, state: ExportsState, started: Started) -> None:
        self.session, self.state, self.started = session, state, started
        self.what = part_chooser(WHAT, TABLES)
        self.farms, self.tables = Several("Farms"), Several("Tables")
        self.start = control(pn.widgets.DatePicker(name="From"), basis="150px")
        self.end = control(pn.widgets.DatePicker(name="To"), basis="150px")
        self.trait = control(pn.widgets.Select(name="Trait", options={"All": ""}))
        self.event = control(pn.widgets.Select(name="Kind of event", options={"All": ""}))
        self.status = control(pn.widgets.Select(name="Animals", options=STATUSES), basis="150px")
        self.format = control(pn.widgets.Select(name="As", options=FORMATS), basis="300px")
        self.set = control(pn.widgets.Select(name="Genotype set", options={}), basis="300px")
        self.set_format = control(pn.widgets.Select(name="Format", options=GENOTYPE_FORMATS))
        self.button = button("Make the files")
        self.said = content()
        self.button.on_click(self._make)

    def view(self) -> Any:
        narrowed = row(self.start, self.end, self.trait, self.event, self.status)
        hint = content(f'<h3>Which rows</h3><p class="quiet">{HINT}</p>')
        self.format.max_width = 480
        self.of_tables = _stacked(
            self.farms.view, self.tables.view, hint, narrowed, row(self.format)
        )
        self.of_genotypes = _stacked(row(self.set, self.set_format))
        parts = (self.what, self.of_tables, self.of_genotypes, row(self.button), self.said)
        return _stacked(content("<h2>Take along</h2>"), *parts)

    def offer(self, found: data.Choices) -> None:
        """What there is, with what the address says chosen."""
        state = self.state
        farms = farm_names(found.farms)
        named = [one for one in state.farms.split(",") if one in farms.values()]
        self.farms.offer(farms, named or list(farms.values())[:1])
        tables = {f"{one['title']}: {one['sentence']}": one["name"] for one in found.tables}
        kinds = [one for one in state.kinds.split(",") if one in tables.values()]
        self.tables.offer(tables, kinds)
        traits = {one["name"] or words(one["code"]): one["code"] for one in found.traits}
        _choose(self.trait, {"All": ""} | traits, state.trait)
        _choose(self.event, {"All": ""} | {words(one): one for one in found.events}, state.event)
        sets = {_set_name(one): one["id"] for one in found.genotypes}
        _choose(self.set, sets, state.genotypes)
        _choose(self.format, FORMATS, state.format)
        _choose(self.set_format, GENOTYPE_FORMATS, state.genotype_format)
        _choose(self.status, STATUSES, state.status)
        self.start.value, self.end.value = _day(state.start), _day(state.end)
        self.what.visible = bool(sets)
        self.what.value = GENOTYPES if sets and state.what == GENOTYPES else TABLES
        self._remember()
        self._watch()

    def _watch(self) -> None:
        chosen = (self.what, self.farms.boxes, self.tables.boxes, self.start, self.end, self.trait,
                  self.event, self.status, self.format, self.set, self.set_format)  # fmt: skip
        for one in chosen:
            one.param.watch(self._remember, "value")

    def _remember(self, *_: Any) -> None:
        """Keep every choice in the address, and show the form that belongs to it."""
        self.state.param.update(
            what=self.what.value, farms=",".join(self.farms.value),
            kinds=",".join(self.tables.value), start=_iso(self.start.value),
            end=_iso(self.end.value), trait=self.trait.value or "", event=self.event.value or "",
            status=self.status.value or "", format=self.format.value,
            genotypes=self.set.value or "", genotype_format=self.set_format.value,
        )  # fmt: skip
        self.of_tables.visible = self.what.value == TABLES
        self.of_genotypes.visible = self.what.value == GENOTYPES

    def asked(self) -> dict[str, Any]:
        """What the form says."""
        if self.what.value == GENOTYPES:
            return {"genotype_set": self.set.value or "", "format": self.set_format.value}
        state = self.state
        filters = {"from": state.start, "to": state.end}
        lists = {"traits": state.trait, "events": state.event, "status": state.status}
        chosen = {name: value for name, value in filters.items() if value}
        narrowed = {name: [value] for name, value in lists.items() if value}
        return {"farms": self.farms.value, "kinds": self.tables.value, "format": self.format.value,
                "filters": chosen | narrowed}  # fmt: skip

    async def _make(self, _: Any) -> None:
        asked = self.asked()
        wrong = views.missing(asked)
        if wrong:
            self.said.object = message("Not made yet", wrong)
            return
        self.said.object = ""
        self.button.disabled = True
        try:
            await self.started(await self.session.ask(data.create, self.session.hub, asked))
        except ApiError as error:
            self.said.object = message("The hub does not make it", str(error))
        finally:
            self.button.disabled = False


def _stacked(*things: Any) -> pn.Column:
    return pn.Column(*things, sizing_mode="stretch_width", margin=0, styles={"gap": ".75rem"})


def _choose(widget: Any, options: dict[str, str], value: str) -> None:
    there = value if value in options.values() else next(iter(options.values()), None)
    widget.param.update(options=options, value=there)


def _set_name(one: Item) -> str:
    return f"{one['name']}, version {one['version']}, {day(one['created_at'])}"


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
