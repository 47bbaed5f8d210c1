"""Queries about performance; nothing is computed here.

Many rows come as one text of lines of CSV: with a COPY each row costs the driver a step of its own,
and 50,000 of them took 0.3 s of the 0.4 s that a farm's weights took.
"""

import asyncio
import io
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
import polars as pl
from sqlalchemy import (
    CollectionAggregate,
    ColumnElement,
    Uuid,
    and_,
    any_,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.events.models import Event
from hub.performance.schemas import FarmLactationQuery, FarmWeightQuery, MedicineQuery
from hub.records.models import Record
from hub.storage.paging import Page, fetch_page

WEIGHTS = ("birth_weight", "weaning_weight", "weight")
MILK = {
    "milk_yield": "milk", "fat_percent": "fat", "protein_percent": "protein",
    "lactose_percent": "lactose", "milk_urea": "urea", "somatic_cell_count": "scc",
    "somatic_cell_score": "scs",
}  # fmt: skip
HERD_TESTS = 5000
"""Latest test days of a herd that its level, or its own standard, is made from."""

Parameters = Mapping[str, Any]

_MEMBER = """
EXISTS (SELECT 1 FROM app.group_member m WHERE m.group_id = :group AND m.animal_id = a.id
        AND (m.to_on IS NULL OR m.to_on > current_date))
"""

# The dam whose age counts is the one that gave milk: a foster dam, or the recipient of an embryo.
_ANIMALS = """
SELECT a.id AS animal, a.tag, a.species, a.sex, a.birth_date, d.birth_date AS dam_birth
FROM app.animal a
LEFT JOIN app.animal d ON d.id = coalesce(a.foster_dam_id, a.recipient_dam_id, a.dam_id)
WHERE a.farm_id = :farm AND {where} ORDER BY a.tag, a.id
"""

_WEIGHINGS = """
SELECT r.id AS record, r.animal_id AS animal, r.trait_code AS trait, r.recorded_on AS day,
       r.value AS weight, coalesce(r.attributes ->> 'group', '') AS pen
FROM app.record r JOIN app.animal a ON a.id = r.animal_id
WHERE r.farm_id = :farm AND r.trait_code = ANY(CAST(:traits AS text[])) AND {where}
"""

# Everybody of its sex who was on the scale on one of this animal's days: the ratio needs them all.
_TOGETHER = """
a.sex = :sex AND a.id IN (SELECT o.animal_id FROM app.record o
         WHERE o.farm_id = :farm AND o.trait_code = ANY(CAST(:traits AS text[]))
           AND o.recorded_on IN (SELECT w.recorded_on FROM app.record w
                                 WHERE w.animal_id = :animal
                                   AND w.trait_code = ANY(CAST(:traits AS text[])))
         UNION SELECT CAST(:animal AS uuid))
"""

_TESTS = f"""
SELECT r.animal_id AS animal, r.recorded_on AS day,
       {
    ", ".join(
        f"avg(r.value) FILTER (WHERE r.trait_code = '{trait}') AS {name}"
        for trait, name in MILK.items()
    )
},
       count(*) FILTER (WHERE r.trait_code = 'milk_yield') AS milkings
FROM app.record r
WHERE r.animal_id = ANY(CAST(:animals AS uuid[])) AND r.trait_code = ANY(CAST(:traits AS text[]))
  AND r.recorded_on IS NOT NULL
GROUP BY 1, 2
"""  # noqa: S608  our own names, no values

# What a lactation begins with: a birth, or an abortion after which she gave milk.
_BEGINS = """
(e.kind = 'parturition' OR e.kind = 'abortion' AND (e.details -> 'in_milk')::boolean)
"""

_HISTORY = f"""
SELECT e.id AS event, e.animal_id AS animal,
       CASE WHEN {_BEGINS} THEN 'begin' ELSE e.kind END AS kind, e.occurred_on AS day,
       coalesce(e.details ->> 'disposal', '') AS disposal
FROM app.event e
WHERE e.animal_id = ANY(CAST(:animals AS uuid[])) AND NOT e.voided
  AND ({_BEGINS} OR e.kind IN ('dry_off', 'disposal'))
"""  # noqa: S608

_HERD = f"""
SELECT t.animal_id AS animal, t.recorded_on - c.calved AS dim, c.parity, t.value AS milk,
       t.animal_id || ' ' || c.calved AS lactation
FROM (SELECT r.animal_id, r.recorded_on, avg(r.value) AS value
      FROM (SELECT * FROM app.record WHERE farm_id = :farm AND trait_code = 'milk_yield'
              AND recorded_on IS NOT NULL ORDER BY recorded_on DESC LIMIT :limit) r
      GROUP BY 1, 2) t
CROSS JOIN LATERAL (
    SELECT max(e.occurred_on) AS calved, count(*) AS parity FROM app.event e
    WHERE e.animal_id = t.animal_id AND {_BEGINS} AND NOT e.voided
      AND e.occurred_on <= t.recorded_on) c
WHERE c.calved IS NOT NULL AND t.recorded_on - c.calved BETWEEN 0 AND 400
"""  # noqa: S608

_FEED = """
SELECT r.animal_id AS animal, a.tag, r.trait_code AS trait, r.recorded_on AS day, r.value,
       coalesce(r.attributes ->> 'group', '') AS pen
FROM app.record r JOIN app.animal a ON a.id = r.animal_id
WHERE r.farm_id = :farm AND r.recorded_on BETWEEN :start AND :end
  AND r.trait_code IN ('feed_intake', 'weight') AND {where}
"""

_ANIMAL_COLUMNS = ("animal", "tag", "species", "sex", "birth_date", "dam_birth")
_WEIGHING_COLUMNS = ("record", "animal", "trait", "day", "weight", "pen")
_TEST_COLUMNS = ("animal", "day", *MILK.values(), "milkings")
_HISTORY_COLUMNS = ("event", "animal", "kind", "day", "disposal")
_HERD_COLUMNS = ("lactation", "dim", "parity", "milk")
_FEED_COLUMNS = ("animal", "tag", "trait", "day", "value", "pen")

_PRESENT = text("""
SELECT count(*) FROM app.animal a
WHERE a.farm_id = :farm AND (a.birth_date IS NULL OR a.birth_date <= :on)
  AND (a.status = 'alive' OR EXISTS (
      SELECT 1 FROM app.event e WHERE e.animal_id = a.id AND e.kind = 'disposal'
        AND NOT e.voided AND e.occurred_on > :on))
  AND NOT EXISTS (SELECT 1 FROM app.event e WHERE e.animal_id = a.id AND e.kind = 'arrival'
        AND NOT e.voided AND e.occurred_on > :on)
""")

_KINDS = {
    **dict.fromkeys(("day", "birth_date", "dam_birth"), pl.Date),
    **dict.fromkeys((*MILK.values(), "weight", "value"), pl.Float64),
    **dict.fromkeys(("milkings", "dim", "parity"), pl.Int64),
}
"""Kinds of columns by name; the others are text."""
_FREE_TEXT = ("tag", "pen")


async def weights_of_farm(
    session: AsyncSession, farm_id: UUID, query: FarmWeightQuery
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Animals in order of tag, and their weighings."""
    parts = ["true"]
    if query.born_from:
        parts.append("a.birth_date >= :born_from")
    if query.born_to:
        parts.append("a.birth_date <= :born_to")
    if query.sex:
        parts.append("a.sex = :sex")
    if query.group:
        parts.append(_MEMBER)
    values = {**query.model_dump(mode="python"), "farm": farm_id, "traits": list(WEIGHTS)}
    return await _weights(session, " AND ".join(parts), values)


async def weights_with(session: AsyncSession, animal: Animal) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An animal and those that were weighed with it, and all their weighings."""
    values = {
        "animal": animal.id, "farm": animal.farm_id, "sex": animal.sex, "traits": list(WEIGHTS),
    }  # fmt: skip
    return await _weights(session, _TOGETHER, values)


async def _weights(
    session: AsyncSession, where: str, values: Parameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    animals = await _frame(session, _ANIMALS.format(where=where), values, _ANIMAL_COLUMNS)
    found = await _frame(session, _WEIGHINGS.format(where=where), values, _WEIGHING_COLUMNS)
    return animals, found


async def calvings(session: AsyncSession, farm_id: UUID, query: FarmLactationQuery) -> Page[Event]:
    """Parturitions, and abortions into milk, after which milk was recorded; newest first."""
    milked = exists().where(
        Record.animal_id == Event.animal_id,
        Record.trait_code == "milk_yield",
        Record.recorded_on >= Event.occurred_on,
    )
    aborted = and_(Event.kind == "abortion", Event.details["in_milk"].as_boolean())
    begins = or_(Event.kind == "parturition", aborted)
    statement = select(Event).where(Event.farm_id == farm_id, begins, ~Event.voided, milked)
    if query.calved_from:
        statement = statement.where(Event.occurred_on >= query.calved_from)
    if query.calved_to:
        statement = statement.where(Event.occurred_on <= query.calved_to)
    return await fetch_page(
        session, statement, [Event.occurred_on, Event.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


async def history(session: AsyncSession, animal_ids: Collection[UUID]) -> pd.DataFrame:
    """What begins lactations, dry-offs and disposals of animals."""
    return await _frame(session, _HISTORY, {"animals": list(animal_ids)}, _HISTORY_COLUMNS)


async def tests(session: AsyncSession, animal_ids: Collection[UUID]) -> pd.DataFrame:
    """Test days of animals: a column for each trait of milk."""
    values = {"animals": list(animal_ids), "traits": list(MILK)}
    return await _frame(session, _TESTS, values, _TEST_COLUMNS)


async def herd_tests(session: AsyncSession, farm_id: UUID) -> pd.DataFrame:
    """The latest test days of a herd: lactation, dim, parity, milk."""
    values = {"farm": farm_id, "limit": HERD_TESTS}
    return await _frame(session, _HERD, values, _HERD_COLUMNS)


async def tags(session: AsyncSession, animal_ids: Collection[UUID]) -> dict[UUID, str]:
    """Tags of animals by id."""
    rows = await session.execute(select(Animal.id, Animal.tag).where(Animal.id == _any(animal_ids)))
    return {row.id: row.tag for row in rows}


def _any(ids: Collection[UUID]) -> CollectionAggregate[Any]:
    """One parameter for all ids: a thousand of them take their time to be written."""
    return any_(literal(list(ids), ARRAY(Uuid)))


async def sessions(session: AsyncSession, animal_id: UUID) -> Sequence[Any]:
    """Kind, day, occasion, trait and value of what is measured beside weight and milk."""
    statement = text(
        "SELECT t.kind, r.recorded_on, r.occasion, r.trait_code, r.value FROM app.record r "
        "JOIN app.trait t ON t.code = r.trait_code WHERE r.animal_id = :animal "
        "AND t.kind IN ('size', 'ultrasound', 'carcass', 'condition', 'type', 'feed', 'wool') "
        "ORDER BY r.recorded_on DESC NULLS LAST, t.kind, r.occasion, r.trait_code"
    )
    return (await session.execute(statement, {"animal": animal_id})).all()


async def diagnoses(session: AsyncSession, animal_id: UUID) -> Sequence[Event]:
    """Newest first."""
    statement = select(Event).where(
        Event.animal_id == animal_id, Event.kind == "diagnosis", ~Event.voided
    )
    return (await session.scalars(statement.order_by(Event.occurred_on.desc(), Event.id))).all()


async def treatments_of(session: AsyncSession, animal_id: UUID) -> Sequence[Event]:
    """Newest first."""
    statement = select(Event).where(
        Event.animal_id == animal_id, Event.kind == "treatment", ~Event.voided
    )
    order = (Event.occurred_on.desc(), Event.id.desc())
    return (await session.scalars(statement.order_by(*order))).all()


async def treatments_running(session: AsyncSession, farm_id: UUID, on: date) -> Sequence[Event]:
    """Treatments of living animals whose withdrawal is not over on a day."""
    longest = func.greatest(_days("withdrawal_meat_days"), _days("withdrawal_milk_days"))
    statement = (
        select(Event)
        .join(Animal, Animal.id == Event.animal_id)
        .where(
            Event.farm_id == farm_id, Event.kind == "treatment", ~Event.voided,
            Event.occurred_on.between(on - _YEAR, on), longest > 0,
            Event.occurred_on + longest >= on, Animal.status == "alive",
        )
    )  # fmt: skip
    return (await session.scalars(statement.order_by(Event.occurred_on.desc(), Event.id))).all()


async def treatments(session: AsyncSession, farm_id: UUID, query: MedicineQuery) -> Page[Event]:
    """The medicine book, newest first."""
    statement = select(Event).where(*_in_book(farm_id, query.start, query.end))
    if query.medicine_group:
        group = Event.details["medicine_group"].astext
        statement = statement.where(group == query.medicine_group)
    return await fetch_page(
        session, statement, [Event.occurred_on, Event.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


_YEAR = timedelta(days=400)  # the longest withdrawal that a treatment can have


def _days(name: str) -> ColumnElement[int]:
    return func.coalesce(Event.details[name].as_integer(), 0)


def _in_book(farm_id: UUID, start: date | None, end: date | None) -> list[ColumnElement[bool]]:
    parts = [Event.farm_id == farm_id, Event.kind == "treatment", ~Event.voided]
    if start:
        parts.append(Event.occurred_on >= start)
    if end:
        parts.append(Event.occurred_on <= end)
    return parts


async def medicine(session: AsyncSession, farm_id: UUID, start: date, end: date) -> pd.DataFrame:
    """Treatments of some time, in order of animal, product and day."""
    columns: list[ColumnElement[Any]] = [
        Event.animal_id.label("animal"),
        Event.occurred_on.label("day"),
        func.lower(Event.details["product"].astext).label("product"),
        func.coalesce(Event.details["medicine_group"].astext, "other").label("medicine_group"),
    ]
    statement = select(*columns).where(*_in_book(farm_id, start, end))
    rows = (await session.execute(statement.order_by("animal", "product", "day"))).all()
    return pd.DataFrame(rows, columns=["animal", "day", "product", "medicine_group"])


async def diseases(session: AsyncSession, event_ids: Collection[UUID]) -> dict[UUID, str]:
    """What was found, by the id of the diagnosis."""
    disease = Event.details["disease"].astext.label("disease")
    statement = select(Event.id, disease).where(
        Event.id == _any(event_ids), Event.kind == "diagnosis"
    )
    return {row.id: row.disease for row in await session.execute(statement)}


async def present(session: AsyncSession, farm_id: UUID, on: date) -> int:
    """Animals on a farm on a day, as far as births, arrivals and disposals tell."""
    return int(await session.scalar(_PRESENT, {"farm": farm_id, "on": on}) or 0)


async def feed(
    session: AsyncSession, farm_id: UUID, start: date, end: date, group: UUID | None
) -> pd.DataFrame:
    """Daily intakes and weights of some time."""
    where = _MEMBER if group else "true"
    values = {"farm": farm_id, "start": start, "end": end, "group": group}
    return await _frame(session, _FEED.format(where=where), values, _FEED_COLUMNS)


async def _frame(
    session: AsyncSession, query: str, values: Parameters, columns: Sequence[str]
) -> pd.DataFrame:
    """The rows of a query as a frame; `columns` are its own, in any order."""
    parts = ", ',', ".join(_written(name) for name in columns)
    lines = f"SELECT string_agg(concat({parts}), E'\\n') FROM ({query}) q"  # noqa: S608
    content = await session.scalar(text(lines), values)
    return await asyncio.to_thread(_read, content or "", columns)


def _written(column: str) -> str:
    """A column as CSV; only what people write needs quotes."""
    if column not in _FREE_TEXT:
        return f"q.{column}"
    return f"""'"', replace(q.{column}, '"', '""'), '"'"""


def _read(content: str, columns: Sequence[str]) -> pd.DataFrame:
    schema = {name: _KINDS.get(name, pl.String()) for name in columns}
    if not content:
        return pl.DataFrame(schema=schema).to_pandas()
    return pl.read_csv(io.BytesIO(content.encode()), schema=schema, has_header=False).to_pandas()
