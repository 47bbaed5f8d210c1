"""The bodies of exports' jobs."""

from uuid import UUID

from hub.exports import run, service
from hub.jobs import Run, body
from hub.jobs.app import BULK
from hub.permissions import Permission


@body(
    service.TASK, kind=service.KIND, needs=Permission.EXPORTS_RUN, follow=service.follow,
    queue_name=BULK,
)  # fmt: skip
async def run_export(attempt: Run, *, export_id: str) -> None:
    await run.run_export(attempt, UUID(export_id))
