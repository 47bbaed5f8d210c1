"""The body of the job that puts a large file together."""

from uuid import UUID

from hub import jobs
from hub.files import repository, uploads
from hub.files.parts import count
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.transaction import begin


@jobs.body(uploads.TASK, kind=uploads.KIND, needs=Permission.IMPORTS_WRITE, follow=uploads.follow)
async def finish_upload(run: Run, *, upload_id: str) -> None:
    """Join the parts, a piece in memory at a time; starting again begins anew and leaves one."""
    async with begin(run.engine, run.actor) as tx:
        upload = await repository.get_upload(tx.session, UUID(upload_id))
        received = await repository.parts(tx.session, UUID(upload_id))
    if upload is None or upload.state == "done":
        return
    total = count(upload.size, upload.part_bytes)

    def each(number: int) -> None:
        run.check()
        run.note(0.95 * (number - 1) / total, f"part {number} of {total}")

    digest = await run.in_thread(uploads.put_together, run.objects, upload, received, each=each)
    async with begin(run.engine, run.actor) as tx:
        found = await repository.get_upload(tx.session, upload.id, lock=True)
        if found is not None:
            await uploads.done(tx, run.objects, found, digest)
        await run.finish(tx)
