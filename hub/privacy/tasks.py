"""The body of the job that packs what is held about a person."""

from uuid import UUID

from hub.jobs import Run, body
from hub.jobs.app import BULK
from hub.permissions import Permission
from hub.privacy import packing, service


@body(
    service.TASK, kind=service.KIND, needs=Permission.ACCOUNT_WRITE, follow=service.follow,
    queue_name=BULK,
)  # fmt: skip
async def run_export(attempt: Run, *, export_id: str) -> None:
    await packing.run_export(attempt, UUID(export_id))
