"""Use cases of exports: ask for one, follow it, take it along, throw it away."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from hub import audit, farms, genotypes, jobs
from hub.errors import Conflict, Denied, Gone, Limited, Missing
from hub.exports import repository
from hub.exports.models import Export
from hub.exports.schemas import ExportCreate, ExportRead, ExportsQuery
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.tables import require_permissions

KIND = "export"
TASK = "exports.run"
MOST_OPEN = 5
KEPT_DAYS = 7
"""After these days an archive is gone; asking again makes it from what is stored then."""


async def create(tx: Transaction, new: ExportCreate) -> ExportRead:
    """Queue an export; those of one person are made one after the other."""
    tx.actor.require(Permission.EXPORTS_RUN)
    farm_ids, kinds = await _reach(tx, new)
    if await repository.count_open(tx.session) >= MOST_OPEN:
        message = f"{MOST_OPEN} of your exports are waiting already."
        raise Limited("exports.too_many", f"{message} Wait for one to end.", retry_after=30)
    export = Export(
        id=new_id(), person_id=tx.actor.person_id, farm_ids=farm_ids, kinds=kinds,
        format=new.format, genotype_set_id=new.genotype_set_id,
        filters=new.filters.model_dump(mode="json", by_alias=True, exclude_none=True),
    )  # fmt: skip
    await repository.add(tx.session, export)
    lock = f"exports:{tx.actor.person_id}"
    job = await jobs.create(tx, KIND, export.id, TASK, lock=lock, export_id=str(export.id))
    export.job_id = job.id
    await audit.write(
        tx, "exports:create", subject_id=export.id, format=export.format, kinds=export.kinds,
        farms=[str(one) for one in farm_ids], filters=export.filters,
    )  # fmt: skip
    return ExportRead.model_validate(await repository.flush(tx.session, export))


async def _reach(tx: Transaction, new: ExportCreate) -> tuple[list[UUID], list[str]]:
    """Which farms and tables it is about, when the person may see all of them."""
    if new.genotype_set_id is not None:
        found = await genotypes.get(tx, new.genotype_set_id)
        return list(found.farm_ids), []
    require_permissions(tx, new.kinds)
    for farm_id in new.farm_ids:
        await farms.require_visible(tx, farm_id)
    kinds = await repository.kinds_of(tx.session, new.kinds)
    await require_readable(tx, new.farm_ids, kinds)
    return sorted(new.farm_ids), list(new.kinds)


async def require_readable(tx: Transaction, farm_ids: Sequence[UUID], kinds: Sequence[str]) -> None:
    """Refuse when some of these kinds of data of some farm is not, or no longer, for the caller."""
    for farm_id in farm_ids:
        await farms.require_visible(tx, farm_id)
    if not await repository.may_read(tx.session, farm_ids, kinds):
        message = f"You may not read all of this of these farms: {', '.join(kinds)}."
        raise Denied("exports.not_shared", f"{message} Ask their owners, or leave tables out.")


async def get(tx: Transaction, export_id: UUID) -> ExportRead:
    """One of the caller's exports, as far as it is now."""
    tx.actor.require(Permission.EXPORTS_RUN)
    return ExportRead.model_validate(await _export(tx, export_id))


async def search(tx: Transaction, query: ExportsQuery) -> Page[ExportRead]:
    """The caller's exports, newest first."""
    tx.actor.require(Permission.EXPORTS_RUN)
    await repository.expire(tx.session)
    page = await repository.search(tx.session, query)
    return Page([ExportRead.model_validate(row) for row in page.items], page.next_cursor)


async def content(
    tx: Transaction, objects: ObjectStore, export_id: UUID
) -> tuple[ExportRead, Iterator[bytes]]:
    """An archive to be handed out now: it is there, and every farm in it is still visible."""
    tx.actor.require(Permission.EXPORTS_RUN)
    export = await _export(tx, export_id)
    if export.state == "expired" or (export.expires_at and export.expires_at <= datetime.now(UTC)):
        message = f"The archive was kept for {KEPT_DAYS} days and is gone."
        raise Gone("exports.expired", f"{message} Ask for the export again.")
    if export.state != "done":
        message = f"The export is {export.state}; it can be downloaded when it is done."
        raise Conflict("exports.not_done", message)
    await require_readable(tx, export.farm_ids, export.data_kinds)
    export.downloads += 1
    await audit.write(
        tx, "exports:download", subject_id=export.id, sha256=export.sha256, size=export.size
    )
    told = ExportRead.model_validate(await repository.flush(tx.session, export))
    return told, objects.pieces(export.object)


async def cancel(tx: Transaction, export_id: UUID) -> ExportRead:
    """Stop an export that waits or is being made."""
    tx.actor.require(Permission.EXPORTS_RUN)
    await jobs.cancel(tx, jobs.of(await _export(tx, export_id)))
    return await get(tx, export_id)


async def remove(tx: Transaction, export_id: UUID) -> None:
    """Throw an export away before its time."""
    tx.actor.require(Permission.EXPORTS_RUN)
    export = await _export(tx, export_id)
    if export.state in repository.OPEN:
        raise Conflict("exports.open", "The export is being made. Cancel it first.")
    await repository.remove(tx.session, export)
    await audit.write(tx, "exports:remove", subject_id=export_id, sha256=export.sha256)


async def follow(tx: Transaction, export_id: UUID, state: str, error: str) -> None:
    """Keep the export's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    values = {"state": state, "error": error, "finished_at": over}
    await repository.change(tx.session, export_id, values)


async def _export(tx: Transaction, export_id: UUID) -> Export:
    export = await repository.get(tx.session, export_id)
    if export is None:
        raise Missing("exports.not_found", "There is no such export of yours.")
    return export
