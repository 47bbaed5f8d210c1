"""The body of a mending's job."""

from datetime import UTC, datetime
from uuid import UUID

from hub import jobs
from hub.etl.models import Mending
from hub.etl.quarantine import repository, service, work
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.transaction import Transaction, begin


async def follow(tx: Transaction, mending_id: UUID, state: str, error: str) -> None:
    """Keep the mending's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    await repository.change(tx.session, mending_id, state=state, error=error, finished_at=over)


@jobs.body(service.TASK, kind=service.KIND, needs=Permission.IMPORTS_WRITE, follow=follow)
async def run_mending(run: Run, *, mending_id: str) -> None:
    """Mend piece by piece; starting again goes on after the last whole piece."""
    async with begin(run.engine, run.actor) as tx:
        total = await service.extent(tx, await service.work_on(tx, UUID(mending_id)))
    while True:
        async with begin(run.engine, run.actor) as tx:
            mending = await service.work_on(tx, UUID(mending_id))
            row = await service.held(tx, mending.import_id)
            over = await work.step(tx, row, mending, work.PIECE)
            if over:
                service.close(mending)
                await run.finish(tx, sentence(mending))
            done = mending.rows_changed + mending.rows_left
        if over:
            return
        await run.report(min(done / max(total, 1), 0.99), f"{done:,} rows done")


def sentence(mending: Mending) -> str:
    """What came of it, for people."""
    if mending.kind in ("by_rule", "replay"):
        return (
            f"{mending.rows_changed:,} rows changed, {mending.rows_loaded:,} loaded, "
            f"{mending.rows_unchanged:,} unchanged, {mending.rows_rejected:,} still refused"
        )
    words = {"discard": "left out", "take_back": "taken back", "undo": "put back as they were"}
    text = f"{mending.rows_changed:,} rows {words[mending.kind]}"
    return f"{text}, {mending.rows_left:,} loaded or changed since" if mending.rows_left else text
