"""Events get their place in the chain: every few seconds, by the worker, in batches."""

import asyncio
import os
import time

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.audit import anchors, repository
from hub.audit.chain import START, link_hash
from hub.observability import logging
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer, open_sealer

EVERY_SECONDS = 5.0
ANCHOR_SECONDS = 60.0
BATCH = 5000
PURPOSE = "audit:chain"

log = logging.get_logger(__name__)


async def keep(engine: Engine, settings: Settings, *, every: float = EVERY_SECONDS) -> None:
    """Seal what is new now and then, until cancelled; anchor the log at start and each minute."""
    sealer, path = open_sealer(settings), anchors.place(settings)
    anchored, next_anchor = max(anchors.read(path), default=0), 0.0
    while True:
        try:
            seq, head = await seal_all(engine, sealer)
            if seq != anchored and time.monotonic() >= next_anchor:
                await asyncio.to_thread(anchors.add, path, seq, head)
                anchored, next_anchor = seq, time.monotonic() + ANCHOR_SECONDS
        except Exception as error:  # the next time may succeed; events wait and are not lost
            log.warning("the audit log could not be sealed", exc_info=error)
        await asyncio.sleep(every)


async def seal_all(engine: Engine, sealer: Sealer, *, batch: int = BATCH) -> tuple[int, bytes]:
    """Chain every event that waits; the number of links and the last hash."""
    while True:
        async with engine.begin() as connection:
            seq, head, count = await seal(connection, sealer, batch)
        if count < batch:
            return seq, head


async def seal(
    connection: AsyncConnection, sealer: Sealer, batch: int = BATCH
) -> tuple[int, bytes, int]:
    """One batch in one transaction: last place, last hash, and how many events were chained."""
    end = await repository.head(connection)
    key = await _key(connection, sealer, end.sealed_key)
    seq, last = end.seq or 0, end.hash or START
    hashes, waiting = [], await repository.unsealed(connection, batch)
    for number, (event_id, digest) in enumerate(waiting, start=seq + 1):
        last = link_hash(key, last, number, event_id.bytes, end.moment, digest)
        hashes.append(last)
    if hashes:
        ids = [event_id for event_id, _ in waiting]
        await repository.seal(connection, seq + 1, end.moment, ids, hashes)
    return seq + len(hashes), last, len(hashes)


async def _key(connection: AsyncConnection, sealer: Sealer, sealed: str | None) -> bytes:
    """The chain's key: made once, sealed anew when the installation's key was changed."""
    if sealed is None:
        key = os.urandom(32)
    else:
        key = sealer.open(PURPOSE, sealed)
        if sealer.is_current(sealed):
            return key
    await repository.keep_key(connection, sealer.seal(PURPOSE, key))
    return key
