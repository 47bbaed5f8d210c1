"""Use cases of imports: ask for one, follow it, stop it, go on with it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hub import audit, farms, files, jobs
from hub.errors import Missing
from hub.etl import cleaning, import_templates, repository
from hub.etl.models import Import
from hub.etl.schemas import ImportCreate, ImportRead, ImportsQuery
from hub.jobs.app import BULK, INTERACTIVE
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND = "import"
TASK = "imports.run"
SMALL_BYTES = 2 * 2**20


async def create(
    tx: Transaction, new: ImportCreate, *, source_id: UUID | None = None
) -> ImportRead:
    """Queue an import; imports of one farm run one after the other.

    `source_id` is the watched place that the file came from.
    """
    tx.actor.require(Permission.IMPORTS_WRITE)
    await farms.require_write(tx, new.farm_id)
    new = await import_templates.followed(tx, new)
    file = await files.find(tx, new.file_id)
    row = Import(
        id=new_id(),
        person_id=tx.actor.person_id,
        farm_id=new.farm_id,
        file_id=new.file_id,
        kind=new.kind,
        mapping=new.mapping.model_dump(exclude_defaults=True),
        dry_run=new.dry_run,
        policy=new.policy,
        cleaning=cleaning.dump(new.cleaning),
        template_id=new.template_id,
        source_id=source_id,
    )
    await repository.add(tx.session, row)
    queue = INTERACTIVE if file.size <= SMALL_BYTES else BULK
    lock = f"farm:{new.farm_id}"
    job = await jobs.create(tx, KIND, row.id, TASK, queue=queue, lock=lock, import_id=str(row.id))
    row.job_id = job.id
    await audit.write(
        tx, "imports:create", subject_id=row.id, farm_id=row.farm_id, kind=row.kind, file=file.name
    )
    return ImportRead.model_validate(await repository.flush(tx.session, row))


async def get(tx: Transaction, import_id: UUID) -> ImportRead:
    """One import, as far as it is now."""
    tx.actor.require(Permission.IMPORTS_READ)
    (found,) = await _read(tx, [await require(tx, import_id)])
    return found


async def search(tx: Transaction, query: ImportsQuery) -> Page[ImportRead]:
    """Imports of the farms one works on, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    page = await repository.search(tx.session, query)
    return Page(await _read(tx, page.items), page.next_cursor)


async def _read(tx: Transaction, rows: Sequence[Import]) -> list[ImportRead]:
    """What is said of imports, with the names of files and people."""
    names = await repository.named(tx.session, rows)
    return [
        ImportRead.model_validate(row).model_copy(
            update={"file_name": names[row.id][0], "person_name": names[row.id][1]}
        )
        for row in rows
    ]


async def cancel(tx: Transaction, import_id: UUID) -> ImportRead:
    """Stop an import; rows that are in stay in, and starting it again goes on from there."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await jobs.cancel(tx, jobs.of(await require(tx, import_id)))
    return await get(tx, import_id)


async def retry(tx: Transaction, import_id: UUID) -> ImportRead:
    """Go on with a failed or cancelled import."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await jobs.retry(tx, jobs.of(await require(tx, import_id)))
    return await get(tx, import_id)


async def follow(tx: Transaction, import_id: UUID, state: str, error: str) -> None:
    """Keep the import's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    values = {"state": state, "error": error, "finished_at": over}
    await repository.change(tx.session, import_id, values)


async def require(tx: Transaction, import_id: UUID, *, lock: bool = False) -> Import:
    """The import, or the answer that one sees none."""
    row = await repository.get(tx.session, import_id, lock=lock)
    if row is None:
        raise Missing("imports.not_found", "There is no such import that you may see.")
    return row
