"""The worker: a process that takes jobs from the queue, and revives those of killed workers.

A worker beats its heart every few seconds. When a heart has been still for `dead_after` seconds,
the jobs of that worker are queued again by whichever worker looks first; their bodies are
idempotent, and an attempt that comes back to life can write nothing more (hub/jobs/run.py).
So after kill -9 a job goes on within `dead_after + look_every` seconds: 35 by default.
"""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from procrastinate import App, PsycopgConnector

from hub.jobs.app import BULK, INTERACTIVE, SEARCH_PATH, queue
from hub.jobs.run import Resources
from hub.settings import Settings
from hub.storage.objects import open_objects
from hub.storage.postgres import make_engine

log = logging.getLogger(__name__)

DAYS_REPEATABLE = 30
"""A job that ended is repeated from its entry in the queue, which is kept this long."""
PRUNE_SECONDS = 6 * 3600

_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Pulse:
    """Seconds. `dead_after` is several beats, or a busy worker would be taken for a dead one."""

    beat: float = 5.0
    dead_after: float = 30.0
    look_every: float = 5.0
    time_to_stop: float = 8.0


async def run(settings: Settings, *, pulse: Pulse | None = None) -> None:
    """Work until asked to stop (SIGINT, SIGTERM); jobs that do not end in time are queued again."""
    pulse = pulse or Pulse()
    url = settings.database_url.get_secret_value()
    connector = PsycopgConnector(
        conninfo=url, kwargs={"options": f"-c search_path={SEARCH_PATH}"}, min_size=1, max_size=4
    )
    engine = make_engine(settings)
    resources = Resources(engine, open_objects(settings), settings)
    try:
        with queue.replace_connector(connector) as app:
            async with app.open_async():
                with _stopping_on_signals():
                    await _work(app, resources, pulse)
    finally:
        await engine.dispose()


async def _work(app: App, resources: Resources, pulse: Pulse) -> None:
    """Two lanes, so that a long evaluation does not hold up a small import."""
    lanes = {INTERACTIVE: 2, BULK: 1}
    async with asyncio.TaskGroup() as group:
        for name, seats in lanes.items():
            group.create_task(_lane(app, name, seats, resources, pulse))
        group.create_task(_keep_reviving(app, pulse))
        group.create_task(_keep_pruning(app))


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """SIGINT and SIGTERM end the block in good order: lanes finish or hand back what they do."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked: list[int] = []

    def stop(number: int) -> None:
        asked.append(number)
        if task is not None:
            task.cancel()

    for number in _STOPS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    except asyncio.CancelledError:
        if not asked or task is None:
            raise
        task.uncancel()
        log.info("the worker was asked to stop")
    finally:
        for number in _STOPS:
            loop.remove_signal_handler(number)


async def _lane(app: App, name: str, seats: int, resources: Resources, pulse: Pulse) -> None:
    await app.run_worker_async(
        queues=[name],
        name=name,
        concurrency=seats,
        install_signal_handlers=False,  # two lanes would overwrite each other's
        additional_context={"resources": resources},
        shutdown_graceful_timeout=pulse.time_to_stop,
        update_heartbeat_interval=pulse.beat,
        stalled_worker_timeout=pulse.dead_after,
        fetch_job_polling_interval=1.0,
    )


async def _keep_reviving(app: App, pulse: Pulse) -> None:
    while True:
        try:
            await revive(app, pulse.dead_after)
        except Exception as error:  # the next look may succeed; without it nothing revives
            log.warning("looking for stalled jobs failed", exc_info=error)
        await asyncio.sleep(pulse.look_every)


async def _keep_pruning(app: App) -> None:
    while True:
        try:
            await prune(app)
        except Exception as error:  # the next time may succeed; nothing is lost
            log.warning("old entries of the queue could not be deleted", exc_info=error)
        await asyncio.sleep(PRUNE_SECONDS)


async def prune(app: App, days: int = DAYS_REPEATABLE) -> None:
    """Delete entries of the queue that ended long ago; jobs themselves stay."""
    await app.job_manager.delete_old_jobs(
        24 * days, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def revive(app: App, dead_after: float) -> int:
    """Queue the jobs of dead workers again; how many."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=dead_after))
    for job in stalled:
        log.warning("a worker died; its job is queued again", extra={"queue_id": job.id})
        await app.job_manager.retry_job(job)
    await app.job_manager.prune_stalled_workers(dead_after)
    return len(stalled)
