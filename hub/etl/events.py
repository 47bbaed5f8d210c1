"""Check a file of events row by row; the events themselves say what can have happened.

Unlike animals and records, which are loaded as whole sets, every event is recorded by the service
of events, because whether it is possible depends on all the others of its animal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import polars as pl
from pydantic import TypeAdapter, ValidationError

from hub import events, records
from hub.errors import HubError
from hub.etl import columns, repository
from hub.etl.animals import Stock
from hub.etl.cells import UNKNOWN
from hub.etl.elsewhere import of_other_farms
from hub.etl.event_sheets import KIND_COLUMN, KNOWN, SHEETS, Column, columns_of, kind_of
from hub.etl.findings import Findings
from hub.etl.read import ROW, SHEET_ROWS, Table
from hub.etl.rules.events import OTHER
from hub.etl.schemas import Mapping as Asked
from hub.etl.young import Born
from hub.events import EventCreate, EventDetails
from hub.records import RecordCreate
from hub.storage.transaction import Transaction

YOUNG = "young_"
_DETAILS: TypeAdapter[Any] = TypeAdapter(EventDetails)


@dataclass(frozen=True)
class Told:
    """One event, or one weighing, and the rows that tell of it."""

    rows: tuple[int, ...]
    animal_id: UUID
    kind: str
    on: date
    fields: dict[str, Any]
    remark: str
    key: tuple[str, str] = ("", "")


@dataclass
class Checked:
    """What can be recorded as far as the file itself tells."""

    told: list[Told]
    findings: Findings
    notes: dict[str, int] = field(default_factory=dict)


def check(table: Table, mapping: Asked, stock: Stock, today: date, findings: Findings) -> Checked:
    """All problems of all rows; rows of one birth stand or fall together."""
    frame = columns.of_events(table, mapping, KNOWN)
    findings.unknown_columns(columns.unknown(table, mapping, KNOWN))
    reader = _Reader(table, stock, today, findings)
    told = [one for row in frame.iter_rows(named=True) if (one := reader.read(row))]
    whole = [one for one in told if not _is_spoiled(one, reader.spoiled, findings)]
    return Checked(_joined(whole), findings)


def _is_spoiled(one: Told, spoiled: set[tuple[str, str]], findings: Findings) -> bool:
    """Whether another row of the same birth cannot be read; a part of a birth is none."""
    if one.kind != "parturition" or one.key not in spoiled:
        return False
    for row in one.rows:
        _refuse(findings, row, one)
    return True


class _Reader:
    """Reads rows as events, and notes what cannot be read."""

    def __init__(self, table: Table, stock: Stock, today: date, findings: Findings) -> None:
        self.sheets: Sequence[str] = table.notes.get("sheets", ())
        self.findings, self.today, self.farm = findings, today, stock.farm_code
        shared = {str(one) for one in stock.shared_farms}
        known = stock.animals.filter(pl.col("farm_id").is_in(list(shared)))
        self.ids = dict(of_other_farms(stock).select("value", "shared_id").iter_rows())
        self.ids |= dict(known.select("tag", "id").iter_rows())
        self.spoiled: set[tuple[str, str]] = set()
        self.born = Born(stock)
        self.row: Mapping[str, Any] = {}
        self.ids |= dict(stock.names.select("value", "animal_id").iter_rows())

    def read(self, row: Mapping[str, Any]) -> Told | None:
        """One row; None when something is wrong with it."""
        number, self.row = row[ROW], row
        kind = self._kind(row)
        if kind is None:
            return None
        cells = {one.name: self._cell(number, one, row.get(one.name)) for one in columns_of(kind)}
        self._strange(number, kind, row)
        for name in ("animal", "date"):
            if row.get(name) in (None, *UNKNOWN):
                self._wrong(number, name, "missing", f"The row has no {name}.", "Fill it in.")
        if isinstance(cells["date"], date) and cells["date"] > self.today:
            self._wrong(number, "date", "in_the_future", f"{cells['date']} is in the future.",
                        "Correct the date.")  # fmt: skip
        key = (row.get("animal") or "", row.get("date") or "")
        if number in self.findings.rows:
            self.spoiled.add(key)
            return None
        fields = {k: v for k, v in cells.items() if v not in (None, ()) and k not in _FRAME}
        fields |= self.born.told(fields, cells["animal"], cells["date"])
        remark = cells["remark"] or ""
        return Told((number,), cells["animal"], kind, cells["date"], fields, remark, key)

    def _kind(self, row: Mapping[str, Any]) -> str | None:
        named = row.get(KIND_COLUMN)
        if not named and self.sheets:
            named = self.sheets[row[ROW] // SHEET_ROWS]
        kind = kind_of(named or "")
        if kind is None:
            allowed = ", ".join(SHEETS)
            self._wrong(
                row[ROW], KIND_COLUMN, "unknown_event", f"{named!r} is no kind of event.",
                f"Write one of {allowed} in the column {KIND_COLUMN}, or name the sheet so.",
            )  # fmt: skip
        return kind

    def _strange(self, number: int, kind: str, row: Mapping[str, Any]) -> None:
        """A filled cell that this kind of event has no place for would be lost."""
        mine = {KIND_COLUMN, *(one.name for one in columns_of(kind))}
        for name in KNOWN:
            if name not in mine and row.get(name):
                self._wrong(
                    number, name, "not_of_this_event", f"A {kind} has no {name}.",
                    "Empty the cell, or correct the kind of the event.",
                )  # fmt: skip

    def _wrong(self, row: int, column: str, rule: str, message: str, remedy: str) -> None:
        self.findings.add(row, column, rule, message, remedy, self.row.get(column))

    def _cell(self, row: int, column: Column, text: str | None) -> Any:
        if text is None or text in UNKNOWN:
            return None
        match column.type:
            case "animal":
                return self._animal(row, column.name, text)
            case "animals":
                found = [self._animal(row, column.name, one.strip()) for one in text.split(";")]
                return tuple(one for one in found if one)
            case "date":
                return self._date(row, column.name, text)
            case "number" | "whole":
                return self._number(row, column, text)
            case "choice":
                return self._choice(row, column, text)
        return text

    def _animal(self, row: int, column: str, name: str) -> UUID | None:
        if name in self.ids:
            return UUID(self.ids[name])
        self._wrong(
            row, column, "unknown_animal", f"{name} is no animal of farm {self.farm}.",
            "Correct the identifier, or import the animal first.",
        )  # fmt: skip
        return None

    def _date(self, row: int, column: str, text: str) -> date | None:
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        self._wrong(row, column, "bad_date", f"{text!r} cannot be read as a date.",
                    "Write it as year-month-day, such as 2024-03-17.")  # fmt: skip
        return None

    def _number(self, row: int, column: Column, text: str) -> float | None:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            self._wrong(row, column.name, "bad_number", f"{text!r} is not a number.",
                        "Write digits with a point, such as 12.5, without units.")  # fmt: skip
            return None
        return int(number) if number.is_integer() else number

    def _choice(self, row: int, column: Column, text: str) -> str | None:
        plain = text.strip().casefold().replace(" ", "_")
        for one in column.codes:
            if one.casefold() == plain:
                return one
        message = f"{text!r} is no {column.name} the hub knows."
        remedy = f"Write one of {', '.join(column.codes)}."
        self._wrong(row, column.name, "not_a_choice", message, remedy)
        return None


_FRAME = ("animal", "date", "remark")


def _joined(told: Iterable[Told]) -> list[Told]:
    """Rows of one birth as one event, and all events in the order of their days."""
    single = []
    births: dict[tuple[UUID, date], list[Told]] = defaultdict(list)
    for one in told:
        if one.kind == "parturition":
            births[one.animal_id, one.on].append(one)
        else:
            single.append(one)
    every = [*single, *(_birth(rows) for rows in births.values())]
    return sorted(every, key=lambda one: (one.on, one.rows))


def _birth(rows: Sequence[Told]) -> Told:
    """One birth of the rows of its newborns."""
    first = rows[0]
    young = [
        {k.removeprefix(YOUNG): v for k, v in one.fields.items() if k.startswith(YOUNG)}
        for one in rows
    ]
    rest = {
        k: v for one in reversed(rows) for k, v in one.fields.items() if not k.startswith(YOUNG)
    }
    remark = " ".join(dict.fromkeys(one.remark for one in rows if one.remark))
    numbers = tuple(number for one in rows for number in one.rows)
    return Told(
        numbers, first.animal_id, first.kind, first.on, {**rest, "offspring": young}, remark
    )


async def store(tx: Transaction, import_id: UUID, checked: Checked, numbers: Iterable[int]) -> int:
    """Record the events of some rows; the count of rows that were there already.

    Each is recorded in a savepoint of its own: one that is refused becomes a finding of its rows.
    """
    wanted = set(numbers)
    unchanged = 0
    for one in checked.told:
        if not wanted.issuperset(one.rows):
            continue
        try:
            async with tx.session.begin_nested():
                unchanged += 0 if await _record(tx, import_id, one) else len(one.rows)
        except HubError as error:
            _note(checked.findings, one, error)
        except ValidationError as error:
            _note_values(checked.findings, one, error)
    return unchanged


async def _record(tx: Transaction, import_id: UUID, one: Told) -> bool:
    """Record it; False when the same is recorded already."""
    if one.kind == "weight":
        return await _weigh(tx, import_id, one)
    details = _DETAILS.validate_python({"kind": one.kind, **one.fields})
    known = await repository.events_of(tx.session, one.animal_id, one.kind, one.on)
    told = _plain(one.kind, details.model_dump(mode="json"))
    if any(_plain(one.kind, stored) == told for stored in known):
        return False
    new = EventCreate(
        id=uuid5(import_id, ",".join(map(str, one.rows))), animal_id=one.animal_id,
        occurred_on=one.on, details=details, remark=one.remark,
    )  # fmt: skip
    made = await events.record(tx, new)
    await repository.made(tx.session, import_id, "event", made.id, one.rows)
    return True


async def _weigh(tx: Transaction, import_id: UUID, one: Told) -> bool:
    value = one.fields.get("weight")
    if value is None:
        return False
    if await repository.has_record(tx.session, one.animal_id, "weight", one.on, value):
        return False
    made = await records.add(
        tx, one.animal_id, RecordCreate(trait="weight", value=value, recorded_on=one.on)
    )
    await repository.made(tx.session, import_id, "record", made.id, one.rows)
    return True


_EMPTY: tuple[Any, ...] = (None, "", [], ())


def _plain(kind: str, details: dict[str, Any]) -> dict[str, Any]:
    """What a sheet can say of an event: without ids, and with nothing for what is empty."""
    names = {one.name for one in SHEETS[kind].columns}
    told = {name: value for name, value in details.items() if name in names and value not in _EMPTY}
    young = {name.removeprefix(YOUNG) for name in names if name.startswith(YOUNG)}
    if "offspring" in details:
        told["offspring"] = [
            {name: value for name, value in one.items() if name in young}
            for one in details["offspring"]
        ]
    return told


def _note(findings: Findings, one: Told, error: HubError) -> None:
    problems = [(e.where, e.message, e.remedy) for e in error.errors] or [("", error.message, "")]
    rule = error.code if error.code in findings.rules.by_code else OTHER
    for row in one.rows:
        for where, message, remedy in problems:
            findings.add(row, _column(where), rule, message, remedy)


def _note_values(findings: Findings, one: Told, error: ValidationError) -> None:
    for problem in error.errors(include_url=False, include_input=False):
        place = [part for part in problem["loc"] if part != one.kind]
        rows = one.rows
        if place[:1] == ["offspring"] and len(place) > 2 and isinstance(place[1], int):
            rows, place = (one.rows[place[1]],), [f"{YOUNG}{place[2]}"]
        for row in rows:
            findings.add(row, ".".join(map(str, place)), "bad_value", problem["msg"], "Correct it.")
        for row in set(one.rows) - set(rows):
            _refuse(findings, row, one)


def _refuse(findings: Findings, row: int, one: Told) -> None:
    findings.add(row, "", "birth_refused", f"Another row of this birth of {one.on} is refused.",
                 "Mend that row; this one is taken with it.")  # fmt: skip


def _column(where: str) -> str:
    """The column of the file that a field of an event comes from."""
    return {"animal_id": "animal", "occurred_on": "date"}.get(where, where.removeprefix("details."))
