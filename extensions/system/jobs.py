"""Background jobs: see how far they are, cancel and repeat them."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import jobs
from hub.jobs import JobRead, JobsQuery
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Jobs")

JOB = {"job_id": SAMPLE_ID}


@routes.get(
    "/jobs",
    permission=P.JOBS_READ,
    reach=Reach.MADE_OR_STEWARD,
    query=JobsQuery,
    returns=PageOf[JobRead],
    example={"query": {"state": "running"}},
)
async def list_jobs(call: Call) -> Page[JobRead]:
    """List the jobs one may know of, newest first."""
    return await jobs.search(call.tx, call.query)


@routes.get(
    "/jobs/{job_id}",
    permission=P.JOBS_READ,
    reach=Reach.MADE_OR_STEWARD,
    returns=JobRead,
    example={"path": JOB},
)
async def get_job(call: Call, job_id: UUID) -> JobRead:
    """Show how far a job is."""
    return await jobs.get(call.tx, job_id)


@routes.post(
    "/jobs/{job_id}/cancel",
    permission=P.JOBS_READ,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:cancel",
    returns=JobRead,
    example={"path": JOB},
)
async def cancel_job(call: Call, job_id: UUID) -> JobRead:
    """Ask a job to stop: one's own, or any with the permission `jobs:manage`."""
    return await jobs.cancel(call.tx, job_id)


@routes.post(
    "/jobs/{job_id}/retry",
    permission=P.JOBS_READ,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:retry",
    returns=JobRead,
    example={"path": JOB},
)
async def retry_job(call: Call, job_id: UUID) -> JobRead:
    """Run a failed or cancelled job again: one's own, or any with `jobs:manage`."""
    return await jobs.retry(call.tx, job_id)
