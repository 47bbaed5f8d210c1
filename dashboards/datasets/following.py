"""A freeze at work: how far it is, on the page that started it, also after it was loaded again."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import panel as pn

from agrigen.client import ApiError, Item
from dashboards.components.page import content
from dashboards.datasets import data, views
from dashboards.session import Session, sorry

FOLLOW_MILLISECONDS = 1000


class FreezeWatch:
    """Asks every second until it is over; the `state` of the page has `job` and `made`."""

    def __init__(self, session: Session, state: Any, ended: Callable[[], Awaitable[None]]) -> None:
        self.session, self.state, self.ended = session, state, ended
        self.place = content()
        self._watching: Any = None
        self._asking = False

    async def follow(self, asked: Item) -> None:
        """Look at a freeze that was just asked for."""
        self.state.param.update(job=asked["job_id"], made=asked["dataset_id"])
        await self.open()

    async def open(self) -> None:
        """Look at the one in the address."""
        if not self.state.job:
            return
        await self.look()
        if self._watching is None and self.state.job:
            self._watching = pn.state.add_periodic_callback(self.look, period=FOLLOW_MILLISECONDS)

    async def look(self) -> None:
        """Ask once; over is over."""
        if self._asking or not self.state.job:
            return
        self._asking = True
        try:
            job = await self.session.ask(data.load_job, self.session.hub, self.state.job)
        except ApiError as error:
            self._say(sorry(error))
            self._stop()
            return
        finally:
            self._asking = False
        made = f"{self.session.site.link('dataset')}?{urlencode({'id': self.state.made})}"
        self._say(views.followed(job, made))
        if not data.is_busy(job):
            self._stop()
            await self.ended()

    def _say(self, html: str) -> None:
        if self.place.object != html:
            self.place.object = html

    def _stop(self) -> None:
        self.state.param.update(job="", made="")
        if self._watching is not None:
            self._watching.stop()
            self._watching = None
