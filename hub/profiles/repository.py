"""Profiles in DynamoDB, one item a person; and counts of one's own things in PostgreSQL."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.storage.dynamodb import PROFILES, Item, Store

_ITEM = "PROFILE"

_HERD = text(
    """
    SELECT count(*) AS animals, count(*) FILTER (WHERE sire_id IS NULL) AS no_sire,
           count(*) FILTER (WHERE dam_id IS NULL) AS no_dam,
           count(*) FILTER (WHERE birth_date IS NULL) AS no_birth_date
    FROM app.animal WHERE farm_id = :farm AND status = 'alive'
    """
)
_MATINGS = text(
    """
    SELECT min(occurred_on) AS first, count(*) AS matings FROM app.event
    WHERE farm_id = :farm AND kind = 'mating' AND NOT voided
      AND occurred_on BETWEEN CAST(:on AS date) - 365 AND CAST(:on AS date) - 305
    """
)
_PLANNED = text(
    "SELECT EXISTS (SELECT FROM app.mating_plan "
    "WHERE farm_id = :farm AND created_at > CAST(:on AS date) - 90)"
)
_TO_MEND = text(
    """
    SELECT i.id, i.farm_id, i.rows_rejected, f.name FROM app.import i
    JOIN app.file f ON f.id = i.file_id
    WHERE i.person_id = (SELECT app.me()) AND i.rows_rejected > 0 AND i.state = 'done'
      AND NOT i.dry_run AND i.created_at > CAST(:on AS date) - 30
    ORDER BY i.id DESC LIMIT 1
    """
)
_ENDING = text(
    """
    SELECT valid_until FROM app.data_grant
    WHERE farm_id = :farm AND revoked_at IS NULL
      AND valid_until >= :on AND valid_until < CAST(:on AS date) + 15
    ORDER BY valid_until LIMIT 1
    """
)
_FACTORS = text(
    "SELECT EXISTS (SELECT FROM app.factor "
    "WHERE person_id = (SELECT app.me()) AND confirmed_at IS NOT NULL)"
)
_ACTS = text("SELECT action, day, times, last FROM app.my_acts(:days)")


def get(store: Store, person_id: UUID) -> Item:
    """The item, empty when nothing was chosen yet."""
    return store.get(PROFILES, str(person_id), _ITEM) or {}


def change(store: Store, person_id: UUID, changes: dict[str, Any]) -> Item:
    """Set the given fields and no others, in one write."""
    values = {**changes, "changed": int(time.time())}
    setting = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    return store.update(PROFILES, str(person_id), _ITEM, setting, "", **values)


async def herd(session: AsyncSession, farm_id: UUID) -> Row[Any]:
    """Living animals of a farm, and how many of them lack what an evaluation needs."""
    return (await session.execute(_HERD, {"farm": farm_id})).one()


async def matings_ahead(session: AsyncSession, farm_id: UUID, on: date) -> Row[Any]:
    """Matings of last year that come again within sixty days, and the first day of them."""
    return (await session.execute(_MATINGS, {"farm": farm_id, "on": on})).one()


async def is_planned(session: AsyncSession, farm_id: UUID, on: date) -> bool:
    """Whether matings were planned lately."""
    return bool(await session.scalar(_PLANNED, {"farm": farm_id, "on": on}))


async def to_mend(session: AsyncSession, on: date) -> Row[Any] | None:
    """One's latest import with rows that wait to be mended."""
    return (await session.execute(_TO_MEND, {"on": on})).one_or_none()


async def sharing_ends(session: AsyncSession, farm_id: UUID, on: date) -> datetime | None:
    """When the first of a farm's grants ends, if within two weeks."""
    found: datetime | None = await session.scalar(_ENDING, {"farm": farm_id, "on": on})
    return found


async def has_factor(session: AsyncSession) -> bool:
    """Whether the person has a second factor."""
    return bool(await session.scalar(_FACTORS))


async def acts(session: AsyncSession, days: int) -> Sequence[Row[Any]]:
    """What one did: each act, on each day, how often."""
    return (await session.execute(_ACTS, {"days": days})).all()
