"""One run of a source: look, copy what is new, and ask for its import; each file is taken once.

A file, its object, its import and the note that it was taken become stored together. A run that is
killed anywhere leaves whole files; the next one goes on with those that are not noted.
"""

import mimetypes
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from hub import audit, files, genotypes
from hub.errors import Invalid, Missing, Unavailable
from hub.etl import service as imports
from hub.etl.schemas import ImportCreate, Mapping
from hub.etl.watching import repository, rules
from hub.etl.watching.models import ImportSource
from hub.etl.watching.places import open_place
from hub.etl.watching.planning import plan_of
from hub.etl.watching.seen import Changed, Place, Refused, Seen, Waits
from hub.files import FileRead, sniff
from hub.genotypes import GenotypeSetCreate
from hub.jobs import Run
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.transaction import Transaction, begin

FOLDER = "agrigen-source-"
SOON = timedelta(minutes=1)
_MOST_WAITING = 1000
"""Waiting files that are noted; the counts tell of all."""
_FINAL_REPORT = b"[Header]"


@dataclass
class Counts:
    """Files of a run."""

    found: int = 0
    taken: int = 0
    unchanged: int = 0
    waiting: int = 0
    refused: int = 0
    left: int = 0

    def sentence(self) -> str:
        parts = [f"{self.found:,} files found", f"{self.taken:,} taken"]
        for name in ("unchanged", "waiting", "refused", "left"):
            if count := getattr(self, name):
                parts.append(f"{count:,} {'left for the next run' if name == 'left' else name}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Copy:
    """A file that is in the object store."""

    seen: Seen
    digest: str
    size: int
    start: bytes = field(repr=False)


async def run_source(run: Run, source_id: UUID) -> None:
    """Look into a place and take what is new."""
    run.actor.require(Permission.SOURCES_MANAGE)
    settings = run.resources.settings
    async with begin(run.engine, run.actor) as tx:
        source = await _source(tx, source_id)
        known = await repository.known(tx.session, source_id)
    await run.report(0.02, f"looking into {source.place}")
    place = open_place(settings, source.place, source.query)
    seen = await run.in_thread(place.look, source.pattern)
    plan = plan_of(seen, known)
    counts = Counts(found=len(seen), refused=len(plan.refused))
    await _note(run, source, plan.refused, "refused")
    waiting = list(plan.waiting)
    ready, size = plan.ready[: settings.sources_most_files], 0
    for done, group in enumerate(ready):
        run.check()
        if size and size + sum(one.size for one in group) > settings.sources_most_bytes:
            ready = ready[:done]
            break
        await run.report(0.05 + 0.9 * done / len(ready), f"taking {group[0].key}")
        size += await _take(run, source, place, group, counts, waiting)
    counts.left, counts.waiting = len(plan.ready) - len(ready), len(waiting)
    await _finish(run, source, counts, waiting, again=plan.settling or counts.left > 0)


async def _take(
    run: Run, source: ImportSource, place: Place, group: list[Seen], counts: Counts,
    waiting: list[Seen],
) -> int:  # fmt: skip
    """Take files that belong together; bytes that were copied."""
    try:
        copies = await run.in_thread(_copy, run, place, group)
        run.check()
        async with begin(run.engine, run.actor) as tx:
            state = await _store(tx, source, copies)
    except Changed:
        waiting += group
        return 0
    except Waits as why:
        waiting += [_waits(one, str(why)) for one in group]
        return 0
    except (Refused, Invalid) as why:
        if source.place.startswith("database:"):
            raise
        await _note(run, source, group, "refused", str(why))
        counts.refused += len(group)
        return 0
    setattr(counts, state, getattr(counts, state) + len(group))
    return sum(one.size for one in copies)


def _copy(run: Run, place: Place, group: list[Seen]) -> list[Copy]:
    """Files in the object store; in a thread."""
    copies = []
    for seen in group:
        with _scratch() as folder:
            target = folder / "file"
            place.fetch(seen, target, run.stop_requested)
            run.check()  # a copy that was stopped is cut off, for which nobody refuses the file
            size = target.stat().st_size
            if why := sniff.look(target, PurePosixPath(seen.key).name).refused:
                raise Refused(why)
            with target.open("rb") as file:
                start = file.read(len(_FINAL_REPORT))
            copies.append(Copy(seen, run.objects.put_file(target), size, start))
    return copies


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
            yield Path(folder)
    except OSError as error:
        raise Unavailable(
            "sources.cannot_copy",
            f"The worker cannot copy a file ({error.strerror}). Let the operator see whether its "
            "disk is full or failing; it is tried again.",
        ) from error


async def _store(tx: Transaction, source: ImportSource, copies: list[Copy]) -> str:
    """Ask for the import of what is new, and note it: both or neither."""
    before = [await repository.last_taken(tx.session, source.id, one.seen.key) for one in copies]
    pairs = list(zip(copies, before, strict=True))
    if all(old is not None and old.sha256 == new.digest for new, old in pairs):
        if not source.place.startswith("database:"):
            note = "Its content is what was taken before."
            rows = [
                _row(source, new.seen, "unchanged", note) | {
                    "sha256": new.digest, "file_id": old and old.file_id,
                    "import_id": old and old.import_id,
                }
                for new, old in pairs
            ]  # fmt: skip
            await repository.note(tx.session, rows)
        return "unchanged"
    stored = [await _file(tx, one) for one in copies]
    made = await _ask(tx, source, copies, stored)
    rows = [
        _row(source, new.seen, "taken") | made
        | {"sha256": new.digest, "size": new.size, "file_id": file.id}
        for new, file in zip(copies, stored, strict=True)
    ]  # fmt: skip
    await repository.note(tx.session, rows)
    return "taken"


async def _file(tx: Transaction, copy: Copy) -> FileRead:
    name = PurePosixPath(copy.seen.key).name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return await files.note(tx, name=name, media_type=kind, digest=copy.digest, size=copy.size)


async def _ask(
    tx: Transaction, source: ImportSource, copies: list[Copy], stored: list[FileRead]
) -> dict[str, UUID]:
    """Start an import of a table, or a set of genotypes."""
    first = copies[0]
    if source.kind == "genotypes" or rules.is_genotypes(first.seen.key) or _reports(first):
        options = {k: v for k, v in source.genotypes.items() if v not in (None, "")}
        name = f"{source.name}: {PurePosixPath(first.seen.key).stem}"[:200]
        files_ = [one.id for one in stored]
        wanted = GenotypeSetCreate(name=name, farm_id=source.farm_id, files=files_, **options)
        return {"genotype_set_id": (await genotypes.create(tx, wanted)).id}
    new = ImportCreate(
        farm_id=source.farm_id,
        kind=source.kind,
        file_id=stored[0].id,
        mapping=Mapping.model_validate(source.mapping),
        policy=source.policy,
        cleaning=source.cleaning,
        template_id=source.template_id,
    )
    return {"import_id": (await imports.create(tx, new, source_id=source.id)).id}


def _reports(copy: Copy) -> bool:
    return copy.start.startswith(_FINAL_REPORT)


async def _note(
    run: Run, source: ImportSource, group: list[Seen], state: str, note: str = ""
) -> None:
    if group:
        rows = [_row(source, one, state, note or one.refused) for one in group]
        async with begin(run.engine, run.actor) as tx:
            await repository.note(tx.session, rows)


def _row(source: ImportSource, seen: Seen, state: str, note: str = "") -> dict[str, Any]:
    return {
        "source_id": source.id, "farm_id": source.farm_id, "key": seen.key,
        "version": seen.version, "size": seen.size, "modified_at": seen.modified_at,
        "sha256": "", "file_id": None, "import_id": None, "genotype_set_id": None,
        "state": state, "note": note,
    }  # fmt: skip


def _waits(seen: Seen, why: str) -> Seen:
    return Seen(seen.key, seen.size, seen.version, seen.modified_at, wait=why)


async def _finish(
    run: Run, source: ImportSource, counts: Counts, waiting: list[Seen], *, again: bool
) -> None:
    """Note what waits and how it went, with the end of the job."""
    rows = [_row(source, one, "waiting", one.wait or _MEANWHILE) for one in waiting[:_MOST_WAITING]]
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "last_run_at": now, "last_counts": vars(counts), "failures": 0, "error": "",
    }  # fmt: skip
    async with begin(run.engine, run.actor) as tx:
        await repository.forget_waiting(tx.session, source.id)
        await repository.note(tx.session, rows)
        row = await repository.get(tx.session, source.id, lock=True)
        if again and row is not None and row.enabled and row.next_run_at is not None:
            values["next_run_at"] = min(row.next_run_at, now + _pause(run.resources.settings))
        await repository.change(tx.session, source.id, values)
        if counts.taken or counts.refused:
            await audit.write(
                tx, "sources:take", subject_id=source.id, farm_id=source.farm_id, **vars(counts)
            )
        await run.finish(tx, counts.sentence())


def _pause(settings: Settings) -> timedelta:
    """Until what was left or is being written is looked at again."""
    return max(SOON, timedelta(seconds=settings.sources_settle_seconds))


async def _source(tx: Transaction, source_id: UUID) -> ImportSource:
    row = await repository.get(tx.session, source_id)
    if row is None:
        raise Missing("sources.not_found", "The source is no longer there.")
    return row


_MEANWHILE = "It was changed while it was copied; the next run takes it."
