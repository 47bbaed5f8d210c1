"""Wrap the body of a job: who it runs as, what its states are, what its failures mean.

queued -> running -> done
                  -> failed      a sentence for people; "retry" queues it again
                  -> cancelled   asked for by somebody
                  -> queued      the worker stops or the database is away: tried again
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job as QueuedJob
from sqlalchemy.exc import SQLAlchemyError

from hub.actor import Actor
from hub.errors import HubError, Unavailable
from hub.jobs import repository
from hub.jobs.app import BULK, queue
from hub.jobs.run import Resources, Run, Stopped, TakenOver
from hub.permissions import Permission, Role, granted
from hub.storage.errors import translate
from hub.storage.transaction import Transaction, begin

log = logging.getLogger(__name__)
P = ParamSpec("P")

MOST_ATTEMPTS = 5
MOST_QUEUED = 200
"""Times the queue hands a job out, those included in which not even its start could be noted."""
LONGEST_ERROR = 5000
TELL_SECONDS = 1.0
AGAIN_SECONDS = 5

Follow = Callable[[Transaction, UUID, str, str], Awaitable[None]]
"""Told (tx, subject_id, state, error) when a job changes state, in the same transaction."""

FOLLOWERS: dict[str, Follow] = {}
NEEDED: dict[str, Permission] = {}
"""Both by kind of job; filled while the modules of bodies are imported."""


class TryAgain(Exception):
    """The attempt could not go on for a reason that passes."""


class _Restarts(BaseRetryStrategy):
    """Only what passes is tried again: a stopping worker at once, a lost database in seconds."""

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, TryAgain) and job.attempts < MOST_QUEUED:
            return RetryDecision(retry_in={"seconds": AGAIN_SECONDS})
        return None


def body(
    name: str, *, kind: str, needs: Permission, follow: Follow, queue_name: str = BULK
) -> Callable[[Callable[Concatenate[Run, P], Awaitable[None]]], Any]:
    """Declare the body of jobs of a kind: `async def body(run, *, ...)`.

    `needs` is what a person must hold to ask for such a job, cancel it and repeat it.
    """
    FOLLOWERS[kind], NEEDED[kind] = follow, needs

    def declare(function: Callable[Concatenate[Run, P], Awaitable[None]]) -> Any:
        async def attempt(context: JobContext, /, **arguments: Any) -> None:
            try:
                await _attempt(function, follow, context, **arguments)
            except (JobAborted, TryAgain):
                raise
            except Exception as error:  # not noted in the job: the queue must not drop it
                log.warning("a job's state could not be stored", exc_info=error)
                raise TryAgain from error

        task = queue.task(name=name, queue=queue_name, pass_context=True, retry=_Restarts())
        return task(attempt)

    return declare


async def _attempt(
    function: Callable[..., Awaitable[None]],
    follow: Follow,
    context: JobContext,
    *,
    job_id: str,
    person_id: str,
    **arguments: Any,
) -> None:
    resources: Resources = context.additional_context["resources"]
    actor = await _actor(resources, UUID(person_id), job_id)
    run = await _start(resources, actor, UUID(job_id), follow)
    if run is None:
        return
    over = asyncio.Event()
    teller = asyncio.create_task(_keep_telling(run, over))
    try:
        await _guarded(run, function, follow, arguments)
    finally:
        over.set()
        await teller


async def _actor(resources: Resources, person_id: UUID, job_id: str) -> Actor:
    """The person who asked, with the roles they have now; a disabled person has none."""
    nobody = Actor(person_id, "", frozenset(), frozenset(), request_id=f"job:{job_id}")
    async with begin(resources.engine, nobody) as tx:
        person = await repository.myself(tx.session)
    known = set(Role)
    roles = frozenset(Role(role) for role in person.roles if role in known) if person else None
    return Actor(
        person_id=person_id,
        username=person.username if person else "",
        roles=roles or frozenset(),
        permissions=granted(set(roles or ())),
        request_id=f"job:{job_id}",
    )


async def _start(resources: Resources, actor: Actor, job_id: UUID, follow: Follow) -> Run | None:
    """Begin an attempt, or None when the job was cancelled or is over."""
    async with begin(resources.engine, actor) as tx:
        number = await repository.start(tx.session, job_id)
        job = await repository.get(tx.session, job_id)
        if job is None:
            log.warning("a queued job has no row", extra={"job": str(job_id)})
            return None
        if number is None:
            await _cancel_unstarted(tx, job, follow)
            return None
        run = Run(job_id, number, actor, resources, job.progress, job.message)
        if number > MOST_ATTEMPTS:
            await _close(run, tx, follow, "failed", _GAVE_UP)
            return None
        if not actor.roles:
            await _close(run, tx, follow, "failed", _NO_LONGER_HERE)
            return None
        await follow(tx, job.subject_id, "running", "")
    return run


async def _cancel_unstarted(tx: Transaction, job: Any, follow: Follow) -> None:
    if job.cancel_requested and job.state in repository.OPEN:
        job.state, job.finished_at = "cancelled", datetime.now(UTC)
        await follow(tx, job.subject_id, "cancelled", "")


async def _keep_telling(run: Run, over: asyncio.Event) -> None:
    """Show progress and learn of cancelling, every second, whatever the body is doing."""
    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), TELL_SECONDS)
        try:
            await run.tell()
        except SQLAlchemyError:
            log.warning("progress could not be stored", extra={"job": str(run.job_id)})


async def _guarded(
    run: Run, function: Callable[..., Awaitable[None]], follow: Follow, arguments: dict[str, Any]
) -> None:
    try:
        await function(run, **arguments)
        if not run.finished:
            await _end(run, follow, "done", "")
    except TakenOver:
        log.warning("another attempt took over", extra={"job": str(run.job_id)})
    except Stopped:
        await _end(run, follow, "cancelled", "")
        raise JobAborted from None
    except asyncio.CancelledError:
        run.stop()
        await _requeue(run, follow)
        raise
    except Exception as error:  # noqa: BLE001  whatever it was, the person must hear of it
        await _failed(run, follow, error)


async def _failed(run: Run, follow: Follow, error: Exception) -> None:
    known = error if isinstance(error, HubError) else translate(error)
    if isinstance(known, Unavailable) and run.attempt < MOST_ATTEMPTS:
        log.warning("a store is away, trying again", extra={"job": str(run.job_id)})
        with suppress(SQLAlchemyError):  # the database itself may be what is away
            await _requeue(run, follow)
        raise TryAgain from error
    if known is None:
        log.error("a job failed", extra={"job": str(run.job_id)}, exc_info=error)
    await _end(run, follow, "failed", _told(known.message) if known else _UNEXPECTED)


def _told(message: str) -> str:
    """The message; what is long quotes a file, and every list of what failed would carry it."""
    return message if len(message) <= LONGEST_ERROR else f"{message[:LONGEST_ERROR]} ..."


async def _requeue(run: Run, follow: Follow) -> None:
    """Say that it waits again; the queue starts it anew."""
    async with begin(run.engine, run.actor) as tx:
        with suppress(TakenOver):
            await _close(run, tx, follow, "queued", "")


async def _end(run: Run, follow: Follow, state: str, error: str) -> None:
    async with begin(run.engine, run.actor) as tx:
        await _close(run, tx, follow, state, error)


async def _close(run: Run, tx: Transaction, follow: Follow, state: str, error: str) -> None:
    job = await repository.get(tx.session, run.job_id)
    over = None if state == "queued" else datetime.now(UTC)
    await run.close(tx, {"state": state, "error": error, "finished_at": over})
    if job is not None:
        await follow(tx, job.subject_id, state, error)


_UNEXPECTED = (
    "Something went wrong that should not have. It was written to the log under this job's id; "
    "try again, and tell the operators if it happens again."
)
_NO_LONGER_HERE = (
    "The person who asked for this can no longer sign in or has no role, so nothing was done."
)
_GAVE_UP = (
    f"The worker stopped {MOST_ATTEMPTS} times while at this job, so it is not tried again by "
    "itself. Look whether the machine has enough memory, then repeat the job."
)
