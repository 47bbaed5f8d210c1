"""What a farm has, in the workbooks that imports read: to look at, to go on with, to take along."""

from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any, Literal
from uuid import UUID

from hub import animals, events, farms, records
from hub.animals import AnimalQuery
from hub.errors import Invalid
from hub.etl import templates
from hub.etl.event_sheets import SHEETS, columns_of
from hub.etl.events import YOUNG
from hub.events import EventQuery, EventRead
from hub.permissions import Permission
from hub.records import FarmRecordQuery
from hub.storage.paging import MAX_LIMIT
from hub.storage.transaction import Transaction

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
            return name, templates.of_animals(await _animals(tx, farm_id) if filled else ())
        case "records":
            traits = [one.code for one in await records.traits(tx)]
            return name, templates.of_records(traits, await _records(tx, farm_id) if filled else ())
        case "events":
            return name, templates.of_events(await _events(tx, farm_id) if filled else None)
    return name, templates.of_milk(await _milk(tx, farm_id) if filled else ())


async def _animals(tx: Transaction, farm_id: UUID) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    cursor = None
    while True:
        query = AnimalQuery(farm=farm_id, limit=MAX_LIMIT, cursor=cursor)
        page = await animals.search(tx, query)
        rows += [
            (one.tag, one.sex.value, one.breed, one.birth_date, one.birth_type,
             one.sire and one.sire.tag, one.dam and one.dam.tag, one.status.value, one.name,
             one.species)
            for one in page.items
        ]  # fmt: skip
        _check(rows)
        cursor = page.next_cursor
        if cursor is None:
            return rows


async def _every_record(tx: Transaction, farm_id: UUID) -> AsyncIterator[Any]:
    cursor = None
    while True:
        query = FarmRecordQuery(limit=MAX_LIMIT, cursor=cursor)
        page = await records.of_farm(tx, farm_id, query)
        for one in page.items:
            yield one
        cursor = page.next_cursor
        if cursor is None:
            return


async def _records(tx: Transaction, farm_id: UUID) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    async for one in _every_record(tx, farm_id):
        rows.append((one.tag, one.recorded_on, one.trait, one.value, one.occasion or None))
        _check(rows)
    return rows


async def _milk(tx: Transaction, farm_id: UUID) -> list[tuple[Any, ...]]:
    """A row for each animal and test day."""
    traits = [column.name for column in templates.MILK[2:]]
    days: dict[tuple[str, date], dict[str, float]] = {}
    async for one in _every_record(tx, farm_id):
        if one.trait in traits and one.recorded_on and not one.occasion:
            days.setdefault((one.tag, one.recorded_on), {})[one.trait] = one.value
            _check(days)
    return [(*key, *(found.get(trait) for trait in traits)) for key, found in days.items()]


async def _events(tx: Transaction, farm_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """The events of every kind that has a sheet, and the weights."""
    tx.actor.require(Permission.EVENTS_READ)
    rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in SHEETS}
    cursor, count = None, 0
    while True:
        query = EventQuery(farm=farm_id, limit=MAX_LIMIT, cursor=cursor)
        page = await events.search(tx, query)
        tags = await _tags(tx, page.items)
        for one in page.items:
            if one.kind in rows:
                rows[one.kind] += _rows_of(one, tags)
        count += len(page.items)
        _check(range(count))
        cursor = page.next_cursor
        if cursor is None:
            break
    async for one in _every_record(tx, farm_id):
        if one.trait == "weight":
            rows["weight"].append((one.tag, one.recorded_on, one.value))
    return rows


async def _tags(tx: Transaction, found: Iterable[EventRead]) -> dict[UUID, str]:
    sires = {sire for one in found for sire in getattr(one.details, "sire_ids", None) or ()}
    return {id_: one.tag for id_, one in (await animals.get_many(tx, sires)).items()}


def _rows_of(one: EventRead, tags: dict[UUID, str]) -> list[tuple[Any, ...]]:
    """An event as rows of its sheet: one for each newborn of a birth."""
    told = one.details.model_dump()
    told |= {"animal": one.tag, "date": one.occurred_on, "remark": one.remark or None}
    sires = [tags[sire] for sire in told.get("sire_ids") or () if sire in tags]
    told["sire_ids"] = "; ".join(sires) or None
    young: Any = told.pop("offspring", None) or ({},)
    return [
        tuple(_plain(cells.get(column.name)) for column in columns_of(one.kind))
        for newborn in young
        for cells in [{**told, **{f"{YOUNG}{name}": v for name, v in newborn.items()}}]
    ]


def _plain(value: Any) -> Any:
    """A cell: nothing instead of an empty text, and values of lists as texts."""
    return str(value) or None if isinstance(value, str) else value


def _check(rows: Any) -> None:
    if len(rows) > MOST_ROWS:
        raise Invalid(
            "imports.too_many_rows",
            f"The farm has more than {MOST_ROWS:,} rows of this kind, too many for one workbook. "
            "Read them through the API or the client instead.",
        )
