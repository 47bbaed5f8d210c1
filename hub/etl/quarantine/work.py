"""Mending in pieces: each is one transaction with its rows, its changes, the counts and the mark.

The import is locked for a piece, and which rows still wait is asked under that lock: of two people
who mend the same rows, the second finds them loaded. A worker killed anywhere leaves whole pieces.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from hub.etl import pipeline
from hub.etl.models import Import, ImportRow, Mending
from hub.etl.quarantine import actions, repository
from hub.etl.quarantine.plan import Plan, header_of, plan
from hub.etl.quarantine.schemas import Discard, MendByRule
from hub.storage.transaction import Transaction

PIECE = 20_000
Cells = Mapping[int, Mapping[str, str]]
"""New values by row and column."""


async def step(tx: Transaction, row: Import, mending: Mending, most: int) -> bool:
    """Do the next rows of a mending; whether it is over."""
    if mending.kind == "undo":
        return await _undo(tx, row, mending, most)
    asked = MendByRule.model_validate({"filter": mending.filter, "action": mending.action})
    chosen = (await plan(tx, row, asked)).of(mending.id, mending.done_to)
    found = await repository.rows(tx.session, chosen.wanted, most)
    if found and chosen.loads:
        await _replay(tx, row, mending, chosen, found)
    elif found:
        await _move(tx, row, mending, chosen, found)
    if found:
        mending.done_to = found[-1].row_number
    return len(found) < most


async def _replay(
    tx: Transaction, row: Import, mending: Mending, chosen: Plan, found: Sequence[ImportRow]
) -> None:
    there, cells = await _meant(tx, row, chosen, found)
    if there:
        await load(tx, row, mending, there, cells)


async def _meant(
    tx: Transaction, row: Import, chosen: Plan, found: Sequence[ImportRow]
) -> tuple[dict[int, ImportRow], Cells]:
    """The rows to load: those in which a cell changes, or all when they are only replayed."""
    cells = await changed(chosen, found)
    there = {one.row_number: one for one in found if one.row_number in cells or not chosen.header}
    if row.kind == "events" and there:
        return await _with_births(tx, row, chosen, there, cells)
    return there, cells


async def trial(
    tx: Transaction, row: Import, chosen: Plan, found: Sequence[ImportRow]
) -> tuple[int, int]:
    """Load some rows as the plan would: how many were tried, and how many are good.

    The caller takes it all back.
    """
    there, cells = await _meant(tx, row, chosen, found)
    if not there:
        return 0, 0
    counts = await pipeline.load_mended(tx, row, _table(there, cells))
    return len(there), counts.loaded + counts.unchanged


def _table(there: Mapping[int, ImportRow], cells: Cells) -> list[dict[str, Any]]:
    return [
        {"row": number, "values": {**there[number].raw, **cells.get(number, {})}}
        for number in sorted(there)
    ]


async def changed(chosen: Plan, rows: Sequence[ImportRow]) -> dict[int, dict[str, str]]:
    """The cells that the plan's action changes in some rows, found beside the event loop."""
    if not chosen.changes_cells:
        return {}
    name = chosen.header
    before = pl.Series(name, [one.raw.get(name) or "" for one in rows], dtype=pl.String)
    after = await asyncio.to_thread(actions.apply, chosen.action, before)
    pairs = zip(rows, before, after, strict=True)
    return {one.row_number: {name: new} for one, old, new in pairs if new != old}


async def _with_births(
    tx: Transaction, row: Import, chosen: Plan, there: Mapping[int, ImportRow], cells: Cells
) -> tuple[dict[int, ImportRow], Cells]:
    """Rows of one birth are loaded together, wherever they stand in the file."""
    together = await of_births(tx, row, there.values())
    numbers = [number for number in together if number not in there]
    if not numbers:
        return together, cells
    wanted = replace(chosen.wanted, after=0, numbers=numbers)
    meant = await repository.rows(tx.session, wanted, len(numbers))
    return together, {**cells, **await changed(chosen, meant)}


async def of_births(tx: Transaction, row: Import, rows: Any) -> dict[int, ImportRow]:
    """Rows of events and every other refused row of the same animals and days."""
    there = {one.row_number: one for one in rows}
    headers = list(next(iter(there.values())).raw)
    animal, day = (header_of(headers, row.mapping, name) for name in ("animal", "date"))
    if animal and day:
        found = await repository.same_day(tx.session, row.id, there.values(), animal, day)
        there |= {one.row_number: one for one in found}
    return dict(sorted(there.items()))


async def load(
    tx: Transaction, row: Import, mending: Mending, there: Mapping[int, ImportRow], cells: Cells
) -> None:
    """Check rows with their new cells and load the good ones; every change is kept."""
    before = {number: (dict(one.raw), list(one.problems)) for number, one in there.items()}
    table = _table(there, cells)
    if cells:
        await repository.change_cells(tx.session, row.id, cells)
    counts = await pipeline.load_mended(tx, row, table)
    still = await repository.still(tx.session, row.id, list(there))
    changes = [
        {
            "row_number": number, "column": column, "before": before[number][0].get(column) or "",
            "after": new, "problems": before[number][1] if number in still else None,
        }
        for number, new_cells in cells.items()
        for column, new in new_cells.items()
    ]  # fmt: skip
    if changes:
        await repository.note(tx.session, mending, tx.actor.person_id, changes)
    mending.rows_changed += len(cells)
    mending.rows_loaded += counts.loaded
    mending.rows_unchanged += counts.unchanged
    mending.rows_rejected += len(still)
    in_now = counts.loaded + counts.unchanged
    await repository.add_counts(
        tx.session, row.id, rows_loaded=counts.loaded, rows_unchanged=counts.unchanged,
        rows_rejected=-in_now,
    )  # fmt: skip


async def _move(
    tx: Transaction, row: Import, mending: Mending, chosen: Plan, found: Sequence[ImportRow]
) -> None:
    """Leave rows out, or take them back."""
    before = chosen.wanted.state
    after = "discarded" if isinstance(chosen.action, Discard) else "rejected"
    numbers = [one.row_number for one in found]
    await repository.change_state(tx.session, row.id, numbers, after)
    changes = [
        {"row_number": number, "column": "", "before": before, "after": after} for number in numbers
    ]
    await repository.note(tx.session, mending, tx.actor.person_id, changes)
    mending.rows_changed += len(found)
    await _count_moved(tx, row, len(found) if after == "discarded" else -len(found))


async def _count_moved(tx: Transaction, row: Import, discarded: int) -> None:
    await repository.add_counts(
        tx.session, row.id, rows_discarded=discarded, rows_rejected=-discarded
    )


async def _undo(tx: Transaction, row: Import, mending: Mending, most: int) -> bool:
    looked, last, back = await repository.undo(tx.session, mending, most)
    mending.rows_changed += back
    mending.rows_left += looked - back
    mending.done_to = max(last, mending.done_to)
    undone = await repository.mending(tx.session, mending.undoes_id) if mending.undoes_id else None
    if undone is not None and undone.kind in ("discard", "take_back"):
        await _count_moved(tx, row, -back if undone.kind == "discard" else back)
    return looked < most
