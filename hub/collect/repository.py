"""Queries about the change feed, operations of phones and reviews."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.types import Uuid

from hub.animals.models import Animal, AnimalMerge, Group, GroupMember, Photo, Place
from hub.collect.models import Change, FarmCounter, Review, SyncOperation
from hub.collect.schemas import OperationsQuery, ReviewsQuery
from hub.events.models import Event
from hub.farms.models import Farm
from hub.farms.repository import writable
from hub.records.models import Record, Trait
from hub.storage.paging import Page, fetch_page

_TABLES: Mapping[str, Any] = {
    "animal": Animal,
    "event": Event,
    "record": Record,
    "group": Group,
    "group_member": GroupMember,
    "place": Place,
    "photo": Photo,
    "review": Review,
}

_FARMS = text("""
SELECT f.id, f.code, f.name, f.species, f.shared, coalesce(c.seq, 0) AS seq,
       f.id = ANY((SELECT app.my_writable_farms())::uuid[]) AS may_write
FROM app.farm f LEFT JOIN app.farm_counter c ON c.farm_id = f.id
WHERE f.shared OR f.id = :asked
   OR f.id IN (SELECT m.farm_id FROM app.farm_member m WHERE m.person_id = (SELECT app.me())
           AND app.is_current(m.valid_from, m.valid_until))
ORDER BY f.code
""")


async def begin_push(session: AsyncSession, person_id: UUID, device: str) -> None:
    """One push of a person at a time; the feed notes whose device until the transaction ends."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"collect:{person_id}", 0))
    await session.execute(
        select(lock, func.set_config("app.device", hand(person_id, device), True))
    )


def hand(person_id: UUID, device: str) -> str:
    """Who edits with what: people may share a phone, and each has a copy of their own on it."""
    return f"{person_id}/{device}"


async def stored(session: AsyncSession, op_ids: Collection[UUID]) -> dict[UUID, SyncOperation]:
    """Those of the caller's operations that were received before."""
    found = await session.scalars(select(SyncOperation).where(SyncOperation.op_id.in_(op_ids)))
    return {one.op_id: one for one in found}


async def operation(session: AsyncSession, person_id: UUID, op_id: UUID) -> SyncOperation | None:
    return await session.get(SyncOperation, (person_id, op_id), populate_existing=True)


async def open_operations(session: AsyncSession) -> list[SyncOperation]:
    """The caller's operations that may still be applied, oldest first."""
    statement = select(SyncOperation).where(SyncOperation.open)
    statement = statement.order_by(SyncOperation.created_at, SyncOperation.seq)
    return list(await session.scalars(statement, execution_options={"populate_existing": True}))


async def names(session: AsyncSession) -> dict[UUID, UUID]:
    """Under which id the hub has what the caller's phones call otherwise (`known_as`)."""
    pairs = text("""
        SELECT p.key::uuid, p.value::uuid FROM app.sync_operation o
        CROSS JOIN jsonb_each_text(o.result -> 'known_as') p
        WHERE o.person_id = (SELECT app.me()) AND o.state = 'duplicate'
          AND o.result ->> 'code' = 'collect.told_twice'
    """)
    return dict((await session.execute(pairs)).tuples().all())


async def keep(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store operations with their results."""
    if rows:
        await session.execute(insert(SyncOperation.__table__), list(rows))  # type: ignore[arg-type]


async def settle(
    session: AsyncSession, person_id: UUID, op_id: UUID, values: Mapping[str, Any]
) -> None:
    """Store what became of a kept operation since."""
    which = (SyncOperation.person_id == person_id, SyncOperation.op_id == op_id)
    statement = update(SyncOperation).where(*which)
    await session.execute(statement.values(**values, updated_at=func.now()))


async def settle_of_review(session: AsyncSession, review_id: UUID, result: dict[str, Any]) -> None:
    """Store what a review made of an operation that may be somebody else's."""
    await session.execute(
        select(func.app.settle_operation(review_id, literal(result, SyncOperation.result.type)))
    )


async def operations(session: AsyncSession, query: OperationsQuery) -> Page[SyncOperation]:
    """One's own operations, newest first."""
    statement = select(SyncOperation)
    if query.device:
        statement = statement.where(SyncOperation.device == query.device)
    if query.state:
        statement = statement.where(SyncOperation.state == query.state.value)
    keys = [SyncOperation.created_at, SyncOperation.op_id]
    return await fetch_page(
        session, statement, keys, cursor=query.cursor, limit=query.limit, descending=True
    )


async def known(session: AsyncSession, entity: str, ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these things there are, as far as the caller may see."""
    model = _TABLES.get(entity)
    if model is None or not ids:
        return frozenset()
    return frozenset(await session.scalars(select(model.id).where(model.id.in_(ids))))


async def gather(session: AsyncSession, entity: str, ids: Collection[UUID]) -> list[Any]:
    """These things in one query, as far as the caller may see them."""
    model = _TABLES.get(entity)
    if model is None or not ids:
        return []
    return list(await session.scalars(select(model).where(model.id.in_(ids))))


async def warm_up(session: AsyncSession, animal_ids: Collection[UUID]) -> list[Any]:
    """Load in a few queries what the services will ask for again and again.

    The session finds it as long as the caller holds the answer.
    """
    await writable(session)
    found = await gather(session, "animal", animal_ids)
    farm_ids = {animal.farm_id for animal in found}
    held = await session.scalars(select(Farm).where(Farm.id.in_(farm_ids)))
    return [*found, *held, *(await session.scalars(select(Trait)))]


async def lock(session: AsyncSession, entity: str, id_: UUID) -> Any:
    """A thing as it is now, kept from changes by others; None if the caller may not change it."""
    return await session.get(
        _TABLES[entity], id_, populate_existing=True, with_for_update={"key_share": True}
    )


async def fields(session: AsyncSession, entity: str, farm_id: UUID, id_: UUID) -> dict[str, Any]:
    """Which change (and device) was the last of each field."""
    statement = select(Change.fields).where(
        Change.farm_id == farm_id, Change.entity == entity, Change.entity_id == id_
    )
    found = await session.scalar(statement)
    return found or {}


async def farms(session: AsyncSession, asked: UUID | None) -> list[Any]:
    """Farms that the caller may hold on a phone, with the number of their newest change."""
    return list(await session.execute(_FARMS, {"asked": asked}))


async def visible(session: AsyncSession, ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these farms the caller may see."""
    mine = func.app.my_farms(type_=ARRAY(Uuid))
    return frozenset(await session.scalar(select(mine)) or ()) & frozenset(ids)


async def counter(session: AsyncSession, farm_id: UUID) -> FarmCounter | None:
    return await session.get(FarmCounter, farm_id, populate_existing=True)


async def changes(session: AsyncSession, farm_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """The changes after a number in their order."""
    columns = (Change.seq, Change.entity, Change.entity_id, Change.gone)
    statement = select(*columns).where(Change.farm_id == farm_id, Change.seq > after)
    return (await session.execute(statement.order_by(Change.seq).limit(limit))).all()


async def numbers(session: AsyncSession, farm_id: UUID, after: int, last: int) -> frozenset[int]:
    """Which numbers of a stretch there still are: what changed again has a later one."""
    between = (Change.seq > after, Change.seq <= last)
    return frozenset(
        await session.scalars(select(Change.seq).where(Change.farm_id == farm_id, *between))
    )


async def survivors(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Into which animal each of these was merged, if it was."""
    if not ids:
        return {}
    merged = (AnimalMerge.other_id.in_(ids), AnimalMerge.undone_at.is_(None))
    rows = await session.execute(
        select(AnimalMerge.other_id, AnimalMerge.keep_id).where(*merged).order_by(AnimalMerge.id)
    )
    return {row.other_id: row.keep_id for row in rows}


async def add_review(session: AsyncSession, review: Review) -> None:
    session.add(review)
    await session.flush()


async def review(session: AsyncSession, review_id: UUID) -> Review | None:
    return await session.get(Review, review_id)


async def lock_review(session: AsyncSession, review: Review) -> None:
    await session.refresh(review, with_for_update=True)


async def store_review(session: AsyncSession, review: Review) -> None:
    await session.flush()
    await session.refresh(review)


async def reviews(session: AsyncSession, query: ReviewsQuery) -> Page[Review]:
    """Visible reviews, newest first."""
    statement = select(Review)
    if query.farm:
        statement = statement.where(Review.farm_id == query.farm)
    if query.state:
        statement = statement.where(Review.state == query.state)
    return await fetch_page(
        session, statement, [Review.id], cursor=query.cursor, limit=query.limit, descending=True
    )


async def purge_tombstones(engine: AsyncEngine, days: int) -> int:
    """Delete tombstones of all farms; those who ask for them start again."""
    purge = text("SELECT app.purge_tombstones(make_interval(days => :days))")
    async with engine.begin() as connection:
        return int(await connection.scalar(purge, {"days": days}) or 0)
