"""The body of a source's run."""

from uuid import UUID

from hub import jobs
from hub.etl.watching import service, taking
from hub.jobs import Run
from hub.permissions import Permission


@jobs.body(service.TASK, kind=service.KIND, needs=Permission.SOURCES_MANAGE, follow=service.follow)
async def run_source(run: Run, *, source_id: str) -> None:
    """Look into a place and take what is new; starting again takes what is left."""
    await taking.run_source(run, UUID(source_id))
