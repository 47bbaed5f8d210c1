"""Queries about what deserves a look, marks of alerts and calendars."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.storage.postgres import Engine
from hub.work.models import AlertMark, CalendarFeed

# The last `most` measurements of each living animal, oldest first, none from before its last birth:
# a lactation begins anew, and what a ewe weighs less after lambing is lambs.
_LAST = text(
    """
    WITH births AS (
        SELECT animal_id, max(occurred_on) AS last FROM app.event
        WHERE farm_id = :farm AND kind = 'parturition' AND NOT voided AND occurred_on <= :on
        GROUP BY animal_id
    ), ranked AS (
        SELECT r.animal_id, a.tag, r.recorded_on, avg(r.value) AS value,
               row_number() OVER (PARTITION BY r.animal_id ORDER BY r.recorded_on DESC) AS back
        FROM app.record r JOIN app.animal a ON a.id = r.animal_id
        LEFT JOIN births b ON b.animal_id = r.animal_id
        WHERE r.farm_id = :farm AND r.trait_code = ANY(:traits) AND a.status = 'alive'
          AND r.recorded_on BETWEEN CAST(:on AS date) - :days AND :on
          AND (b.last IS NULL OR r.recorded_on >= b.last)
        GROUP BY r.animal_id, a.tag, r.recorded_on
    )
    SELECT animal_id, tag, recorded_on, value FROM ranked WHERE back <= :most
    ORDER BY animal_id, recorded_on
    """
)

# Matings of living females whose offspring, if any, are not born yet.
_OPEN_MATINGS = text(
    """
    SELECT e.id, e.animal_id, a.tag, e.occurred_on, sire.id AS sire_id, sire.tag AS sire
    FROM app.event e JOIN app.animal a ON a.id = e.animal_id
    CROSS JOIN LATERAL jsonb_array_elements_text(e.details -> 'sire_ids') AS named(id)
    JOIN app.animal sire ON sire.id = CAST(named.id AS uuid)
    WHERE e.farm_id = :farm AND e.kind = 'mating' AND NOT e.voided AND a.status = 'alive'
      AND e.occurred_on BETWEEN CAST(:on AS date) - 300 AND :on
      AND NOT EXISTS (
          SELECT FROM app.event later WHERE later.animal_id = e.animal_id AND NOT later.voided
          AND later.kind IN ('parturition', 'abortion') AND later.occurred_on > e.occurred_on)
    ORDER BY e.occurred_on, e.id
    """
)

_CALENDAR = text("SELECT person_id, farm_id, language FROM app.calendar_of(:secret_hash)")


async def last_values(
    session: AsyncSession,
    farm_id: UUID,
    traits: Collection[str],
    *,
    on: date,
    days: int,
    most: int,
) -> Sequence[Any]:
    """Columns animal_id, tag, recorded_on, value; two of one day are their mean."""
    wanted = {"farm": farm_id, "traits": list(traits), "on": on, "days": days, "most": most}
    return (await session.execute(_LAST, wanted)).all()


async def open_matings(session: AsyncSession, farm_id: UUID, on: date) -> Sequence[Any]:
    return (await session.execute(_OPEN_MATINGS, {"farm": farm_id, "on": on})).all()


async def marked(session: AsyncSession, farm_id: UUID, person_id: UUID, on: date) -> set[str]:
    """Keys of the alerts that the person does not want to see on that day."""
    rows = await session.execute(
        select(AlertMark.key).where(
            AlertMark.farm_id == farm_id,
            AlertMark.person_id == person_id,
            func.coalesce(AlertMark.until, date.max) > on,
        )
    )
    return set(rows.scalars())


async def put_mark(session: AsyncSession, **columns: Any) -> None:
    statement = insert(AlertMark).values(**columns)
    keys = [AlertMark.person_id, AlertMark.farm_id, AlertMark.key]
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={"until": statement.excluded.until}
        )
    )


async def remove_mark(session: AsyncSession, farm_id: UUID, person_id: UUID, key: str) -> None:
    await session.execute(
        delete(AlertMark).where(
            AlertMark.farm_id == farm_id, AlertMark.person_id == person_id, AlertMark.key == key
        )
    )


async def add_feed(session: AsyncSession, feed: CalendarFeed) -> None:
    session.add(feed)
    await session.flush()


async def feeds(session: AsyncSession, farm_id: UUID) -> Sequence[CalendarFeed]:
    statement = select(CalendarFeed).where(CalendarFeed.farm_id == farm_id)
    return (await session.scalars(statement.order_by(CalendarFeed.created_at))).all()


async def revoke_feed(session: AsyncSession, feed_id: UUID, now: datetime) -> CalendarFeed | None:
    return await session.scalar(
        update(CalendarFeed)
        .where(CalendarFeed.id == feed_id)
        .values(revoked_at=func.coalesce(CalendarFeed.revoked_at, now))
        .returning(CalendarFeed)
    )


async def calendar_of(engine: Engine, secret_hash: str) -> Any | None:
    """Whose calendar of which farm this is, before there is anybody to act for."""
    async with engine.begin() as connection:
        return (await connection.execute(_CALENDAR, {"secret_hash": secret_hash})).one_or_none()
