"""The page of genotype sets: what there is, and handing in files."""

from html import escape
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.acts import done
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import button, content, control, loading, message, row
from dashboards.genotypes import data, views
from dashboards.genotypes.state import (
    CODINGS,
    LARGEST_FILE,
    MATCHES,
    GenotypesState,
)
from dashboards.session import Session, sorry

ALL = "All farms"


class GenotypesPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = GenotypesState()
        self.found: data.Overview | None = None
        self.loading = False
        self.filter = control(pn.widgets.Select(name="Farm", options={ALL: ""}))
        self.list = content(loading("genotype sets"))
        self.form = UploadForm(session, self._made)
        self.filter.param.watch(self._farm_chosen, "value")

    @property
    def may_add(self) -> bool:
        return self.session.viewer.may("genotypes:write")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"farm": "farm", "file": "file"})
        pn.state.onload(self.open)
        intro = content(views.intro(plain=self.session.plain))
        self.filter.max_width = 380
        listed = (row(self.filter), self.list)
        form = (self.form.view(),) if self.may_add else ()
        # whoever comes with files wants to go on with them
        parts = (*form, *listed) if self.state.file else (*listed, *form)
        return self.session.page("Genotypes", "genotypes", intro, *parts)

    async def open(self) -> None:
        """Show the sets, then look again every two seconds while one is being made."""
        await self.refresh()
        if self.state.file and self.may_add:
            await self.form.begin_with(self.state.file)
        pn.state.add_periodic_callback(self._again, period=REFRESH_MILLISECONDS)

    async def _again(self) -> None:
        if self.found is not None and self.found.busy:
            await self.refresh()

    async def refresh(self) -> None:
        """Ask again and show what changed; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        try:
            self.found = await self.session.ask(
                data.load_overview, self.session.hub, self.state.farm
            )
        except ApiError as error:
            self.list.object = sorry(error)
            return
        finally:
            self.loading = False
        html = views.sets(self.found, self._set_link, may_add=self.may_add)
        if self.list.object != html:
            self.list.object = html
        farms = {one["name"]: one["id"] for one in self.found.farms.values()}
        self.filter.param.update(options={ALL: "", **farms}, value=self.state.farm)
        self.form.offer(data.writable(self.found.farms))

    async def _made(self) -> None:
        """A set is being made: its files are not offered again."""
        self.state.file = ""
        await self.refresh()

    def _set_link(self, id: str) -> str:
        return f"{self.session.site.link('genotype-set')}?{urlencode({'id': id})}"

    async def _farm_chosen(self, _: Any) -> None:
        if self.filter.value != self.state.farm:
            self.state.farm = self.filter.value
            await self.refresh()


class UploadForm:
    """Files, whose they are, and whether the usual rules are applied at once."""

    def __init__(self, session: Session, uploaded: Any) -> None:
        self.session, self.uploaded = session, uploaded
        self.there: list[Item] = []
        self.before = content()
        self.files = pn.widgets.FileDropper(
            multiple=True, max_files=3, max_file_size=LARGEST_FILE, previews=[], layout="compact",
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.name = control(
            pn.widgets.TextInput(name="Name", placeholder="Such as Lambs of 2026, 50K")
        )
        self.farm = control(pn.widgets.Select(name="Farm", options={}))
        self.match = control(pn.widgets.Select(name="Names of samples are", options=MATCHES))
        self.coding = control(pn.widgets.Select(name="Alleles (FinalReport)", options=CODINGS))
        self.rules = control(
            pn.widgets.Checkbox(name="Apply the usual rules of quality at once", value=False)
        )
        self.button = button("Hand in")
        self.said = content()
        self.nowhere = content(
            '<p class="card">You work on no farm that genotypes could go to.</p>'
        )
        self.nowhere.visible = False
        self.button.on_click(self._hand_in)

    def view(self) -> Any:
        self.body = pn.Column(
            content(f'<p class="quiet">{views.HOW_TO} {views.LARGE}</p>'),
            self.before,
            self.files,
            row(self.name, self.farm, self.match, self.coding),
            row(self.rules),
            row(self.button),
            self.said,
            sizing_mode="stretch_width",
            styles={"gap": ".75rem"},
        )
        title = content("<h2>Hand in genotypes</h2>")
        return pn.Column(title, self.body, self.nowhere, sizing_mode="stretch_width", margin=0)

    def offer(self, farms: list[Item]) -> None:
        """Farms that genotypes may go to."""
        options = {one["name"]: one["id"] for one in farms}
        self.body.visible, self.nowhere.visible = bool(farms), not farms
        if options != self.farm.options:
            self.farm.param.update(options=options, value=next(iter(options.values()), None))

    async def begin_with(self, ids: str) -> None:
        """Files that were handed in on the other page; more can be chosen beside them."""
        try:
            self.there = await self.session.ask(data.handed_in, self.session.hub, ids)
        except ApiError as error:
            self.said.object = message("These files cannot be used", error.message)
            return
        names = [one["name"] for one in self.there]
        self.before.object = views.there(self.there, data.wrong_files(names))
        self.name.value = PurePath(names[0]).name.partition(".")[0] if names else ""

    def _chosen(self) -> tuple[dict[str, Any], str]:
        """Files of the dropper, and what is wrong with them and those that were there before."""
        files = dict(self.files.value or {})
        if self.there and files:
            return files, (
                "Some files were handed in before, others are chosen here. Hand these in on the "
                "page “Hand in files”, too, or load this page without files."
            )
        return files, data.wrong_files(list(files) or [one["name"] for one in self.there])

    async def _hand_in(self, _: Any) -> None:
        files, unfit = self._chosen()
        name = self.name.value_input or self.name.value
        wrong = unfit or ("" if name.strip() else "Give the set a name.")
        if wrong:
            self.said.object = message("Not handed in yet", wrong)
            return
        settings = {
            "name": name.strip(), "farm": self.farm.value, "match": self.match.value,
            "coding": self.coding.value, "rules": {} if self.rules.value else None,
        }  # fmt: skip
        self.button.disabled = True
        self.said.object = f'<p role="status">Handing in {len(files or self.there)} files …</p>'
        given, how = (files, data.upload) if files else (self.there, data.make)
        try:
            made = await self.session.ask(how, self.session.hub, given, settings)
        except ApiError as error:
            self.said.object = message("The hub did not take it", data.refused(error))
            return
        finally:
            self.button.disabled = False
        self.files.value, self.there, self.before.object = {}, [], ""
        where = f"{self.session.site.link('genotype-set')}?{urlencode({'id': made['id']})}"
        self.said.object = done("Handed in; it is being read now.") + (
            f'<p><a href="{escape(where)}">Open {escape(made["name"])}</a></p>'
        )
        await self.uploaded()
