"""Use cases of reports as files: gathered in the transaction, made in a thread."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from agrigen.provenance import __version__
from hub import animals, evaluations, events, farms, records
from hub.errors import FieldError, Invalid, Limited, Missing
from hub.events import AnimalEventQuery
from hub.farms import FarmRead
from hub.permissions import Permission
from hub.records import RecordQuery
from hub.reports import (
    benchmarking,
    flock,
    policy,
    repository,
    sheets,
    subjects,
    summary,
    tables,
)
from hub.reports.schemas import (
    AnalyticsQuery,
    BenchmarkQuery,
    File,
    ListQuery,
    ReportQuery,
    Subject,
    TableRead,
)
from hub.reports.sheets import Provenance
from hub.reports.texts import Texts, words_of
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
Spreadsheet = Literal["xlsx", "csv"]

MOST_ROWS = 50_000
"""Rows of a list in one file, which is made in memory: a few seconds and 50 MB."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Files that a process makes at a time; each holds a connection meanwhile."""


async def farm_pdf(tx: Transaction, farm_id: UUID, query: AnalyticsQuery) -> File:
    """The flock report of a farm."""
    with _turn():
        farm = await policy.readable(tx, farm_id)
        told = await _flock(tx, farm, query)
        content = await asyncio.to_thread(flock.pdf, told, Texts(query.language))
    return File(name=_name(farm.code, "report", "pdf"), media_type=PDF, content=content)


async def farm_workbook(tx: Transaction, farm_id: UUID, query: AnalyticsQuery) -> File:
    """All tables of a farm's analytics, its benchmarks and its living animals as a workbook."""
    with _turn():
        farm = await policy.readable(tx, farm_id)
        told = await _flock(tx, farm, query)
        found = [one for subject in told.subjects.values() for one in subject.tables]
        found += [
            told.benchmarks,
            await _list(tx, farm, "animals", ListQuery(**query.model_dump())),
        ]
        content = await _workbook(tx, farm, found, query)
    return File(name=_name(farm.code, "report", "xlsx"), media_type=XLSX, content=content)


async def table_file(
    tx: Transaction, farm_id: UUID, name: str, kind: Spreadsheet, query: ListQuery
) -> File:
    """One table of a farm as a file; lists can be narrowed to a year."""
    with _turn():
        farm = await policy.readable(tx, farm_id)
        table = await _table(tx, farm, name, query)
        if kind == "csv":
            content, media_type = await asyncio.to_thread(sheets.delimited, table), CSV
        else:
            content, media_type = await _workbook(tx, farm, [table], query), XLSX
    return File(name=_name(farm.code, name, kind), media_type=media_type, content=content)


async def animal_pdf(
    tx: Transaction, objects: ObjectStore, animal_id: UUID, query: ReportQuery
) -> File:
    """The summary of an animal on one page, with its newest photo."""
    tx.actor.require(Permission.REPORTS_READ)
    with _turn():
        animal = await animals.get(tx, animal_id)
        farm = await farms.get(tx, animal.farm_id)
        [offspring] = await repository.rows(tx.session, "OFFSPRING", animal=animal_id)
        happened = await events.of_animal(tx, animal_id, AnimalEventQuery(limit=summary.MOST))
        photos = await animals.photos.of_animal(tx, animal_id)
        photo = await animals.photos.content(tx, objects, photos[0].id) if photos else None
        recorded = await records.of_animal(tx, animal_id, RecordQuery(limit=summary.MOST))
        told = summary.Summary(
            animal=animal, farm=farm.name, today=farms.today(farm), made=_made(tx),
            pedigree=await animals.pedigree(tx, animal_id, generations=summary.GENERATIONS),
            values=await evaluations.of_animal(tx, animal_id), events=happened.items,
            records=recorded.items, offspring=offspring, photo=photo,
            units={one.code: one.unit for one in await records.traits(tx)},
        )  # fmt: skip
        content = await asyncio.to_thread(summary.pdf, told, Texts(query.language))
    return File(name=_name(animal.tag, "summary", "pdf"), media_type=PDF, content=content)


async def _flock(tx: Transaction, farm: FarmRead, query: AnalyticsQuery) -> flock.Flock:
    question = subjects.ask(tx, farm, query)
    wanted = ReportQuery(language=query.language)
    return flock.Flock(
        farm=farm,
        as_of=question.today,
        made=_made(tx),
        subjects={one: await subjects.answer(question, one, wanted) for one in Subject},
        benchmarks=await _benchmarks(tx, farm, query),
    )


async def _benchmarks(tx: Transaction, farm: FarmRead, query: ReportQuery) -> TableRead:
    wanted = BenchmarkQuery(language=query.language)
    found = await benchmarking.benchmarks(tx, farm.id, wanted)
    rows: list[dict[str, Any]] = []
    for item in found.items:
        row: dict[str, Any] = item.model_dump()
        for cell in ("breed", "region"):
            quartiles = row.pop(f"{cell}_quartiles") or {}
            row |= {
                f"{cell}_{name}": quartiles.get(name) for name in ("farms", "q25", "q50", "q75")
            }
        rows.append(row)
    table = tables.table("benchmarks", rows, Texts(query.language))
    title = f"{table.title} {found.year}" if found.year else table.title
    return table.model_copy(update={"title": title})


async def _table(tx: Transaction, farm: FarmRead, name: str, query: ListQuery) -> TableRead:
    if name == "benchmarks":
        return await _benchmarks(tx, farm, query)
    if name in tables.LISTS:
        return await _list(tx, farm, name, query)
    subject = next((one for one, names in tables.SUBJECTS.items() if name in names), None)
    if subject is None:
        raise Missing(
            "reports.no_such_table",
            f"There is no table {name!r}. There are {', '.join(tables.TABLES)}.",
        )
    question = subjects.ask(tx, farm, query)
    found = await subjects.answer(question, subject, ReportQuery(language=query.language))
    return next(one for one in found.tables if one.name == name)


async def _list(tx: Transaction, farm: FarmRead, name: str, query: ListQuery) -> TableRead:
    """Animals, records or events of a farm; more than fit are refused, never cut off."""
    rows = await repository.rows(
        tx.session, name.upper(), farm=farm.id, year=query.year, most=MOST_ROWS + 1
    )
    if len(rows) > MOST_ROWS:
        message = f"The list has more than {MOST_ROWS:,} rows."
        error = FieldError("year", message, "Ask for one year after the other.")
        raise Invalid("reports.too_many_rows", f"{message} {error.remedy}", errors=[error])
    texts = Texts(query.language)
    if name == "events":
        rows = [{**row, "told": words_of(row["details"], texts)} for row in rows]
    return tables.table(name, rows, texts)


async def _workbook(
    tx: Transaction, farm: FarmRead, found: list[TableRead], query: ReportQuery
) -> bytes:
    texts = Texts(query.language)
    year = getattr(query, "year", None)
    rows = f"{texts.column('', 'year')} {year}" if year else texts.title("all_rows")
    told = Provenance(
        person=tx.actor.username, made_at=datetime.now(UTC), farm=f"{farm.name} ({farm.code})",
        rows=rows, software=f"AgriGen {__version__}", language=query.language,
    )  # fmt: skip
    return await asyncio.to_thread(sheets.workbook, found, told, texts)


def _made(tx: Transaction) -> str:
    """Who makes a document, when and with what: the line at the foot of its pages."""
    return f"{tx.actor.username}, {datetime.now(UTC):%Y-%m-%d}, AgriGen {__version__}"


def _name(whose: str, what: str, ending: str) -> str:
    safe = re.sub(r"[^\w.-]+", "-", whose).strip("-") or "farm"
    return f"{safe}-{what}-{datetime.now(UTC):%Y-%m-%d}.{ending}"


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few files that are made at a time; others are asked to come again."""
    if not AT_ONCE.acquire(blocking=False):
        message = "Other reports are being made. Try again in a few seconds."
        raise Limited("reports.busy", message, retry_after=5)
    try:
        yield
    finally:
        AT_ONCE.release()
