"""The rows of a report: those in which something was found, and those of the file around them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub import files
from hub.etl import repository, sources
from hub.etl.read import ROW, Table
from hub.etl.schemas import ImportRead
from hub.etl.schemas import Mapping as Asked
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

PAGE = 5_000


@dataclass(frozen=True)
class Row:
    """A row of the file: its number in the import, its cells, and what was found in it."""

    number: int
    cells: Mapping[str, Any]
    problems: list[dict[str, Any]] = field(default_factory=list)
    state: str = ""


async def found_rows(
    tx: Transaction, import_id: UUID, *, after: int = 0, to: int | None = None
) -> AsyncIterator[list[Row]]:
    """Rows in which something was found, but for those that were mended since, in pages."""
    while True:
        found = await repository.reported(tx.session, import_id, after, to, PAGE)
        if found:
            yield [Row(number, raw, problems, state) for number, raw, problems, state in found]
            after = found[-1][0]
        if len(found) < PAGE:
            return


async def file_name(tx: Transaction, taken: ImportRead) -> str:
    return (await files.find(tx, taken.file_id)).name


class FileRows:
    """The file of an import, open to be read again: its columns, and its rows with findings."""

    def __init__(self, tx: Transaction, objects: ObjectStore, taken: ImportRead) -> None:
        self._tx, self._objects, self._taken = tx, objects, taken
        self._stack = AsyncExitStack()
        self.columns: list[str] = []

    async def __aenter__(self) -> "FileRows":
        path = await self._stack.enter_async_context(
            files.path(self._tx, self._objects, self._taken.file_id)
        )
        name = await file_name(self._tx, self._taken)
        asked = Asked.model_validate(self._taken.mapping)
        self._reading = await asyncio.to_thread(sources.open, path, name, self._taken.kind, asked)
        self.columns = list(self._reading.columns)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()

    async def pages(self) -> AsyncIterator[list[Row]]:
        """Every row of the file, with what was found in it."""
        chunks = self._reading.chunks()
        while (table := await asyncio.to_thread(next, chunks, None)) is not None:
            for start in range(0, table.frame.height, PAGE):
                yield await self._page(table, start)

    async def _page(self, table: Table, start: int) -> list[Row]:
        cells = table.frame.slice(start, PAGE).to_dicts()
        first, last = cells[0][ROW], cells[-1][ROW]
        found: dict[int, Row] = {}
        async for page in found_rows(self._tx, self._taken.id, after=first - 1, to=last):
            found |= {row.number: row for row in page}
        return [_with_cells(one.pop(ROW), one, found) for one in cells]


def _with_cells(number: int, cells: dict[str, Any], found: Mapping[int, Row]) -> Row:
    """A row with what was found in it, in its cells as the file has them."""
    row = found.get(number)
    return Row(number, cells, row.problems, row.state) if row else Row(number, cells)
