"""What the worker does for watched places: queue the runs whose time has come.

Several workers may look; an advisory lock lets one of them hand out at a time, and a run is queued
in the transaction that moves the source's time on, so it is queued once.
"""

import asyncio
import logging
from datetime import UTC, datetime
from uuid import UUID

from hub import accounts
from hub.actor import Actor
from hub.errors import HubError
from hub.etl.watching import repository, rules, service
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction, begin

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
_NOBODY = Actor("", "", frozenset(), frozenset(), request_id="schedule")  # type: ignore[arg-type]


async def keep(engine: Engine, settings: Settings) -> None:
    """Hand out runs until cancelled."""
    while True:
        try:
            await hand_out(engine)
        except Exception as error:  # the next look may succeed; what is due stays due
            log.warning("sources that are due could not be queued", exc_info=error)
        await asyncio.sleep(settings.sources_look_seconds)


async def hand_out(engine: Engine) -> int:
    """Queue what is due; how many runs."""
    async with begin(engine, _NOBODY) as tx:
        if not await repository.alone(tx.session):
            return 0
        found = await repository.due(tx.session, MOST_AT_ONCE)
        return sum([await _queue(engine, *one) for one in found])


async def _queue(engine: Engine, source_id: UUID, person_id: UUID) -> bool:
    """Queue a run; where that is refused, put the next one off, so that others have their turn."""
    try:
        actor = await accounts.actor_of(engine, person_id, request_id="schedule")
    except HubError as error:  # who left this moment; at the next look the source is paused
        _log(source_id, error)
        return False
    try:
        async with begin(engine, actor) as tx:
            return await _queue_as(tx, source_id)
    except HubError as error:
        _log(source_id, error)
        async with begin(engine, actor) as tx:
            await service.follow(tx, source_id, "failed", str(error))
        return False


async def _queue_as(tx: Transaction, source_id: UUID) -> bool:
    """Queue a run in the name of who set the source up, and say when the next one is."""
    row = await repository.get_if_due(tx.session, source_id)
    if row is None:
        return False
    row.next_run_at = rules.next_run(row.schedule, row.timezone, datetime.now(UTC))
    if await service.is_open(tx, row):
        return False
    await service.queue(tx, row)
    return True


def _log(source_id: UUID, error: HubError) -> None:
    log.warning("a source could not be queued", extra={"source": str(source_id)}, exc_info=error)
