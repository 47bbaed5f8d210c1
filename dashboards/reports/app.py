"""The page of reports: pictures and tables by subject, benchmarks, and files to keep."""

from typing import Any, ClassVar
from urllib.parse import urlencode

import panel as pn

from dashboards.components.farm_page import FarmPage
from dashboards.components.page import content, control, loading, row
from dashboards.reports import data, views
from dashboards.reports.pictures import pictures
from dashboards.reports.state import FIRST, LANGUAGES, SUBJECTS, ReportsState
from dashboards.session import Session

BENCHMARKS = "benchmarks"
LISTS = {"Animals": "animals", "Records": "records", "Events": "events"}


class ReportsPage(FarmPage):
    """Widgets and places of one open page of reports."""

    title, where, what = "Reports", "reports", "the report"
    address: ClassVar = {"subject": "subject", "language": "language", "year": "year"}

    def __init__(self, session: Session) -> None:
        super().__init__(session, ReportsState())
        self.found: data.Subject | None = None
        self.beside: data.Benchmarks | None = None
        self.subject = control(pn.widgets.Select(name="Subject", options=SUBJECTS, value=FIRST))
        self.language = control(
            pn.widgets.Select(name="Language", options=LANGUAGES), basis="130px"
        )
        self.year = control(pn.widgets.Select(name="Year", options={}), basis="110px")
        self.narrow = row(self.year)
        self.heading, self.tables, self.files = content(), content(), content()
        self.pictures = row(align="stretch")
        self.body.objects = [self.narrow, self.heading, self.pictures, self.tables, self.files]
        self.subject.param.watch(self._subject_chosen, "value")
        self.language.param.watch(self._language_chosen, "value")
        self.year.param.watch(self._year_chosen, "value")

    @property
    def choosers(self) -> tuple[Any, ...]:
        return self.subject, self.language

    async def load(self) -> None:
        """The subject in the address, of the chosen farm."""
        state = self.state
        self.subject.value = state.subject if state.subject in SUBJECTS.values() else FIRST
        self.language.value = state.language if state.language in LANGUAGES.values() else "en"
        await self._load_subject()

    async def _load_subject(self) -> None:
        ask, hub, farm = self.session.ask, self.session.hub, self.chosen["id"]
        name, language = self.subject.value, self.language.value
        self.found = self.beside = None
        if name == BENCHMARKS:
            year = self.state.year if self.state.year.isdigit() else ""
            self.beside = await ask(data.load_benchmarks, hub, farm, year, language)
        else:
            self.found = await ask(data.load_subject, hub, farm, name, language)
        self.redraw()

    def redraw(self) -> None:
        unit = self.state.unit
        self.pictures.objects, self.tables.object = [], ""
        self.narrow.visible = bool(self.beside and len(self.beside.years) > 1)
        if self.beside is not None:
            self._offer_years(self.beside)
            self.heading.object = views.benchmarks(self.beside, unit)
        elif self.found is not None:
            tables = {name: data.in_unit(one, unit) for name, one in self.found.tables.items()}
            shown = data.Subject(self.found.title, self.found.as_of, tables)
            self.heading.object = views.heading(shown)
            self.pictures.objects = pictures(self.subject.value, shown)
            empty = all(one.rows.empty for one in tables.values())
            self.tables.object = views.nothing() if empty else views.tables(shown, self._table_link)
        self.files.object = views.downloads(
            self._file("report.pdf"), self._file("report.xlsx"),
            {name: self._table_link(list_) for name, list_ in LISTS.items()},
        )  # fmt: skip

        self.pictures.visible = bool(self.pictures.objects)
        self.tables.visible = bool(self.tables.object)

    def _offer_years(self, beside: data.Benchmarks) -> None:
        shown = str(beside.item["year"] or "")
        options = beside.years
        if self.year.options != options or self.year.value != shown:
            self.state.year = shown
            self.year.param.update(options=options, value=shown or None)

    def _file(self, name: str, table: str = "") -> str:
        parts = [self.state.farm, self.language.value, *([table] if table else [])]
        return f"{self.session.site.link(f'files/{name}')}?{urlencode({'id': '.'.join(parts)})}"

    def _table_link(self, table: str) -> str:
        return self._file("table.csv", table)

    async def _subject_chosen(self, _: Any) -> None:
        if self.body.visible and self.subject.value != self.state.subject:
            self.state.subject = self.subject.value
            await self._again()

    async def _language_chosen(self, _: Any) -> None:
        if self.body.visible and self.language.value != self.state.language:
            self.state.language = self.language.value
            await self._again()

    async def _year_chosen(self, _: Any) -> None:
        if self.body.visible and (self.year.value or "") != self.state.year:
            self.state.year = self.year.value or ""
            await self._again()

    async def _again(self) -> None:
        self.heading.object = loading(self.what)
        await self.guarded(self._load_subject)
