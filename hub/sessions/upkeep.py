"""Rows about sessions that say nothing any more are taken out from time to time."""

import asyncio
import logging

from hub.sessions import ledger
from hub.storage.postgres import Engine

EVERY_SECONDS = 3600.0

log = logging.getLogger(__name__)


async def keep(engine: Engine, *, every: float = EVERY_SECONDS) -> None:
    """Tidy now and then, until cancelled; the items in DynamoDB are swept with the others."""
    while True:
        try:
            await ledger.tidy(engine)
        except Exception as error:  # the next time may succeed; nothing is lost
            log.warning("tidying sessions failed", exc_info=error)
        await asyncio.sleep(every)
