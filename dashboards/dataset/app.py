"""The page of one version of a dataset: its parts are asked for when they are looked at."""

from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError
from dashboards.components.data_pages import data_strip
from dashboards.components.followed import FollowedPage, Words
from dashboards.components.page import content, row
from dashboards.components.parts import part_chooser
from dashboards.dataset import data, views
from dashboards.dataset.back import Back
from dashboards.dataset.line import version_line
from dashboards.dataset.parts import Cite, Compare, Content, Part, Tags
from dashboards.dataset.state import BACK, CITE, COMPARE, CONTENT, PARTS, TAGS, DatasetState
from dashboards.session import Session, sorry

ADDRESS = ("id", "part", "kind", "to", "table", "change", "start", "job", "made", "tried")


class DatasetPage(FollowedPage[data.Version]):
    """Places of one open page."""

    words = Words(
        loading="the dataset",
        which="Which dataset?",
        choose="This address does not say which version. Choose a dataset from the list.",
        missing="Dataset not found",
        hidden="There is no such version, or it has a farm in it that you do not see.",
        all="All datasets",
        list="datasets",
    )
    state_of = DatasetState
    load = data.load_version

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.line = content()
        self.part = part_chooser(PARTS, CONTENT)
        self.chooser = row(self.part)
        self.chooser.visible = False
        self.place = pn.Column(sizing_mode="stretch_width", margin=0)
        state = self.state
        self.parts: dict[str, Part] = {
            CONTENT: Content(session, state),
            COMPARE: Compare(session, state),
            CITE: Cite(session, state),
            TAGS: Tags(session, state, self.refresh),
            BACK: Back(session, state, self.refresh),
        }
        self.part.param.watch(self._part_chosen, "value")

    def view(self) -> Any:
        pn.state.location.sync(self.state, {name: name for name in ADDRESS})
        pn.state.onload(self.open)
        strip = content(data_strip(self.session, "datasets"))
        parts = (strip, self.back, self.header, self.line, self.chooser, self.place)
        return self.session.page("Dataset", "datasets", *parts)

    async def show(self, known: data.Version) -> None:
        """The head, the line of versions, and the part that the address names."""
        self.say(views.header(known, self._lineage(known)) + views.numbers(known))
        self.line.object = version_line(known, self._dataset)
        self.chooser.visible = True
        wanted = self.state.part if self.state.part in PARTS.values() else CONTENT
        if self.part.value != wanted:
            self.part.value = wanted
        elif not self.place.objects:
            await self._part_chosen()
        else:
            await self._open(self.parts[wanted], known)

    async def _part_chosen(self, *_: Any) -> None:
        """Show a part of the page; it asks the hub for what it needs."""
        if self.known is None or not self.part.value:
            return
        self.state.part = self.part.value
        part = self.parts[self.part.value]
        self.place.objects = [part.view()]
        await self._open(part, self.known)

    async def _open(self, part: Part, known: data.Version) -> None:
        try:
            await part.open(known)
        except ApiError as error:
            self.place.objects = [content(sorry(error))]

    def _dataset(self, id: str) -> str:
        return f"{self.session.site.link('dataset')}?{urlencode({'id': id})}"

    def _lineage(self, known: data.Version) -> str:
        if not self.session.viewer.may("lineage:read"):
            return ""
        chosen = urlencode({"type": "dataset", "id": known.item["id"]})
        return f"{self.session.site.link('lineage')}?{chosen}"
