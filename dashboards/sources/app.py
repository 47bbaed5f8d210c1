"""The page of watched places: what is looked into and when, what was taken, and setting up."""

from time import monotonic
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.components.acts import Act, Acts, done
from dashboards.components.data_pages import data_strip
from dashboards.components.followed import REFRESH_MILLISECONDS
from dashboards.components.page import button, content, loading, message, row
from dashboards.session import Session, sorry
from dashboards.sources import data, views
from dashboards.sources.form import SourceForm
from dashboards.sources.state import SourcesState

NEW = "new"
AFTERWARDS_SECONDS = 6.0
ACTS = {
    "run": Act("Look now", "Look into this place now?"),
    "pause": Act("Pause", "Look no more until you take it up again?"),
    "resume": Act("Take up again", "Follow the schedule again?"),
    "delete": Act("Watch no longer", "Watch it no longer? What was imported stays.", danger=True),
}


class SourcesPage:
    """Widgets and places of one open page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = SourcesState()
        self.found: data.Overview | None = None
        self.loading = False
        self.look_until = 0.0
        self.list, self.one, self.files = content(loading("watched places")), content(), content()
        self.said = content()
        self.acts = Acts(ACTS, self._do)
        self.add, self.edit = button("Watch a new place"), button("Change", kind="default")
        self.edit.visible = self.add.visible = False
        self.form = SourceForm(session, self._saved, self._shut)
        self.add.on_click(lambda _: self._open_form(new=True))
        self.edit.on_click(lambda _: self._open_form(new=False))

    def view(self) -> Any:
        pn.state.location.sync(self.state, {"id": "id"})
        pn.state.onload(self.open)
        strip = content(data_strip(self.session, "sources"))
        intro = content(f'<p class="quiet">{views.INTRO}</p>')
        return self.session.page(
            "Sources", "sources", strip, intro, self.list, row(self.add), self.said, self.one,
            *self.acts.parts, row(self.edit), self.form.view, self.files,
        )  # fmt: skip

    async def open(self) -> None:
        """Show the places; look again every two seconds while one is looked into."""
        await self.refresh()
        if self.state.id == NEW and self.found is not None:
            self._open_form(new=True)
        pn.state.add_periodic_callback(self._again, period=REFRESH_MILLISECONDS)

    async def _again(self) -> None:
        if self.found is not None and (self.found.busy or monotonic() < self.look_until):
            await self.refresh()

    async def refresh(self) -> None:
        """Ask again and show what changed; a slow answer is not asked for twice."""
        if self.loading:
            return
        self.loading = True
        try:
            self.found = await self.session.ask(data.load_overview, self.session.hub, self.state.id)
        except ApiError as error:
            self.list.object = sorry(error)
            return
        finally:
            self.loading = False
        if self.found.busy:
            self._follow()
        self._draw(self.found)

    def _follow(self) -> None:
        """Look again for a while: a run may end between two questions of one look."""
        self.look_until = monotonic() + AFTERWARDS_SECONDS

    def _draw(self, found: data.Overview) -> None:
        _say(self.list, views.sources(found, lambda id: self._link("sources", id)))
        self.add.visible = bool(found.places)
        one = found.one
        self.edit.visible = one is not None and not self.form.view.visible
        if one is None:
            gone = self.state.id not in {"", NEW}
            text = "It is watched no longer, or the address is wrong. Choose one from the list."
            _say(self.one, message("There is no such place", text) if gone else "")
            _say(self.files, "")
            self.acts.offer(())
            return
        names = {template["id"]: template["name"] for template in found.templates}
        _say(self.one, views.one(found, names.get(one["template_id"], "")))
        imports, sets = (
            (lambda id, page=page: self._link(page, id)) for page in ("import-run", "genotype-set")
        )
        _say(self.files, views.files(found, imports, sets))
        pause = "pause" if one["enabled"] else "resume"
        self.acts.offer([] if found.working(one) else ["run", pause, "delete"])

    def _link(self, page: str, id: str) -> str:
        return f"{self.session.site.link(page)}?{urlencode({'id': id})}"

    def _open_form(self, *, new: bool) -> None:
        if self.found is not None:
            _say(self.said, "")
            self.form.open(self.found, None if new else self.found.one)
            self.edit.visible = False

    def _shut(self) -> None:
        self.form.view.visible = False
        self.edit.visible = self.found is not None and self.found.one is not None

    async def _saved(self, id: str) -> None:
        self._shut()
        self.state.id = id
        _say(self.said, done("Kept."))
        await self.refresh()

    async def _do(self, verb: str) -> None:
        _say(self.said, "")
        await self.session.ask(data.act, self.session.hub, verb, self.state.id)
        self._follow()
        if verb == "delete":
            self._shut()
            self.state.id = ""
            _say(self.said, done("It is watched no longer. What was imported stays."))
        await self.refresh()


def _say(place: Any, html: str) -> None:
    """Change a place only where it differs, so that nothing flickers."""
    if place.object != html:
        place.object = html
    place.visible = bool(html)
