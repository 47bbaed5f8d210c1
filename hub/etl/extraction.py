"""The first two steps of an import: rows of the file as chunks of texts, and these cleaned."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from hub.errors import Invalid
from hub.etl import cleaning, sources, staging
from hub.etl.read import ROW, Table
from hub.etl.staging import Chunk, Manifest
from hub.etl.work import Work
from hub.files import FileRead
from hub.jobs import Run
from hub.storage.objects import ObjectStore


async def extract(work: Work, file: FileRead) -> None:
    """Read the file once; after this step it is not read again."""
    if work.manifest.extracted:
        return
    work.start("extract")
    await work.run.report(0.01, "reading the file")
    notes = await work.run.in_thread(_extract, work, file)
    work.notes |= notes
    work.values = {"parser": str(notes.get("parser", ""))}
    work.manifest.extracted = True
    work.end("extract", sum(chunk.rows for chunk in work.manifest.chunks))
    await work.save_now()
    work.values = {}


def _extract(work: Work, file: FileRead) -> dict[str, Any]:
    manifest, run = work.manifest, work.run
    manifest.name, manifest.chunks = file.name, []
    with run.objects.local(file.sha256) as path:
        reading = sources.open(path, file.name, work.request.kind, work.request.mapping)
        for table in reading.chunks():
            manifest.chunks.append(_chunk(run.objects, table))
            manifest.columns = table.columns
            run.note(0.1, f"{int(table.frame[ROW][-1]):,} rows read")
            run.check()
    if not manifest.chunks:
        raise Invalid("imports.no_rows", "The file has a header but no rows. Add rows to import.")
    manifest.notes = dict(reading.notes)
    return manifest.notes


def _chunk(objects: ObjectStore, table: Table) -> Chunk:
    rows = table.frame.height
    return Chunk(text=staging.put_table(objects, table), rows=rows, last=int(table.frame[ROW][-1]))


async def clean(work: Work) -> None:
    """Take the steps of cleaning, and keep every cell that they changed."""
    if work.manifest.cleaned:
        return
    work.start("clean")
    chosen = cleaning.load(work.request.cleaning)
    note = "nothing to clean"
    if chosen:
        await work.run.report(0.15, "cleaning")
        changes, counts = await work.run.in_thread(_clean, work.run, work.manifest, chosen)
        work.values = {"changes_object": changes}
        work.notes["cleaned"] = {str(step): count for step, count in counts.items()}
        note = f"{sum(counts.values()):,} cells changed"
    work.manifest.cleaned = True
    work.end("clean", sum(chunk.rows for chunk in work.manifest.chunks), note)
    await work.save_now()
    work.values = {}


def _clean(run: Run, manifest: Manifest, chosen: Sequence[Any]) -> tuple[str, dict[int, int]]:
    objects, state = run.objects, cleaning.State.of(chosen)
    if state.needs_survey:
        for chunk in manifest.chunks:
            cleaning.survey(staging.text_of(objects, manifest, chunk), chosen, state)
    counts: dict[int, int] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "changes.parquet"
        writer = None
        for chunk in manifest.chunks:
            run.check()
            done = cleaning.apply(staging.text_of(objects, manifest, chunk), chosen, state)
            chunk.clean = staging.put_table(objects, done.table)
            chunk.rows = done.table.frame.height
            manifest.columns = done.table.columns
            for step, count in done.counts().items():
                counts[step] = counts.get(step, 0) + count
            changes = done.changes.to_arrow()
            writer = writer or pq.ParquetWriter(path, changes.schema)
            writer.write_table(changes)
        if writer is None:
            return "", counts
        writer.close()
        return objects.put_file(path), counts
