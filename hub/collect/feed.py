"""What changed on a farm since a phone looked last."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import animals, events, records
from hub.collect import repository, upgrade
from hub.collect.models import FarmCounter
from hub.collect.schemas import (
    Change,
    Entity,
    FarmShown,
    GroupHeld,
    GroupMemberHeld,
    PhotoHeld,
    PlaceHeld,
    Pull,
    PullQuery,
    ReviewRead,
)
from hub.errors import FieldError, Gone, Invalid
from hub.permissions import Permission
from hub.schemas import Output
from hub.storage.transaction import Transaction

Load = Callable[[Transaction, Collection[UUID]], Awaitable[Mapping[UUID, Any]]]


async def pull(tx: Transaction, query: PullQuery) -> Pull:
    """A page of a farm's changes, and which farms there are and are not."""
    for permission in (Permission.ANIMALS_READ, Permission.EVENTS_READ, Permission.RECORDS_READ):
        tx.actor.require(permission)
    upgrade.check_version(query.schema_version)
    named = {*query.have, *([query.farm] if query.farm else [])}
    seen = await repository.visible(tx.session, named)
    asked = query.farm if query.farm in seen else None
    farms = [FarmShown.model_validate(row) for row in await repository.farms(tx.session, asked)]
    page = await _page(tx, asked, query) if asked else _nothing()
    return page.model_copy(update={"farms": tuple(farms), "forget": tuple(sorted(named - seen))})


def _nothing() -> Pull:
    return Pull(
        cursor="", more=False, floor=0, epoch="", farms=(), forget=(), server_time=datetime.now(UTC)
    )


async def _page(tx: Transaction, farm_id: UUID, query: PullQuery) -> Pull:
    counter = await repository.counter(tx.session, farm_id)
    if counter is None:
        return _nothing()
    after = _start(query.cursor, counter)
    rows = await repository.changes(tx.session, farm_id, after, query.limit + 1)
    more, rows = len(rows) > query.limit, rows[: query.limit]
    last = rows[-1].seq if rows else after
    values = await _values(tx, rows)
    # What changed while we read it comes again with its new number, and then with all of it.
    still = await repository.numbers(tx.session, farm_id, after, last)
    return Pull(
        changes=tuple(_change(row, values) for row in rows if row.seq in still),
        cursor=f"{counter.epoch}.{last}",
        more=more,
        floor=counter.floor,
        epoch=counter.epoch,
        farms=(),
        forget=(),
        server_time=datetime.now(UTC),
    )


def _start(cursor: str, counter: FarmCounter) -> int:
    """After which number to go on; refused when the numbers below are not what they were."""
    if not cursor:
        return 0
    epoch, _, number = cursor.rpartition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        message = "This cursor is not one that the hub gave."
        error = FieldError("cursor", message, "Send `cursor` of the page before, or none.")
        raise Invalid("collect.bad_cursor", message, errors=[error])
    at = int(number)
    if at == 0 or (epoch == counter.epoch and counter.floor <= at <= counter.seq):
        return at
    raise Gone(
        "collect.resync",
        "The phone was away for too long, or the hub was restored from a copy. Empty the copy of "
        "this farm, keep what is unsent, and pull from the start.",
        floor=counter.floor,
        epoch=counter.epoch,
    )


async def _values(tx: Transaction, rows: Sequence[Any]) -> dict[tuple[str, UUID], Any]:
    """What the page's things are now: one load for each kind."""
    wanted: dict[str, list[UUID]] = {}
    for row in rows:
        if not row.gone:
            wanted.setdefault(row.entity, []).append(row.entity_id)
    found: dict[tuple[str, UUID], Any] = {}
    for entity, ids in wanted.items():
        loaded = await LOADERS[Entity(entity)](tx, ids)
        found |= {(entity, id_): value for id_, value in loaded.items()}
    gone = [row.entity_id for row in rows if row.entity == Entity.ANIMAL and row.gone]
    merged = await repository.survivors(tx.session, gone)
    return found | {("animal", id_): {"merged_into_id": kept} for id_, kept in merged.items()}


def _change(row: Any, values: Mapping[tuple[str, UUID], Any]) -> Change:
    value = values.get((row.entity, row.entity_id))
    return Change(
        seq=row.seq,
        entity=Entity(row.entity),
        id=row.entity_id,
        gone=row.gone or value is None,
        values=value,
    )


def _rows(entity: Entity, shape: type[Output]) -> Load:
    """Things that are shown as their rows are."""

    async def load(tx: Transaction, ids: Collection[UUID]) -> Mapping[UUID, Any]:
        rows = await repository.gather(tx.session, entity.value, ids)
        return {row.id: shape.model_validate(row) for row in rows}

    return load


LOADERS: Mapping[Entity, Load] = {
    Entity.ANIMAL: animals.get_many,
    Entity.EVENT: events.get_many,
    Entity.RECORD: records.get_many,
    Entity.GROUP: _rows(Entity.GROUP, GroupHeld),
    Entity.GROUP_MEMBER: _rows(Entity.GROUP_MEMBER, GroupMemberHeld),
    Entity.PLACE: _rows(Entity.PLACE, PlaceHeld),
    Entity.PHOTO: _rows(Entity.PHOTO, PhotoHeld),
    Entity.REVIEW: _rows(Entity.REVIEW, ReviewRead),
}
