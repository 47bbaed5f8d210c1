"""The body of an import's job."""

from uuid import UUID

from hub import jobs
from hub.etl import pipeline, service
from hub.jobs import Run
from hub.permissions import Permission


@jobs.body(service.TASK, kind=service.KIND, needs=Permission.IMPORTS_WRITE, follow=service.follow)
async def run_import(run: Run, *, import_id: str) -> None:
    """Read, check and load a file; starting again goes on where it stopped."""
    await pipeline.run_import(run, UUID(import_id))
