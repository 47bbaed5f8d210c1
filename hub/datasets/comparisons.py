"""Use cases of comparing two versions; what was found is kept, since versions never change."""

import asyncio
from uuid import UUID

import polars as pl

from hub.datasets import comparing, parquet, repository, storing
from hub.datasets.models import DatasetComparison
from hub.datasets.schemas import (
    DatasetRead,
    Difference,
    DifferenceQuery,
    FrozenTable,
    RowDifference,
    TableDifference,
)
from hub.datasets.service import get, require_table
from hub.errors import FieldError, Invalid
from hub.storage.objects import ObjectStore
from hub.storage.paging import encode_cursor, first_row
from hub.storage.transaction import Transaction


async def diff(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID, query: DifferenceQuery
) -> Difference:
    """What differs in every table that both have, and the rows of one of them."""
    before, after, kinds = await _both(tx, dataset_id, query)
    found = {kind: await _compared(tx, objects, before, after, kind) for kind in kinds}
    kind = query.kind or next(iter(kinds), None)
    items, cursor = list[RowDifference](), None
    if kind is not None:
        table = after.table(kind)
        items, cursor = await asyncio.to_thread(_page, objects, found[kind], table, query)
    return Difference(
        before_id=before.id,
        after_id=after.id,
        equal=before.content_hash == after.content_hash,
        tables=[_told(kind, row) for kind, row in found.items()],
        only_before=[one.kind for one in before.tables if after.table(one.kind) is None],
        only_after=[one.kind for one in after.tables if before.table(one.kind) is None],
        kind=kind,
        items=items,
        next_cursor=cursor,
    )


async def diff_content(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID, query: DifferenceQuery
) -> bytes:
    """Every row of a table that differs, as Parquet: change, key, and both values."""
    before, after, kinds = await _both(tx, dataset_id, query)
    kind = query.kind or next(iter(kinds), None)
    if kind is None:
        raise _no_table("", kinds)
    found = await _compared(tx, objects, before, after, kind)
    return await asyncio.to_thread(objects.get, found.object)


async def _both(
    tx: Transaction, dataset_id: UUID, query: DifferenceQuery
) -> tuple[DatasetRead, DatasetRead, list[str]]:
    before, after = await get(tx, dataset_id), await get(tx, query.to)
    kinds = [one.kind for one in before.tables if after.table(one.kind)]
    if query.kind is not None and query.kind not in kinds:
        raise _no_table(query.kind, kinds)
    return before, after, kinds


def _no_table(kind: str, kinds: list[str]) -> Invalid:
    there = ", ".join(kinds) or "none: the input of an evaluation is compared by its hashes"
    message = f"Not both versions have a table {kind!r}." if kind else "They share no table."
    error = FieldError("kind", message, f"Tables of both: {there}.")
    return Invalid("datasets.not_comparable", message, errors=[error])


async def _compared(
    tx: Transaction, objects: ObjectStore, before: DatasetRead, after: DatasetRead, kind: str
) -> DatasetComparison:
    """What was found before, or is found now."""
    known = await repository.comparison(tx.session, before.id, after.id, kind)
    if known is not None:
        return known
    found = await asyncio.to_thread(_compare, objects, before, after, kind)
    await repository.keep_comparison(tx.session, found)
    return found


def _compare(
    objects: ObjectStore, before: DatasetRead, after: DatasetRead, kind: str
) -> DatasetComparison:
    first, second = require_table(before, kind), require_table(after, kind)
    sides = _stored(objects, first, before), _stored(objects, second, after)
    found = comparing.compare(*sides, second.key)
    return DatasetComparison(
        before_id=before.id,
        after_id=after.id,
        kind=kind,
        summary=found.summary,
        object=objects.put(parquet.of_polars(found.rows)),
    )


def _stored(objects: ObjectStore, table: FrozenTable, version: DatasetRead) -> comparing.Stored:
    return comparing.Stored(
        pieces=[(version.objects[piece.name], piece.rows) for piece in table.pieces],
        empty=storing.empty(table.columns),
        read=lambda digest: parquet.to_polars(objects.get(digest)),
    )


def _told(kind: str, row: DatasetComparison) -> TableDifference:
    return TableDifference.model_validate({"kind": kind, **row.summary})


def _page(
    objects: ObjectStore, row: DatasetComparison, table: FrozenTable | None, query: DifferenceQuery
) -> tuple[list[RowDifference], str | None]:
    rows = parquet.to_polars(objects.get(row.object))
    if query.change is not None:
        rows = rows.filter(pl.col(comparing.CHANGE) == query.change)
    first = first_row(query.cursor)
    last = first + query.limit
    key = table.key if table else []
    items = [RowDifference.model_validate(one) for one in comparing.as_items(rows[first:last], key)]
    return items, encode_cursor([last]) if last < rows.height else None
