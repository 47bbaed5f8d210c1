"""The worker tells a listener (Marquez, DataHub, a file) of every run, at least once.

Events wait in the database until the listener took them. One that cannot be reached is asked again
after 5 s, 10 s, and so on to an hour; meanwhile nothing is lost and no run waits.
"""

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlparse

import httpx

from hub.lineage import openlineage, repository
from hub.settings import Settings
from hub.storage.postgres import Engine

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
AT_ONCE = 100
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0
_OF_LISTENER = (OSError, httpx.HTTPError, httpx.InvalidURL)


class Listener(Protocol):
    async def tell(self, event: dict[str, Any]) -> None:
        """Hand over an event; raises OSError or httpx.HTTPError when it was not taken."""
        ...


class WebListener:
    """An HTTP endpoint that takes one event a request, as the OpenLineage API has it."""

    def __init__(self, url: str, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = url
        self._http = httpx.AsyncClient(headers=headers, timeout=10.0)

    async def tell(self, event: dict[str, Any]) -> None:
        answer = await self._http.post(self._url, json=event)
        answer.raise_for_status()


class FileListener:
    """A file that gets one line an event."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def tell(self, event: dict[str, Any]) -> None:
        await asyncio.to_thread(self._append, json.dumps(event) + "\n")

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def listener(url: str, key: str = "") -> Listener:
    """By its address: https://... or http://..., file:///... or a path."""
    parts = urlparse(url)
    if parts.scheme in ("http", "https"):
        return WebListener(url, key)
    return FileListener(Path(parts.path if parts.scheme == "file" else url))


async def keep(engine: Engine, settings: Settings, *, every: float = EVERY_SECONDS) -> None:
    """Tell what happened, until cancelled; without a listener there is nothing to do."""
    if not settings.openlineage_url:
        return
    key = settings.openlineage_key.get_secret_value()
    listening = listener(settings.openlineage_url, key)
    while True:
        try:
            told = await tell(engine, listening, settings.base_url)
        except Exception as error:  # the database may be back in a moment; nothing is lost
            told = 0
            log.warning("lineage events could not be sent", exc_info=error)
        if told < AT_ONCE:
            await asyncio.sleep(every)


async def tell(engine: Engine, listening: Listener, namespace: str) -> int:
    """Hand over what is due, in order; how many the listener took.

    After a failure of the listener the rest of these waits too. An event that fails by itself waits
    alone, so that it keeps no other back.
    """
    taken = 0
    due = await repository.due(engine, AT_ONCE)
    for row in due:
        try:
            if row["run"]:
                await listening.tell(openlineage.event(row, namespace))
        except Exception as error:
            if not isinstance(error, _OF_LISTENER):
                log.warning("lineage event %d could not be told", row["n"], exc_info=error)
            await repository.sent(engine, row["n"], _words(error), wait(row["tries"]))
            if isinstance(error, _OF_LISTENER) and not _refused(error):
                return taken
        else:
            await repository.sent(engine, row["n"])
            taken += 1
    return taken


def wait(tries: int) -> float:
    """Seconds until the next attempt."""
    return float(min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_WAIT))


def _refused(error: Exception) -> bool:
    """Whether the listener is there and wants other events, but not this one."""
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    status = error.response.status_code
    return 400 <= status < 500 and status not in (401, 403, 408, 429)


def _words(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"The listener answered {error.response.status_code}."
    return f"{type(error).__name__}: {error}"[:500]
