"""Queries about refused rows, what was found in them, and what was done about them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.etl.models import Import, ImportRow, Mending, RowChange
from hub.etl.quarantine.schemas import ChangesQuery, FindingsQuery
from hub.storage.copying import expect_many
from hub.storage.paging import Page, bad_cursor, decode_cursor, encode_cursor, fetch_page


@dataclass(frozen=True)
class Wanted:
    """Rows of an import: `findings` are alternatives of which a row must have one.

    `header` is the column in which `value` must stand; rows with a finding of `without` are not
    meant, nor are those that the mending `not_by` changed already.
    """

    import_id: UUID
    state: str = "rejected"
    after: int = 0
    findings: Sequence[Mapping[str, str]] = ()
    header: str = ""
    value: str | None = None
    numbers: Sequence[int] | None = None
    without: Sequence[str] = ()
    not_by: UUID | None = None


def _where(wanted: Wanted) -> Any:
    """The conditions that `wanted` stands for."""
    yield ImportRow.import_id == wanted.import_id
    yield ImportRow.state == wanted.state
    if wanted.after:
        yield ImportRow.row_number > wanted.after
    if wanted.findings:
        yield or_(*(ImportRow.problems.contains([dict(one)]) for one in wanted.findings))
    for rule in wanted.without:
        yield ~ImportRow.problems.contains([{"rule": rule}])
    if wanted.value is not None:
        yield func.coalesce(ImportRow.raw[wanted.header].astext, "") == wanted.value
    if wanted.numbers is not None:
        yield ImportRow.row_number.in_(wanted.numbers)
    if wanted.not_by is not None:
        done = select(RowChange.row_number).where(RowChange.mending_id == wanted.not_by)
        yield ImportRow.row_number.not_in(done)


async def rows(session: AsyncSession, wanted: Wanted, most: int) -> list[ImportRow]:
    """The first rows that are wanted, held for mending."""
    statement = select(ImportRow).where(*_where(wanted)).order_by(ImportRow.row_number)
    statement = statement.limit(most).with_for_update()
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return list(found)


async def count(session: AsyncSession, wanted: Wanted) -> int:
    statement = select(func.count()).select_from(ImportRow).where(*_where(wanted))
    return int(await session.scalar(statement) or 0)


async def headers(session: AsyncSession, import_id: UUID) -> list[str]:
    """The file's columns, as a refused row has them."""
    statement = select(ImportRow.raw).where(ImportRow.import_id == import_id)
    return sorted(await session.scalar(statement.order_by(ImportRow.row_number).limit(1)) or {})


async def values(session: AsyncSession, wanted: Wanted, header: str) -> list[tuple[str, int]]:
    """Every value of a column in the wanted rows, with the count of rows that have it."""
    cell = func.coalesce(ImportRow.raw[header].astext, "")
    statement = select(cell, func.count()).where(*_where(wanted)).group_by(cell)
    return [(value, int(rows)) for value, rows in await session.execute(statement)]


async def with_values(
    session: AsyncSession, wanted: Wanted, header: str, cells: Sequence[str], most: int
) -> list[ImportRow]:
    """The first wanted rows with one of some values in a column."""
    cell = func.coalesce(ImportRow.raw[header].astext, "")
    statement = select(ImportRow).where(*_where(wanted), cell.in_(cells))
    return list(await session.scalars(statement.order_by(ImportRow.row_number).limit(most)))


async def columns_of(session: AsyncSession, import_id: UUID, rule: str) -> list[str]:
    """The columns in which a rule was broken, by rows of whatever state."""
    statement = text(
        "SELECT DISTINCT p ->> 'column' FROM app.import_row r, jsonb_array_elements(r.problems) p "
        "WHERE r.import_id = :import_id AND p ->> 'rule' = :rule ORDER BY 1"
    )
    return list(await session.scalars(statement, {"import_id": import_id, "rule": rule}))


async def same_day(
    session: AsyncSession, import_id: UUID, rows: Iterable[ImportRow], animal: str, day: str
) -> list[ImportRow]:
    """Every refused row of the animals and days that some rows tell of, held for mending.

    The rows of one birth stand or fall together.
    """
    keys = {(row.raw.get(animal) or "", row.raw.get(day) or "") for row in rows}
    key = (func.coalesce(ImportRow.raw[name].astext, "") for name in (animal, day))
    statement = select(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.state == "rejected", tuple_(*key).in_(keys)
    )
    statement = statement.order_by(ImportRow.row_number).with_for_update()
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


_CHANGE_CELLS = text("""
UPDATE app.import_row r SET raw = r.raw || c.cells, updated_at = now()
FROM jsonb_to_recordset(:rows) AS c(row_number int, cells jsonb)
WHERE r.import_id = :import_id AND r.row_number = c.row_number
""")


async def change_cells(
    session: AsyncSession, import_id: UUID, cells: Mapping[int, Mapping[str, str]]
) -> None:
    """Put new values into cells of rows."""
    rows = [{"row_number": number, "cells": dict(new)} for number, new in cells.items()]
    await expect_many(session, len(rows))
    await session.execute(_CHANGE_CELLS, {"import_id": import_id, "rows": json.dumps(rows)})


async def change_state(
    session: AsyncSession, import_id: UUID, numbers: Sequence[int], state: str
) -> None:
    statement = update(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.row_number.in_(numbers)
    )
    await session.execute(statement.values(state=state, updated_at=func.now()))


async def still(session: AsyncSession, import_id: UUID, numbers: Sequence[int]) -> set[int]:
    """Which of some rows are still refused."""
    statement = select(ImportRow.row_number).where(
        ImportRow.import_id == import_id,
        ImportRow.row_number.in_(numbers),
        ImportRow.state == "rejected",
    )
    return set(await session.scalars(statement))


_NOTE = text("""
INSERT INTO app.import_row_change (mending_id, row_number, "column", import_id, farm_id, person_id,
                                   before, after, problems)
SELECT :mending_id, c.row_number, c."column", :import_id, :farm_id, :person_id, c.before, c.after,
       c.problems
FROM jsonb_to_recordset(:changes)
     AS c(row_number int, "column" text, before text, after text, problems jsonb)
""")


async def note(
    session: AsyncSession, mending: Mending, person_id: UUID, changes: Sequence[Mapping[str, Any]]
) -> None:
    """Keep changes: row_number, column, before, after, and problems while it can be undone."""
    values = {
        "mending_id": mending.id, "import_id": mending.import_id, "farm_id": mending.farm_id,
        "person_id": person_id, "changes": json.dumps(changes),
    }  # fmt: skip
    await session.execute(_NOTE, values)


_UNDO_CELLS = text("""
WITH piece AS (
    SELECT DISTINCT c.row_number FROM app.import_row_change c
    WHERE c.mending_id = :undoes AND c.row_number > :after AND c.undone_id IS NULL
    ORDER BY c.row_number LIMIT :most
), held AS (
    SELECT r.row_number, r.raw, r.state FROM app.import_row r JOIN piece USING (row_number)
    WHERE r.import_id = :import_id ORDER BY r.row_number FOR UPDATE OF r
), fit AS (
    SELECT h.row_number FROM held h JOIN app.import_row_change c
        ON c.mending_id = :undoes AND c.row_number = h.row_number
    GROUP BY h.row_number, h.state
    HAVING CASE WHEN bool_or(c."column" = '') THEN h.state = min(c.after)
                ELSE h.state = 'rejected' AND bool_and(coalesce(h.raw ->> c."column", '') = c.after)
           END
), marked AS (
    UPDATE app.import_row_change c SET undone_id = :undo FROM fit
    WHERE c.mending_id = :undoes AND c.row_number = fit.row_number
    RETURNING c.row_number, c."column", c.before, c.problems
), back AS (
    UPDATE app.import_row r SET
        raw = r.raw || coalesce(m.cells, '{}'::jsonb), problems = coalesce(m.problems, r.problems),
        state = coalesce(m.state, r.state), updated_at = now()
    FROM (SELECT row_number, min(before) FILTER (WHERE "column" = '') AS state,
                 jsonb_object_agg("column", before) FILTER (WHERE "column" <> '') AS cells,
                 (array_agg(problems) FILTER (WHERE problems IS NOT NULL))[1] AS problems
          FROM marked GROUP BY row_number) m
    WHERE r.import_id = :import_id AND r.row_number = m.row_number
    RETURNING r.row_number
)
SELECT (SELECT count(*) FROM piece), (SELECT max(row_number) FROM piece),
       (SELECT count(*) FROM back)
""")


async def undo(session: AsyncSession, undo: Mending, most: int) -> tuple[int, int, int]:
    """Put back what a mending changed in the next rows, where it is as the mending left it.

    Rows looked at, the last of them, and rows put back.
    """
    values = {
        "undoes": undo.undoes_id, "undo": undo.id, "import_id": undo.import_id,
        "after": undo.done_to, "most": most,
    }  # fmt: skip
    await expect_many(session, most)
    looked, last, back = (await session.execute(_UNDO_CELLS, values)).one()
    return int(looked), int(last or 0), int(back)


async def add(session: AsyncSession, mending: Mending) -> Mending:
    session.add(mending)
    await session.flush()
    return mending


async def mending(session: AsyncSession, mending_id: UUID, *, lock: bool = False) -> Mending | None:
    statement = select(Mending).where(Mending.id == mending_id)
    statement = statement.execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def mendings(
    session: AsyncSession, import_id: UUID, cursor: str | None, limit: int
) -> Page[Mending]:
    statement = select(Mending).where(Mending.import_id == import_id)
    return await fetch_page(
        session, statement, [Mending.id], cursor=cursor, limit=limit, descending=True
    )


async def flush(session: AsyncSession, row: Mending) -> Mending:
    await session.flush()
    await session.refresh(row)
    return row


async def change(session: AsyncSession, mending_id: UUID, **values: Any) -> None:
    statement = update(Mending).where(Mending.id == mending_id)
    await session.execute(statement.values(**values, updated_at=func.now()))


async def add_counts(session: AsyncSession, import_id: UUID, **more: int) -> None:
    """Add to the counts of an import."""
    values = {name: getattr(Import, name) + number for name, number in more.items() if number}
    if values:
        await session.execute(update(Import).where(Import.id == import_id).values(**values))


async def undone(session: AsyncSession, mending_id: UUID) -> bool:
    """Whether somebody undoes this mending, or has done so."""
    statement = select(Mending.id).where(
        Mending.undoes_id == mending_id, Mending.state.in_(("queued", "running", "done"))
    )
    return await session.scalar(statement.limit(1)) is not None


def _changes(import_id: UUID, query: ChangesQuery) -> Select[Any]:
    statement = select(RowChange).where(RowChange.import_id == import_id)
    if query.row is not None:
        statement = statement.where(RowChange.row_number == query.row)
    if query.mending_id is not None:
        statement = statement.where(RowChange.mending_id == query.mending_id)
    return statement


async def changes(session: AsyncSession, import_id: UUID, query: ChangesQuery) -> Page[RowChange]:
    """In the order of the rows, and of the time within a row."""
    keys = [RowChange.row_number, RowChange.mending_id, RowChange.column]
    return await fetch_page(
        session, _changes(import_id, query), keys, cursor=query.cursor, limit=query.limit
    )


_FINDINGS = """
FROM app.import_row r CROSS JOIN LATERAL jsonb_array_elements(r.problems) WITH ORDINALITY AS f(p, n)
WHERE r.import_id = :import_id
  AND (cast(:state AS text) IS NULL OR r.state = :state)
  AND (cast(:rule AS text) IS NULL OR p ->> 'rule' = :rule)
  AND (cast(:column AS text) IS NULL OR p ->> 'column' = :column)
  AND (cast(:severity AS text) IS NULL OR coalesce(p ->> 'severity', 'error') = :severity)
"""
_PAGE = text(f"""
SELECT r.row_number, f.n, r.state, p {_FINDINGS}
  AND (r.row_number, f.n) > (:row, :n) ORDER BY r.row_number, f.n LIMIT :most
""")
_COUNTS = text(f"""
WITH found AS (
    SELECT p ->> 'rule' AS rule, p ->> 'column' AS "column", p ->> 'value' AS value,
           coalesce(p ->> 'severity', 'error') AS severity, count(*) AS rows,
           count(*) FILTER (WHERE r.state = 'rejected') AS waiting,
           min(p ->> 'message') AS message, min(p ->> 'remedy') AS remedy
    {_FINDINGS} GROUP BY 1, 2, 3, 4
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY rule, "column", severity
                                 ORDER BY waiting DESC, rows DESC, value) AS place
    FROM found
)
SELECT rule, "column", severity, sum(rows)::int AS rows, sum(waiting)::int AS waiting,
       (array_agg(message ORDER BY place))[1] AS message,
       (array_agg(remedy ORDER BY place))[1] AS remedy,
       coalesce(jsonb_agg(jsonb_build_object('value', value, 'rows', rows) ORDER BY place)
                FILTER (WHERE place <= 5 AND value IS NOT NULL), '[]') AS values
FROM ranked GROUP BY 1, 2, 3 ORDER BY 3, 4 DESC, 1, 2
""")  # noqa: S608  our own text, no values


def _findings(import_id: UUID, query: FindingsQuery) -> dict[str, Any]:
    wanted = query.model_dump(include={"rule", "column", "severity", "state"})
    return {"import_id": import_id, **wanted}


async def findings(
    session: AsyncSession, import_id: UUID, query: FindingsQuery
) -> Page[tuple[int, str, dict[str, Any]]]:
    """Findings in the order of the file: number of the row, its state, what was found."""
    row, n = _place(query.cursor)
    values = {**_findings(import_id, query), "row": row, "n": n, "most": query.limit + 1}
    found = (await session.execute(_PAGE, values)).all()
    more = len(found) > query.limit
    found = found[: query.limit]
    cursor = encode_cursor([found[-1][0], found[-1][1]]) if more else None
    return Page([(number, state, finding) for number, _, state, finding in found], cursor)


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    row, n = decode_cursor(cursor, 2)
    if not (isinstance(row, int) and isinstance(n, int)):
        raise bad_cursor()
    return row, n


async def finding_counts(
    session: AsyncSession, import_id: UUID, query: FindingsQuery
) -> list[dict[str, Any]]:
    """By rule, column and severity: rows, rows that wait, message, remedy, commonest values."""
    found = await session.execute(_COUNTS, _findings(import_id, query))
    return [dict(row) for row in found.mappings()]
