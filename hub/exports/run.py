"""Make the archive of an export: in one snapshot of the database, in constant memory."""

import errno
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from agrigen.provenance import __version__
from hub import audit, farms, genotypes, tables
from hub.errors import Full, Missing
from hub.exports import repository
from hub.exports.archive import Archive
from hub.exports.models import Export
from hub.exports.schemas import ExportFilters
from hub.exports.service import KEPT_DAYS, require_readable
from hub.exports.writers import open_writer
from hub.farms import FarmRead
from hub.genotypes import ExportQuery
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.transaction import Transaction, begin
from hub.tables import FARM


@dataclass
class Making:
    """One export that is being made."""

    run: Run
    export: Export
    folder: Path
    archive: Archive
    farms: list[FarmRead]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def filters(self) -> ExportFilters:
        return ExportFilters.model_validate(self.export.filters)


async def run_export(run: Run, export_id: UUID) -> None:
    """Write, pack and keep the tables; an attempt after a crash begins anew."""
    async with begin(run.engine, run.actor) as tx:
        await repository.expire(tx.session)
    try:
        with tempfile.TemporaryDirectory(prefix="agrigen-export-") as folder:
            made = await _make(run, export_id, Path(folder))
            path = made.archive.path
            size = path.stat().st_size
            digest = await run.in_thread(run.objects.put_file, path)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        message = "The disk of the hub is full, so the export was not made."
        raise Full("exports.disk_full", f"{message} Tell the operators.") from error
    await _keep(made, digest, size)


async def _make(run: Run, export_id: UUID, folder: Path) -> Making:
    """All tables as they are at one moment, whatever is written meanwhile."""
    snapshot = run.engine.execution_options(isolation_level="REPEATABLE READ")
    async with begin(snapshot, run.actor) as tx:
        run.actor.require(Permission.EXPORTS_RUN)
        export = await repository.get(tx.session, export_id)
        if export is None:
            raise Missing("exports.not_found", "The export was thrown away.")
        found = [await farms.get(tx, farm_id) for farm_id in export.farm_ids]
        found.sort(key=lambda farm: farm.code)
        made = Making(run, export, folder, Archive(folder / "export.zip"), found)
        if export.genotype_set_id:
            await _genotypes(tx, made)
        else:
            await _tables(tx, made)
    told = await run.in_thread(made.archive.close, folder, _provenance(made))
    made.export.provenance = told
    return made


async def _tables(tx: Transaction, made: Making) -> None:
    steps = [(farm, kind) for farm in made.farms for kind in made.export.kinds]
    for place, (farm, kind) in enumerate(steps):
        share = place / len(steps)
        await made.run.report(share, f"{tables.KINDS[kind].title.lower()} of {farm.code}")
        await _table(tx, made, farm, kind, share)


async def _table(tx: Transaction, made: Making, farm: FarmRead, kind: str, share: float) -> None:
    """One table of one farm; what has no rows has a file with its header."""
    filters = made.filters.for_tables()
    found = await tables.columns(tx, kind, [farm.id], filters)
    columns = [one for one in found if one.name != FARM.name]
    run, rows, title = made.run, 0, tables.KINDS[kind].title.lower()
    writer = open_writer(made.export.format, made.folder, kind, columns)
    try:
        async for frame in tables.chunks(tx, kind, [farm.id], filters):
            await run.in_thread(writer.write, frame.drop(FARM.name))
            rows += frame.height
            run.note(share, f"{rows:,} rows of {title} of {farm.code}")
    finally:
        await run.in_thread(writer.close)
    for path, there in writer.files.items():
        known = {"rows": there, "kind": kind, "columns": columns}
        await run.in_thread(made.archive.add, path, f"{farm.code}/{path.name}", **known)
    made.counts[kind] = made.counts.get(kind, 0) + rows


async def _genotypes(tx: Transaction, made: Making) -> None:
    """The files of a genotype set, in an archive of their own within this one."""
    assert made.export.genotype_set_id is not None
    await made.run.report(0.1, "genotypes")
    query = ExportQuery.model_validate({"format": made.export.format})
    content, name = await genotypes.export(tx, made.run.objects, made.export.genotype_set_id, query)
    path = made.folder / "genotypes.zip"
    await made.run.in_thread(path.write_bytes, content)
    await made.run.in_thread(made.archive.add, path, name)


def _provenance(made: Making) -> dict[str, Any]:
    """Who took what along, when, from which hub, and how it was chosen."""
    now, export, actor = datetime.now(UTC), made.export, made.run.actor
    made.export.name = _name(made.farms, export.format, now)
    return {
        "name": made.export.name.removesuffix(".zip").lower(),
        "title": f"{_title(export)} of {', '.join(farm.code for farm in made.farms)}",
        "exported_at": now.isoformat(timespec="seconds"),
        "exported_by": actor.username,
        "software": f"AgriGen {__version__}",
        "export_id": str(export.id),
        "format": export.format,
        "farms": [{"code": farm.code, "name": farm.name, "id": str(farm.id)}
                  for farm in made.farms],
        "tables": export.kinds,
        "filters": export.filters,
        "genotype_set": str(export.genotype_set_id) if export.genotype_set_id else None,
        "grants": [str(one) for one in export.grant_ids],
        "rows": made.counts,
    }  # fmt: skip


def _title(export: Export) -> str:
    if export.genotype_set_id:
        return "Genotypes"
    return ", ".join(tables.KINDS[kind].title for kind in export.kinds)


def _name(found: Sequence[FarmRead], format_: str, now: datetime) -> str:
    codes = [farm.code for farm in found]
    whose = codes[0] if len(codes) == 1 else f"{len(codes)}-farms"
    return f"{whose}-{format_}-{now:%Y-%m-%d}.zip"


async def _keep(made: Making, digest: str, size: int) -> None:
    """Note where the archive is, with the end of the job: both or neither."""
    now = datetime.now(UTC)
    rows = sum(made.counts.values())
    async with begin(made.run.engine, made.run.actor) as tx:
        await require_readable(tx, made.export.farm_ids, made.export.data_kinds)
        values = {
            "state": "done", "error": "", "name": made.export.name, "object": digest,
            "sha256": digest, "size": size, "counts": made.counts,
            "provenance": made.export.provenance, "finished_at": now,
            "expires_at": now + timedelta(days=KEPT_DAYS),
        }  # fmt: skip
        await repository.change(tx.session, made.export.id, values)
        await audit.write(
            tx, "exports:finish", subject_id=made.export.id, rows=rows, size=size, sha256=digest
        )
        await made.run.finish(tx, f"{rows:,} rows, {size:,} bytes")
