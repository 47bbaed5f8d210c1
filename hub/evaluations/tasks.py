"""The body of an evaluation's job."""

from uuid import UUID

from hub import jobs
from hub.evaluations import run as computing
from hub.evaluations import service
from hub.jobs import Run
from hub.permissions import Permission


@jobs.body(service.TASK, kind=service.KIND, needs=Permission.EVALUATIONS_RUN, follow=service.follow)
async def run_evaluation(run: Run, *, evaluation_id: str) -> None:
    """Compute an evaluation on its frozen data and store the result."""
    await computing.run(run, UUID(evaluation_id))
