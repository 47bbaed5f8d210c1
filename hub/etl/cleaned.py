"""What the cleaning of an import changed, cell by cell, as it was kept."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import polars as pl
from pydantic import Field

from hub.etl.models import Import
from hub.etl.read import ROW
from hub.etl.service import require
from hub.permissions import Permission
from hub.schemas import Output
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

EXAMPLES = 20


class CleanedCell(Output):
    """A cell before and after a step; with no column, a row that was left out."""

    row: int
    column: str
    before: str
    after: str


class CleanedStep(Output):
    """What one step of cleaning did."""

    step: dict[str, Any]
    changed: int = Field(description="Cells changed, or rows left out")
    examples: list[CleanedCell]


class CleanedRead(Output):
    """The steps of an import's cleaning in their order."""

    items: list[CleanedStep]


async def cleaned(tx: Transaction, objects: ObjectStore, import_id: UUID) -> CleanedRead:
    """What each step of an import's cleaning changed, with the first cells before and after."""
    tx.actor.require(Permission.IMPORTS_READ)
    row = await require(tx, import_id)
    first = await asyncio.to_thread(_first, objects, row.changes_object, row.cleaning)
    return CleanedRead(items=[_step(row, number, first) for number in range(len(row.cleaning))])


def _step(row: Import, number: int, first: dict[int, list[CleanedCell]]) -> CleanedStep:
    counts = row.notes.get("cleaned", {})
    return CleanedStep(
        step=row.cleaning[number],
        changed=counts.get(str(number), 0),
        examples=first.get(number, []),
    )


def _first(
    objects: ObjectStore, digest: str, steps: Sequence[Mapping[str, Any]]
) -> dict[int, list[CleanedCell]]:
    """The first changes of every step; the file of a million changes is only looked into."""
    if not digest:
        return {}
    with objects.local(digest) as path:
        changes = pl.scan_parquet(path).filter(pl.col(ROW) > 0)  # new columns are of row 0
        lazy = [changes.filter(_of(n, step)).head(EXAMPLES) for n, step in enumerate(steps)]
        return {n: _cells(found) for n, found in enumerate(pl.collect_all(lazy))}


def _of(number: int, step: Mapping[str, Any]) -> pl.Expr:
    """Cells that a step changed; of a row that it left out the mark, not each cell."""
    left_out = pl.lit(step["step"] != "duplicates") | (pl.col("column") == "")
    return (pl.col("step") == number) & left_out


def _cells(found: pl.DataFrame) -> list[CleanedCell]:
    return [
        CleanedCell(
            row=one[ROW],
            column=one["column"],
            before=one["before"] or "",
            after=one["after"] or "",
        )
        for one in found.iter_rows(named=True)
    ]
