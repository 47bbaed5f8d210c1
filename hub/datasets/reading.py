"""Use cases of the tables of a version: a page of rows, or a whole table as a file."""

import asyncio
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from hub.datasets import storing
from hub.datasets.schemas import RowsQuery
from hub.datasets.service import get, require_table
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page, encode_cursor, first_row
from hub.storage.transaction import Transaction


async def rows(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID, kind: str, query: RowsQuery
) -> Page[dict[str, Any]]:
    """Some rows of a frozen table."""
    dataset = await get(tx, dataset_id)
    table, first = require_table(dataset, kind), first_row(query.cursor)
    digests = dataset.objects
    found = await asyncio.to_thread(storing.rows, objects, table, digests, first, query.limit)
    last = first + found.height
    return Page(found.to_dicts(), encode_cursor([last]) if last < table.rows else None)


async def table_content(
    tx: Transaction,
    objects: ObjectStore,
    dataset_id: UUID,
    kind: str,
    format_: Literal["csv", "parquet"],
) -> Iterator[bytes]:
    """A frozen table as one file, read as it is taken; the SHA-256 of the CSV is the table's."""
    dataset = await get(tx, dataset_id)
    table = require_table(dataset, kind)
    return storing.content(storing.frames(objects, table, dataset.objects), format_)
