"""The body of an association study's job."""

from uuid import UUID

from hub import jobs
from hub.associations import run as computing
from hub.associations import service
from hub.jobs import Run
from hub.permissions import Permission


@jobs.body(
    service.TASK, kind=service.KIND, needs=Permission.ASSOCIATIONS_RUN, follow=service.follow
)
async def run_association(run: Run, *, association_id: str) -> None:
    """Test every marker on the frozen data and store the result."""
    await computing.run(run, UUID(association_id))
