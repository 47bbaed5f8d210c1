"""What a rule would do, before it does it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from hub.etl.models import Import, ImportRow
from hub.etl.quarantine import actions, repository, work
from hub.etl.quarantine.plan import Plan
from hub.etl.quarantine.schemas import CellChange, MendAnswer
from hub.storage.transaction import Transaction

EXAMPLES = 20
TRIED = 200
_MOST_VALUES = 1000


async def answer(tx: Transaction, chosen: Plan) -> MendAnswer:
    """How many rows are meant and changed, and the first changes.

    Cells are changed once for each distinct value, so that a million rows are no work.
    """
    aside = await _set_aside(tx, chosen)
    if not chosen.changes_cells:
        rows = await repository.count(tx.session, chosen.wanted)
        changed = 0 if chosen.loads else rows
        return MendAnswer(rows=rows, rows_changed=changed, rows_set_aside=aside, examples=[])
    found = await repository.values(tx.session, chosen.wanted, chosen.header)
    before = pl.Series(chosen.header, [value for value, _ in found], dtype=pl.String)
    after = await asyncio.to_thread(actions.apply, chosen.action, before)
    new = {
        old: (value, rows) for (old, rows), value in zip(found, after, strict=True) if old != value
    }
    first = await _first(tx, chosen, list(new)[:_MOST_VALUES])
    return MendAnswer(
        rows=sum(rows for _, rows in found),
        rows_changed=sum(rows for _, rows in new.values()),
        rows_set_aside=aside,
        examples=[
            CellChange(row=one.row_number, column=chosen.header, before=old, after=new[old][0])
            for one in first
            for old in [one.raw.get(chosen.header) or ""]
        ],
    )


async def _first(tx: Transaction, chosen: Plan, values: Sequence[str]) -> list[ImportRow]:
    if not values:
        return []
    return await repository.with_values(tx.session, chosen.wanted, chosen.header, values, EXAMPLES)


async def _set_aside(tx: Transaction, chosen: Plan) -> int:
    """Rows that the filter fits, but which a person must look at."""
    if not chosen.wanted.without:
        return 0
    every = await repository.count(tx.session, replace(chosen.wanted, without=()))
    return every - await repository.count(tx.session, chosen.wanted)


async def tried(tx: Transaction, row: Import, chosen: Plan, found: MendAnswer) -> MendAnswer:
    """The same, with what became of the first rows when they were loaded and taken back again."""
    if not chosen.loads or not found.rows:
        return found
    async with tx.session.begin_nested() as trial:
        rows = await repository.rows(tx.session, chosen.wanted, TRIED)
        counts = await work.trial(tx, row, chosen, rows)
        await trial.rollback()
    return found.model_copy(update={"rows_tried": counts[0], "rows_loadable": counts[1]})
