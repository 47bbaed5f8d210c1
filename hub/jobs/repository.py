"""Queries about jobs, and the one place that writes to the queue."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.jobs.app import queue
from hub.jobs.models import Job
from hub.jobs.schemas import JobsQuery
from hub.storage.paging import Page, fetch_page

_MYSELF = text("SELECT username, app.my_roles() AS roles FROM app.person WHERE id = app.me()")
OPEN = ("queued", "running")


async def add(session: AsyncSession, job: Job) -> Job:
    session.add(job)
    await session.flush()
    return job


async def get(session: AsyncSession, job_id: UUID, *, lock: bool = False) -> Job | None:
    statement = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def search(session: AsyncSession, query: JobsQuery) -> Page[Job]:
    wanted = {"state": query.state, "kind": query.kind, "subject_id": query.subject_id}
    statement = select(Job).filter_by(**{k: v for k, v in wanted.items() if v is not None})
    return await fetch_page(
        session, statement, [Job.id], cursor=query.cursor, limit=query.limit, descending=True
    )


async def flush(session: AsyncSession, job: Job) -> Job:
    await session.flush()
    await session.refresh(job)
    return job


async def enqueue(
    session: AsyncSession, task: str, queue_name: str, lock: str | None, arguments: dict[str, Any]
) -> int:
    """Put a call of the named body in the queue, in this session's transaction."""
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    deferrer = queue.configure_task(
        task, allow_unknown=True, queue=queue_name, lock=lock, connection=raw
    )
    return await deferrer.defer_async(**arguments)


async def queue_entry(session: AsyncSession, queue_id: int) -> Any:
    """How a job was queued: task, queue, lock and arguments."""
    statement = text(
        "SELECT task_name, queue_name, lock, args FROM jobs.procrastinate_jobs WHERE id = :id"
    )
    return (await session.execute(statement, {"id": queue_id})).one_or_none()


async def myself(session: AsyncSession) -> Any:
    """User name and present roles of the person that the transaction was opened for."""
    return (await session.execute(_MYSELF)).one_or_none()


async def start(session: AsyncSession, job_id: UUID) -> int | None:
    """Mark as running and give the number of this attempt; None when it should not run."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_(OPEN), ~Job.cancel_requested)
        .values(
            state="running",
            attempts=Job.attempts + 1,
            started_at=func.coalesce(Job.started_at, func.now()),
            updated_at=func.now(),
        )
        .returning(Job.attempts)
    )
    return await session.scalar(statement)


async def report(
    session: AsyncSession, job_id: UUID, attempt: int, fraction: float, message: str
) -> bool | None:
    """Note how far an attempt is; whether to cancel, or None when another attempt took over."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.attempts == attempt, Job.state == "running")
        .values(progress=fraction, message=message, updated_at=func.now())
        .returning(Job.cancel_requested)
    )
    return await session.scalar(statement)


async def finish(session: AsyncSession, job_id: UUID, attempt: int, values: dict[str, Any]) -> bool:
    """Close an attempt; False when another attempt took over."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.attempts == attempt, Job.state == "running")
        .values(**{"updated_at": func.now(), "finished_at": func.now(), **values})
        .returning(Job.id)
    )
    return await session.scalar(statement) is not None
