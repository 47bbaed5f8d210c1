"""Use cases of background work: ask for it, follow it, cancel it, ask for it again."""

from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from hub import audit
from hub.errors import Conflict, Missing
from hub.jobs import policy, repository
from hub.jobs.app import BULK
from hub.jobs.body import FOLLOWERS, NEEDED
from hub.jobs.models import Job
from hub.jobs.schemas import JobRead, JobsQuery
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

FINAL = frozenset({"done", "failed", "cancelled"})


async def create(
    tx: Transaction,
    kind: str,
    subject_id: UUID,
    task: str,
    *,
    queue: str = BULK,
    lock: str | None = None,
    **arguments: Any,
) -> JobRead:
    """Queue the body named `task`; it runs as the actor, if and only if the transaction commits.

    Jobs with an equal `lock` run one after the other.
    """
    job = Job(
        id=new_id(), person_id=tx.actor.person_id, kind=kind, subject_id=subject_id, state="queued"
    )
    await repository.add(tx.session, job)
    known = {"job_id": str(job.id), "person_id": str(job.person_id), **arguments}
    job.queue_id = await repository.enqueue(tx.session, task, queue, lock, known)
    return JobRead.model_validate(await repository.flush(tx.session, job))


async def get(tx: Transaction, job_id: UUID) -> JobRead:
    """One job, as far as it is now."""
    tx.actor.require(Permission.JOBS_READ)
    return JobRead.model_validate(await _job(tx, job_id))


async def search(tx: Transaction, query: JobsQuery) -> Page[JobRead]:
    """Jobs one may know of, newest first."""
    tx.actor.require(Permission.JOBS_READ)
    page = await repository.search(tx.session, query)
    return Page([JobRead.model_validate(job) for job in page.items], page.next_cursor)


async def cancel(tx: Transaction, job_id: UUID) -> JobRead:
    """Ask a job to stop: one that waits is over at once, one that runs within seconds."""
    job = await _job(tx, job_id, lock=True)
    policy.require_steer(tx.actor, job, NEEDED.get(job.kind))
    if job.state in FINAL:
        raise Conflict("jobs.over", f"The job is {job.state} already; there is nothing to cancel.")
    job.cancel_requested = True
    await audit.write(tx, "jobs:cancel", subject_id=job.id, kind=job.kind, about=job.subject_id)
    if job.state == "queued":
        await _move(tx, job, "cancelled")
    return JobRead.model_validate(await repository.flush(tx.session, job))


async def retry(tx: Transaction, job_id: UUID) -> JobRead:
    """Run a failed or cancelled job again, as the person who asked first."""
    job = await _job(tx, job_id, lock=True)
    policy.require_steer(tx.actor, job, NEEDED.get(job.kind))
    if job.state not in {"failed", "cancelled"} or job.queue_id is None:
        raise Conflict(
            "jobs.not_over", f"The job is {job.state}; only a failed or cancelled one is repeated."
        )
    entry = await repository.queue_entry(tx.session, job.queue_id)
    if entry is None:
        raise Conflict("jobs.forgotten", "The job is too old to be repeated. Start it anew.")
    job.queue_id = await repository.enqueue(
        tx.session, entry.task_name, entry.queue_name, entry.lock, entry.args
    )
    job.cancel_requested, job.error, job.attempts = False, "", 0
    job.progress, job.message = 0.0, ""
    await _move(tx, job, "queued")
    await audit.write(tx, "jobs:retry", subject_id=job.id, kind=job.kind, about=job.subject_id)
    return JobRead.model_validate(await repository.flush(tx.session, job))


class HasJob(Protocol):
    """What a job works for: an import, an evaluation."""

    job_id: UUID | None


def of(subject: HasJob) -> UUID:
    """The job that works for this."""
    if subject.job_id is None:
        raise Conflict("jobs.none", "There is no job for this, so nothing to cancel or repeat.")
    return subject.job_id


async def _move(tx: Transaction, job: Job, state: str) -> None:
    """Change the state of a job that no worker holds, and of what it works for."""
    job.state = state
    job.finished_at = datetime.now(UTC) if state in FINAL else None
    if follow := FOLLOWERS.get(job.kind):
        await follow(tx, job.subject_id, state, "")


async def _job(tx: Transaction, job_id: UUID, *, lock: bool = False) -> Job:
    job = await repository.get(tx.session, job_id, lock=lock)
    if job is None:
        raise Missing("jobs.not_found", "There is no such job that you may see.")
    return job
