"""Queries about imports and the rows they could not take."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.models import Person
from hub.etl.models import Import, ImportRow
from hub.etl.read import ROW
from hub.etl.schemas import ImportsQuery, ProblemsQuery
from hub.events.models import Event
from hub.files.models import File
from hub.records.models import Record
from hub.storage.paging import Page, fetch_page

_ADD_ROWS = text(
    "INSERT INTO app.import_row (import_id, row_number, farm_id, raw, problems, state) "
    "SELECT :import_id, row_number, :farm_id, raw, problems, state "
    "FROM jsonb_to_recordset(:rows) AS r(row_number int, raw jsonb, problems jsonb, state text) "
    "ON CONFLICT (import_id, row_number) DO UPDATE "
    "SET raw = excluded.raw, problems = excluded.problems, state = excluded.state, "
    "updated_at = now()"
)

_WAITED_FOR = text("""
SELECT EXISTS (SELECT FROM pg_locks
               WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
""")

_MADE = text("""
INSERT INTO app.import_entry AS e (import_id, entity, entity_id, farm_id, rows)
SELECT i.id, :entity, :id, i.farm_id, :rows FROM app.import i WHERE i.id = :import_id
ON CONFLICT (import_id, entity, entity_id) DO UPDATE SET rows = excluded.rows
""")


async def add(session: AsyncSession, row: Import) -> Import:
    session.add(row)
    await session.flush()
    return row


async def get(session: AsyncSession, import_id: UUID, *, lock: bool = False) -> Import | None:
    statement = select(Import).where(Import.id == import_id)
    statement = statement.execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def flush(session: AsyncSession, row: Import) -> Import:
    await session.flush()
    await session.refresh(row)
    return row


async def search(session: AsyncSession, query: ImportsQuery) -> Page[Import]:
    wanted = {"farm_id": query.farm_id, "kind": query.kind, "state": query.state}
    statement = select(Import).filter_by(**{k: v for k, v in wanted.items() if v is not None})
    return await fetch_page(
        session, statement, [Import.id], cursor=query.cursor, limit=query.limit, descending=True
    )


async def named(session: AsyncSession, imports: Sequence[Import]) -> dict[UUID, tuple[str, str]]:
    """By import: what its file and its person are called; row policies leave names out."""
    statement = (
        select(Import.id, File.name, func.coalesce(func.nullif(Person.name, ""), Person.username))
        .outerjoin(File, File.id == Import.file_id)
        .outerjoin(Person, Person.id == Import.person_id)
        .where(Import.id.in_([one.id for one in imports]))
    )
    return {id: (file or "", person or "") for id, file, person in await session.execute(statement)}


async def people(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people are called; row policies leave out those whom one may not know."""
    name = func.coalesce(func.nullif(Person.name, ""), Person.username)
    statement = select(Person.id, name).where(Person.id.in_(set(ids)))
    return {row[0]: row[1] for row in await session.execute(statement)}


async def made(
    session: AsyncSession, import_id: UUID, entity: str, entity_id: UUID, rows: Sequence[int]
) -> None:
    """Remember that these rows of an import made an event or a record (for the lineage)."""
    values = {"import_id": import_id, "entity": entity, "id": entity_id, "rows": list(rows)}
    await session.execute(_MADE, values)


async def change(session: AsyncSession, import_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(Import).where(Import.id == import_id).values(**values))


async def checkpoint(
    session: AsyncSession, import_id: UUID, mark: int, counts: Any, values: dict[str, Any]
) -> bool:
    """Store how far an import is, and add what became of some of its rows.

    False when its mark is no longer `mark`: another attempt was here.
    """
    added = {
        "rows_read": Import.rows_read + counts.read,
        "rows_loaded": Import.rows_loaded + counts.loaded,
        "rows_unchanged": Import.rows_unchanged + counts.unchanged,
        "rows_rejected": Import.rows_rejected + counts.rejected,
        "rows_warned": Import.rows_warned + counts.warned,
    }
    before = func.coalesce(Import.stage["mark"].as_integer(), 0) == mark
    statement = update(Import).where(Import.id == import_id, before).values(**added, **values)
    return await session.scalar(statement.returning(Import.id)) is not None


async def add_found(
    session: AsyncSession, import_id: UUID, farm_id: UUID, findings: Any, rows: dict[int, Any]
) -> None:
    """Keep rows of a file with what was found in them."""
    cells = findings.table.frame.filter(pl.col(ROW).is_in(list(rows)))
    raw = {cell.pop(ROW): cell for cell in cells.iter_rows(named=True)}
    content = [
        {
            "row_number": row,
            "raw": {name: value or "" for name, value in raw.get(row, {}).items()},
            "problems": problems,
            "state": "rejected" if row in findings.refused else "warned",
        }
        for row, problems in rows.items()
    ]
    values = {"import_id": import_id, "farm_id": farm_id, "rows": json.dumps(content)}
    await session.execute(_ADD_ROWS, values)


async def take_time(session: AsyncSession) -> None:
    """Let the statements of this transaction take as long as they need: it loads a whole file."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))


async def refresh_statistics(session: AsyncSession) -> None:
    """Tell the planner of the rows that were just loaded; autovacuum would, a minute later."""
    await session.execute(text("SELECT app.refresh_statistics()"))


async def is_waited_for(session: AsyncSession) -> bool:
    """Whether another transaction waits for what this one has locked."""
    return bool(await session.scalar(_WAITED_FOR))


async def rejected(session: AsyncSession, import_id: UUID, query: ProblemsQuery) -> Page[ImportRow]:
    statement = select(ImportRow).where(ImportRow.import_id == import_id)
    if query.state:
        statement = statement.where(ImportRow.state == query.state)
    asked = {"rule": query.rule, "column": query.column}
    if found := {name: value for name, value in asked.items() if value is not None}:
        statement = statement.where(ImportRow.problems.contains([found]))
    keys = [ImportRow.row_number]
    return await fetch_page(session, statement, keys, cursor=query.cursor, limit=query.limit)


async def rows(
    session: AsyncSession, import_id: UUID, numbers: Sequence[int]
) -> dict[int, ImportRow]:
    """Refused rows by number, held for mending."""
    statement = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.row_number.in_(numbers))
        .order_by(ImportRow.row_number)
        .with_for_update()
    )
    return {row.row_number: row for row in await session.scalars(statement)}


async def events_of(
    session: AsyncSession, animal_id: UUID, kind: str, on: date
) -> list[dict[str, Any]]:
    """Details of the events of a kind that an animal had on a day."""
    statement = select(Event.details).where(
        Event.animal_id == animal_id, Event.kind == kind, Event.occurred_on == on, ~Event.voided
    )
    return list(await session.scalars(statement))


async def has_record(
    session: AsyncSession, animal_id: UUID, trait: str, on: date, value: float
) -> bool:
    statement = select(Record.id).where(
        Record.animal_id == animal_id, Record.trait_code == trait, Record.recorded_on == on,
        Record.value == value,
    )  # fmt: skip
    return await session.scalar(statement.limit(1)) is not None


async def same_birth(
    session: AsyncSession, import_id: UUID, rows: Sequence[ImportRow]
) -> list[ImportRow]:
    """Further refused rows of the births that some rows are of: a litter is mended as one."""
    keys = {(row.raw.get("animal", ""), row.raw.get("date", "")) for row in rows}
    statement = select(ImportRow).where(
        ImportRow.import_id == import_id,
        ImportRow.state == "rejected",
        tuple_(ImportRow.raw["animal"].astext, ImportRow.raw["date"].astext).in_(keys),
        ImportRow.problems.contains([{"rule": "birth_refused"}]),
    )
    return list(await session.scalars(statement.with_for_update()))


async def mended(session: AsyncSession, import_id: UUID, numbers: Sequence[int]) -> None:
    statement = update(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.row_number.in_(numbers)
    )
    await session.execute(statement.values(state="mended", updated_at=func.now()))


async def reported(
    session: AsyncSession, import_id: UUID, after: int, to: int | None, most: int
) -> list[tuple[int, dict[str, Any], list[dict[str, Any]], str]]:
    """Rows in which something was found, and that were not mended since, after a number."""
    statement = (
        select(ImportRow.row_number, ImportRow.raw, ImportRow.problems, ImportRow.state)
        .where(ImportRow.import_id == import_id, ImportRow.row_number > after)
        .where(ImportRow.state != "mended")
        .order_by(ImportRow.row_number)
        .limit(most)
    )
    if to is not None:
        statement = statement.where(ImportRow.row_number <= to)
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(statement)]
