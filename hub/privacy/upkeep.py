"""Erasures go on and archives expire, beside the jobs of the worker."""

import asyncio

from hub.observability import logging
from hub.privacy import repository
from hub.privacy.erasing import Means, erase_due
from hub.settings import Settings
from hub.storage.dynamodb import open_store
from hub.storage.objects import open_objects
from hub.storage.postgres import Engine
from hub.storage.sealing import open_sealer

EVERY_SECONDS = 10.0

log = logging.get_logger(__name__)


async def keep(engine: Engine, settings: Settings, *, every: float = EVERY_SECONDS) -> None:
    """Look now and then, until cancelled; an erasure that was interrupted goes on."""
    means: Means | None = None
    while True:
        try:
            if means is None:
                store = await asyncio.to_thread(open_store, settings)
                means = Means(
                    engine, store, open_objects(settings), open_sealer(settings), settings
                )
            await erase_due(means)
            async with engine.begin() as connection:
                await repository.expire_exports(connection)
        except Exception as error:  # the next time may succeed; nothing is lost
            log.warning("erasures could not be looked after", exc_info=error)
        await asyncio.sleep(every)
