"""What has to be tidied from time to time: interrupted deletions and expired sessions."""

import asyncio
import logging
import time

from hub.chat import repository
from hub.settings import Settings
from hub.storage.dynamodb import SESSIONS, Store, open_store

EVERY_SECONDS = 600

log = logging.getLogger(__name__)


async def keep(settings: Settings, *, every: float = EVERY_SECONDS) -> None:
    """Tidy now and then, until cancelled; a store that is away is tidied when it is back."""
    if not settings.dynamodb_endpoint:
        return
    store = await asyncio.to_thread(open_store, settings)
    try:
        while True:
            try:
                await tidy(store)
            except Exception as error:  # the next time may succeed; nothing is lost
                log.warning("tidying conversations and sessions failed", exc_info=error)
            await asyncio.sleep(every)
    finally:
        store.close()


async def tidy(store: Store) -> None:
    """Finish deletions of conversations, and delete sessions past their time."""
    await store.run(repository.finish_deletions)
    await store.run(Store.sweep, SESSIONS, time.time())
