"""Browsers in which people are signed in, noted in the store of sessions now and then.

A request never waits for it and never fails because of it.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.accounts import sessions
from hub.errors import HubError
from hub.observability import logging

if TYPE_CHECKING:
    from extensions.base.application import Application

log = logging.get_logger(__name__)

_MOST = 10_000


@dataclass(frozen=True)
class Sightings:
    """When each session was last noted by this process, and the notes that are on their way."""

    noted: dict[tuple[str, str], float] = field(default_factory=dict)
    writing: set["asyncio.Task[None]"] = field(default_factory=set)

    def note(
        self, application: "Application", username: str, session: str, *, address: str, agent: str
    ) -> None:
        """Note that somebody's browser was here, at most every few minutes."""
        now, key = time.monotonic(), (username, session)
        last = self.noted.get(key)
        if last is not None and now - last < sessions.SECONDS_BETWEEN_NOTES:
            return
        if len(self.noted) >= _MOST:
            self.noted.clear()
        self.noted[key] = now
        task = asyncio.create_task(_record(application, username, session, address, agent))
        self.writing.add(task)
        task.add_done_callback(self.writing.discard)


async def _record(
    application: "Application", username: str, session: str, address: str, agent: str
) -> None:
    try:
        store = await asyncio.to_thread(lambda: application.dynamodb)  # made at the first use
        await sessions.record(store, username, session, address=address, agent=agent)
    except HubError as error:
        log.warning("session not noted", code=error.code)
