"""What a farm has, in the workbooks that imports read: to look at, to go on with, to take along."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from hub import farms, records, tables
from hub.errors import Invalid
from hub.etl import templates
from hub.etl.event_sheets import SHEETS, columns_of
from hub.permissions import Permission
from hub.storage.transaction import Transaction
from hub.tables import Filters

WorkbookKind = Literal["animals", "records", "events", "milk_recording"]
MOST_ROWS = 50_000


async def workbook(
    tx: Transaction, farm_id: UUID, kind: WorkbookKind, *, filled: bool
) -> tuple[str, bytes]:
    """Name and content of the workbook of a kind, empty or with what the farm has."""
    tx.actor.require(Permission.ANIMALS_READ)
    farm = await farms.require_visible(tx, farm_id)
    name = f"{farm.code}-{kind}{'' if filled else '-template'}.xlsx"
    match kind:
        case "animals":
            return name, templates.of_animals(await _rows(tx, farm_id, kind) if filled else ())
        case "records":
            traits = [one.code for one in await records.traits(tx)]
            rows = await _rows(tx, farm_id, kind) if filled else ()
            return name, templates.of_records(traits, rows)
        case "events":
            return name, templates.of_events(await _events(tx, farm_id) if filled else None)
    return name, templates.of_milk(await _rows(tx, farm_id, kind) if filled else ())


async def _rows(tx: Transaction, farm_id: UUID, kind: str) -> list[tuple[Any, ...]]:
    """The rows of a table, with the columns of its template."""
    return await _read(tx, farm_id, kind, [one.name for one in templates.COLUMNS[kind]])


async def _read(
    tx: Transaction, farm_id: UUID, kind: str, names: Sequence[str], filters: Filters | None = None
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    async for frame in tables.chunks(tx, kind, [farm_id], filters, rows=MOST_ROWS + 1):
        rows += frame.select(names).rows()
        _check(rows)
    return rows


async def _events(tx: Transaction, farm_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """The events of every kind that has a sheet, and the weights."""
    rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in SHEETS}
    columns = {kind: [one.name for one in columns_of(kind)] for kind in SHEETS}
    count = 0
    async for frame in tables.chunks(tx, "events", [farm_id], rows=MOST_ROWS + 1):
        count += frame.height
        _check(range(count))
        for one in frame.iter_rows(named=True):
            rows[one["event"]].append(tuple(one[name] for name in columns[one["event"]]))
    weights = ("animal", "date", "value")
    found = await _read(tx, farm_id, "records", weights, Filters(traits=["weight"]))
    rows["weight"] = [(animal, on, value, None) for animal, on, value in found]
    return rows


def _check(rows: Any) -> None:
    if len(rows) > MOST_ROWS:
        raise Invalid(
            "imports.too_many_rows",
            f"The farm has more than {MOST_ROWS:,} rows of this kind, too many for one workbook. "
            "Export them instead.",
        )
