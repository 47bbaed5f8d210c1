"""Use cases of watched places: set one up, change it, run it now, see what it took."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms, jobs
from hub.errors import Conflict, Missing
from hub.etl.watching import repository, rules
from hub.etl.watching.models import ImportSource
from hub.etl.watching.places import known_places, open_place
from hub.etl.watching.schemas import (
    SourceCreate,
    SourceFileRead,
    SourceFilesQuery,
    SourcePlacesRead,
    SourceRead,
    SourcesQuery,
    SourceUpdate,
)
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates

KIND, TASK = "source", "sources.run"
_TIMED = {"schedule", "timezone", "enabled"}
_TAKEN = Conflict(
    "sources.duplicate_name", "The farm has a source of that name already. Choose another name."
)


async def create(tx: Transaction, settings: Settings, new: SourceCreate) -> SourceRead:
    """Watch a place; its files are imported in the name of who asks."""
    tx.actor.require(Permission.SOURCES_MANAGE)
    await farms.require_write(tx, new.farm_id)
    row = ImportSource(
        id=new_id(),
        person_id=tx.actor.person_id,
        last_counts={},
        failures=0,
        farm_id=new.farm_id,
        **_stored(new.model_dump(mode="json", exclude={"farm_id"})),
    )
    _check(settings, row)
    with refusing_duplicates("uq_import_source_farm_id_name", _TAKEN):
        await repository.add(tx.session, row)
    await _audit(tx, "sources:create", row, place=row.place, schedule=row.schedule)
    return SourceRead.model_validate(await repository.flush(tx.session, row))


async def change(
    tx: Transaction, settings: Settings, source_id: UUID, changed: SourceUpdate
) -> SourceRead:
    """Change what is given; it goes on working in the name of who set it up."""
    row = await _source(tx, source_id, lock=True)
    given = changed.model_dump(mode="json", exclude_none=True)
    changes = {name: value for name, value in _stored(given).items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        _check(settings, row, timed=bool(_TIMED & changes.keys()))
        with refusing_duplicates("uq_import_source_farm_id_name", _TAKEN):
            await repository.flush(tx.session, row)
        await _audit(tx, "sources:update", row, before=before, after=changes)
    return SourceRead.model_validate(await repository.flush(tx.session, row))


def _stored(given: dict[str, Any]) -> dict[str, Any]:
    """Of mapping and the like only what differs from the usual."""
    kept = dict(given)
    if kept.get("template_id"):
        kept["template_id"] = UUID(kept["template_id"])
    for name in ("mapping", "genotypes"):
        if name in kept:
            kept[name] = {k: v for k, v in kept[name].items() if v not in (None, {}, [], "")}
    return kept


def _check(settings: Settings, row: ImportSource, *, timed: bool = True) -> None:
    """Refuse a place that may not be watched; say when it runs next."""
    now = datetime.now(UTC)
    open_place(settings, row.place, row.query)
    rules.check_schedule(row.schedule, row.timezone, now)
    if timed:
        row.failures = 0
        row.next_run_at = rules.next_run(row.schedule, row.timezone, now) if row.enabled else None


async def get(tx: Transaction, source_id: UUID) -> SourceRead:
    """One watched place."""
    return SourceRead.model_validate(await _source(tx, source_id))


async def search(tx: Transaction, query: SourcesQuery) -> Page[SourceRead]:
    """Watched places, newest first."""
    tx.actor.require(Permission.SOURCES_MANAGE)
    page = await repository.search(tx.session, query)
    return Page([SourceRead.model_validate(row) for row in page.items], page.next_cursor)


async def files(tx: Transaction, source_id: UUID, query: SourceFilesQuery) -> Page[SourceFileRead]:
    """What was seen in a place, last seen first, and what became of it."""
    await _source(tx, source_id)
    page = await repository.files(tx.session, source_id, query)
    return Page([SourceFileRead.model_validate(row) for row in page.items], page.next_cursor)


async def places(tx: Transaction, settings: Settings) -> SourcePlacesRead:
    """What the operator lets be watched."""
    tx.actor.require(Permission.SOURCES_MANAGE)
    return SourcePlacesRead(items=known_places(settings))


async def remove(tx: Transaction, source_id: UUID) -> None:
    """Watch a place no longer; what was imported stays."""
    row = await _source(tx, source_id, lock=True)
    await _audit(tx, "sources:delete", row, place=row.place)
    await repository.remove(tx.session, row.id)


async def run_now(tx: Transaction, source_id: UUID) -> SourceRead:
    """Look into a place now, whatever its schedule says, also when it is paused."""
    row = await _source(tx, source_id, lock=True)
    if row.person_id != tx.actor.person_id:
        raise Conflict(
            "sources.not_yours",
            "The source works in the name of who set it up; only they can run it by hand. Its "
            "schedule can be changed by every steward.",
        )
    if not await is_open(tx, row):
        await queue(tx, row)
        await _audit(tx, "sources:run", row)
    return SourceRead.model_validate(await repository.flush(tx.session, row))


async def is_open(tx: Transaction, row: ImportSource) -> bool:
    """Whether a run of it waits or works already."""
    if row.job_id is None:
        return False
    return (await jobs.get(tx, row.job_id)).state not in jobs.FINAL


async def queue(tx: Transaction, row: ImportSource) -> None:
    """Queue one run; runs of one source come one after the other."""
    job = await jobs.create(tx, KIND, row.id, TASK, lock=f"source:{row.id}", source_id=str(row.id))
    row.job_id = job.id


async def follow(tx: Transaction, source_id: UUID, state: str, error: str) -> None:
    """A failure is shown and puts the next run off; success clears it."""
    row = await repository.get(tx.session, source_id, lock=True)
    if row is None or state not in ("done", "failed"):
        return
    if state == "done":
        await repository.change(tx.session, row.id, {"failures": 0, "error": ""})
        return
    now = datetime.now(UTC)
    failures = row.failures + 1
    values: dict[str, Any] = {"failures": failures, "error": error, "last_run_at": now}
    if row.enabled and row.schedule:
        regular = rules.next_run(row.schedule, row.timezone, now)
        values["next_run_at"] = rules.after_failure(failures, now, regular)
    if failures >= rules.MOST_FAILURES:
        values |= {"enabled": False, "next_run_at": None}
        values["error"] = f"{error} It failed {failures} times in a row, so it was paused."
    await repository.change(tx.session, row.id, values)


async def _source(tx: Transaction, source_id: UUID, *, lock: bool = False) -> ImportSource:
    tx.actor.require(Permission.SOURCES_MANAGE)
    row = await repository.get(tx.session, source_id, lock=lock)
    if row is None:
        raise Missing("sources.not_found", "There is no such source that you may see.")
    return row


async def _audit(tx: Transaction, action: str, row: ImportSource, **details: Any) -> None:
    await audit.write(tx, action, subject_id=row.id, farm_id=row.farm_id, name=row.name, **details)
