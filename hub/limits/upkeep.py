"""Counts of people who stopped asking are deleted now and then, so that the tables stay small."""

import asyncio
import logging

from hub.limits import repository
from hub.storage.postgres import Engine

log = logging.getLogger(__name__)

EVERY_SECONDS = 300.0
IDLE_SECONDS = 3600.0
"""Longer than any window: a bucket this old is full, a guess this old counts no more."""


async def keep(engine: Engine, *, every: float = EVERY_SECONDS) -> None:
    """Tidy now and then, until cancelled."""
    while True:
        try:
            await repository.forget(engine, IDLE_SECONDS)
        except Exception as error:  # the next time may succeed; nothing is lost
            log.warning("old counts of requests could not be deleted", exc_info=error)
        await asyncio.sleep(every)
