"""What the worker does for phones once a day: tombstones that no phone needs any more go."""

import asyncio
import logging

from hub.collect import repository
from hub.storage.postgres import Engine

log = logging.getLogger(__name__)

DAYS_AWAY = 400
"""How long a phone may stay away and still go on from where it was."""
EVERY_SECONDS = 24 * 3600.0


async def keep(engine: Engine, *, every: float = EVERY_SECONDS) -> None:
    """Tidy now and then, until cancelled."""
    while True:
        try:
            await purge(engine)
        except Exception as error:  # tomorrow may succeed; nothing is lost
            log.warning("old tombstones could not be deleted", exc_info=error)
        await asyncio.sleep(every)


async def purge(engine: Engine, days: int = DAYS_AWAY) -> int:
    """Delete old tombstones, and say how many; a phone that stayed away longer starts again."""
    return await repository.purge_tombstones(engine, days)
