"""The third step of an import: every row judged, refused ones kept, good ones made ready."""

from collections.abc import Iterator

import polars as pl

from hub.etl import across, animals, attributes, columns, records, staging
from hub.etl.asked import Context, Request, check, full_mapping
from hub.etl.findings import Findings
from hub.etl.read import ROW
from hub.etl.staging import Chunk
from hub.etl.work import Counts, Work
from hub.storage.transaction import begin

PIECE = 5_000
"""Rows with findings that are written at once."""


async def validate(work: Work, known: Context) -> None:
    """Judge what was not judged before a crash."""
    work.start("validate")
    work.values = {"rules": work.request.rules.version}
    if work.request.kind == "animals":
        await _animals(work, known)
    elif work.request.by_chunks:
        await _records(work, known)


async def _animals(work: Work, known: Context) -> None:
    """Animals are judged together, since any may be the parent of any."""
    if work.manifest.judged:
        return
    run, manifest = work.run, work.manifest
    table = await run.in_thread(staging.whole, run.objects, manifest)
    await run.report(0.2, f"checking {table.frame.height:,} rows")
    checked = await run.in_thread(check, table, work.request, known)
    assert isinstance(checked, animals.Checked)
    manifest.chunks[0].good = await run.in_thread(staging.put, run.objects, checked.rows)
    manifest.parents = await run.in_thread(staging.put, run.objects, checked.stubs)
    manifest.judged = len(manifest.chunks)
    work.notes |= checked.notes
    work.end("validate", table.frame.height)
    async with begin(run.engine, run.actor) as tx:
        found = sorted(checked.findings.by_row)
        kept = Counts()
        for start in range(0, len(found), PIECE):
            kept = _sum(kept, await work.keep(tx, checked.findings, found[start : start + PIECE]))
        read = Counts(table.frame.height, 0, 0, kept.rejected, kept.warned)
        await work.save(tx, read)


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(rejected=one.rejected + other.rejected, warned=one.warned + other.warned)


async def _records(work: Work, known: Context) -> None:
    manifest = work.manifest
    if not manifest.judged:
        manifest.numeric = await work.run.in_thread(_forms, work)
    total = len(manifest.chunks)
    while manifest.judged < total:
        chunk = manifest.chunks[manifest.judged]
        share = 0.2 + 0.2 * manifest.judged / total
        await work.run.report(share, f"checking row {chunk.last:,}")
        await _judge(work, chunk, known)
    await _compare(work, known)


def _forms(work: Work) -> attributes.Numeric:
    """Which further columns hold numbers; it takes all rows to know."""
    objects, manifest = work.run.objects, work.manifest
    first = staging.table_of(objects, manifest, manifest.chunks[0])
    _, names = columns.of_records(first, full_mapping(first, work.request))
    if not names:
        return {}
    tables = (staging.table_of(objects, manifest, chunk) for chunk in manifest.chunks)
    return attributes.forms((table.frame for table in tables), names)


async def _judge(work: Work, chunk: Chunk, known: Context) -> None:
    run = work.run
    checked = await run.in_thread(_checked, work, chunk, known)
    rows = sorted(checked.findings.by_row)
    async with begin(run.engine, run.actor) as tx:
        kept = Counts()
        for start in range(0, len(rows), PIECE):
            kept = _sum(kept, await work.keep(tx, checked.findings, rows[start : start + PIECE]))
        empty = len(checked.empty)
        if empty:
            work.notes["rows_without_value"] = work.notes.get("rows_without_value", 0) + empty
        work.manifest.judged += 1
        await work.save(tx, Counts(chunk.rows, 0, empty, kept.rejected, kept.warned))


def _checked(work: Work, chunk: Chunk, known: Context) -> records.Checked:
    objects, manifest = work.run.objects, work.manifest
    table = staging.table_of(objects, manifest, chunk)
    checked = check(table, work.request, known, manifest.numeric)
    assert isinstance(checked, records.Checked)
    chunk.good = staging.put(objects, checked.rows)
    chunk.records = checked.rows.height
    return checked


async def _compare(work: Work, known: Context) -> None:
    """Find what rows tell of one another, and keep it chunk by chunk."""
    run, manifest = work.run, work.manifest
    if manifest.compared < 0:
        await run.report(0.4, "comparing rows")
        manifest.late = await run.in_thread(_late, work)
        manifest.compared = 0
        await work.save_now()
    late = await run.in_thread(staging.get, run.objects, manifest.late)
    for place in range(manifest.compared, len(manifest.chunks)):
        chunk = manifest.chunks[place]
        before = manifest.chunks[place - 1].last if place else 0
        mine = late.filter((pl.col("row_number") > before) & (pl.col("row_number") <= chunk.last))
        manifest.compared = place + 1
        if place + 1 == len(manifest.chunks):
            work.end("validate", sum(one.rows for one in manifest.chunks))
        elif mine.is_empty():
            continue
        findings = await run.in_thread(_told, work, chunk, mine, known)
        async with begin(run.engine, run.actor) as tx:
            counts = await work.keep(tx, findings, sorted(findings.by_row))
            await work.save(tx, counts)


def _late(work: Work) -> str:
    """Repeated records and outliers of the whole file, as an object."""
    objects, manifest = work.run.objects, work.manifest

    def frames(names: list[str]) -> Iterator[pl.DataFrame]:
        work.run.check()
        return staging.good_rows(objects, manifest, names)

    again = across.repeated(frames, manifest.records)
    far = across.outliers(frames, manifest.records, again["row_number"].unique())
    return staging.put(objects, pl.concat([again, far], how="diagonal"))


def _told(work: Work, chunk: Chunk, late: pl.DataFrame, known: Context) -> Findings:
    """The findings of a chunk's rows."""
    objects, manifest = work.run.objects, work.manifest
    findings = Findings(staging.table_of(objects, manifest, chunk), work.request.rules, known.facts)
    if late.is_empty():
        return findings
    good = staging.get(objects, chunk.good, ["row_number", "animal_id", "trait_code"])
    tell(findings, late, good, work.request, known)
    return findings


def tell(
    findings: Findings, late: pl.DataFrame, good: pl.DataFrame, request: Request, known: Context
) -> None:
    """Say in words what was found across rows."""
    traits = full_mapping(findings.table, request).traits
    told = late.join(
        good.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("at")),
        on=["row_number", "at"], how="left", maintain_order="left",
    )  # fmt: skip
    tags = known.stock.animals.select(pl.col("id").alias("animal_id"), pl.col("tag"))
    told = told.join(tags, on="animal_id", how="left", maintain_order="left")
    told = told.join(
        known.traits.select(pl.col("code").alias("trait_code"), "unit"), on="trait_code",
        how="left", maintain_order="left",
    )  # fmt: skip
    names = pl.col("trait_code").replace(traits) if traits else pl.lit("value")
    told = told.with_columns(names.alias("column"), pl.col("row_number").alias(ROW))
    findings.tell(told.filter(pl.col("first").is_not_null()), "duplicate_row")
    findings.tell(told.filter(pl.col("others").is_not_null()), "outlier", named="column")
