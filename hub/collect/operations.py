"""What an operation does: one small function an entity and kind, each calling the ordinary service.

The services check permission, farm and values; nothing here trusts what the phone says of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub import animals, events, records
from hub.animals import AnimalCreate, AnimalUpdate, Retag, groups, places
from hub.animals.schemas_farm import (
    GroupCreate,
    GroupJoin,
    GroupUpdate,
    PlaceCreate,
    PlaceUpdate,
)
from hub.collect import policies, repository
from hub.collect.policies import Clash
from hub.collect.schemas import GroupMove, Notice, Operation
from hub.errors import Conflict, FieldError, Invalid
from hub.events import EventCorrect, EventCreate, EventRead
from hub.records import RecordCorrect, RecordCreate, RecordRemove
from hub.schemas import Input
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class Op:
    """An operation with what else its function needs to know."""

    sent: Operation
    device: str
    there: bool = False
    """Whether the thing exists already."""
    confirmed: bool = False
    """A person said that this is not the duplicate it looks like."""

    @property
    def id(self) -> UUID:
        return self.sent.entity_id

    @property
    def values(self) -> dict[str, Any]:
        return self.sent.values


@dataclass(frozen=True)
class Done:
    """What came of an operation that was applied."""

    farm_id: UUID | None
    existed: bool = False
    clashes: tuple[Clash, ...] = ()
    warnings: tuple[Notice, ...] = ()
    looks_like: Any = None
    """The entry that this one may repeat."""


class HeldBackError(Exception):
    """It would do twice what is done already; a person decides. Nothing of it is stored."""

    def __init__(self, farm_id: UUID, looks_like: Any) -> None:
        super().__init__("held back")
        self.farm_id = farm_id
        self.looks_like = looks_like


Apply = Callable[[Transaction, Op], Awaitable[Done]]


async def create_animal(tx: Transaction, op: Op) -> Done:
    made = await animals.create(tx, AnimalCreate.model_validate({**op.values, "id": op.id}))
    return Done(made.farm_id, existed=op.there)


async def patch_animal(tx: Transaction, op: Op) -> Done:
    """Each field by its policy; the others' edits since the phone's copy are not overwritten."""
    sent = AnimalUpdate.model_validate(op.values).changes()
    stored = await repository.lock(tx.session, "animal", op.id)
    if stored is None:  # may not be seen or changed, or was merged: the service says which
        await animals.update(tx, op.id, AnimalUpdate.model_validate(op.values))
        return Done(None)
    current = {name: getattr(stored, name) for name in sent if name != "possible_sires"}
    if "possible_sires" in sent:
        sires = (await animals.get(tx, op.id)).possible_sires
        current["possible_sires"] = sorted(one.id for one in sires)
        sent["possible_sires"] = sorted(set(sent["possible_sires"]))
    taken, clashes = await _merged(tx, op, "animal", stored, current, sent)
    await animals.update(tx, op.id, AnimalUpdate.model_validate(taken))
    return Done(stored.farm_id, clashes=clashes)


async def create_event(tx: Transaction, op: Op) -> Done:
    """Record an event; a second lambing that looks like the first makes no lambs twice."""
    values = {"device": op.device, "recorded_at": op.sent.recorded_at_device, **op.values}
    if op.sent.occurred_at:
        values = {"occurred_at": op.sent.occurred_at, **values}
    new = EventCreate.model_validate({**values, "id": op.id})
    if op.confirmed:
        new = new.model_copy(update={"confirmed_not_duplicate": True})
    try:
        made = await events.record(tx, new)
    except Conflict as error:
        if error.code != "events.possible_duplicate":
            raise
        known = await events.get(tx, UUID(error.attributes["event_id"]))
        raise HeldBackError(known.farm_id, known) from None
    twin = None if op.there else made.possible_duplicate_of
    first = await events.get(tx, twin) if twin else None
    return Done(made.farm_id, existed=op.there, warnings=_notices(made), looks_like=first)


async def correct_event(tx: Transaction, op: Op) -> Done:
    values = {"device": op.device, "recorded_at": op.sent.recorded_at_device, **op.values}
    made = await events.correct(tx, op.id, EventCorrect.model_validate(values))
    return Done(made.farm_id, warnings=_notices(made))


async def void_event(tx: Transaction, op: Op) -> Done:
    reason = RecordRemove.model_validate(op.values).reason
    made = await events.void(tx, op.id, reason)
    return Done(made.farm_id)


async def create_record(tx: Transaction, op: Op) -> Done:
    values = {"device": op.device, **op.values}
    animal_id = _id(values.pop("animal_id", None), "animal_id")
    made = await records.add(tx, animal_id, RecordCreate.model_validate({**values, "id": op.id}))
    return Done(made.farm_id, existed=op.there)


async def correct_record(tx: Transaction, op: Op) -> Done:
    made = await records.correct(tx, op.id, RecordCorrect.model_validate(op.values))
    return Done(made.farm_id)


async def void_record(tx: Transaction, op: Op) -> Done:
    reason = RecordRemove.model_validate(op.values).reason
    there = await records.get(tx, op.id)
    await records.remove(tx, op.id, reason)
    return Done(there.farm_id)


async def retag_animal(tx: Transaction, op: Op) -> Done:
    new = Retag.model_validate(op.values)
    made = await animals.retag(tx, op.id, new.scheme, new.value, new.on, new.reason)
    return Done(made.farm_id)


async def create_group(tx: Transaction, op: Op) -> Done:
    made = await groups.create(tx, GroupCreate.model_validate({**op.values, "id": op.id}))
    return Done(made.farm_id, existed=op.there)


async def patch_group(tx: Transaction, op: Op) -> Done:
    return await _patch_named(tx, op, "group", GroupUpdate, groups.update)


async def create_place(tx: Transaction, op: Op) -> Done:
    made = await places.create(tx, PlaceCreate.model_validate({**op.values, "id": op.id}))
    return Done(made.farm_id, existed=op.there)


async def patch_place(tx: Transaction, op: Op) -> Done:
    return await _patch_named(tx, op, "place", PlaceUpdate, places.update)


async def join_group(tx: Transaction, op: Op) -> Done:
    move = GroupMove.model_validate(op.values)
    new = GroupJoin(id=op.id, animal_ids=(move.animal_id,), from_on=move.on)
    [made] = await groups.join(tx, move.group_id, new)
    return Done(made.farm_id, existed=op.there)


async def leave_group(tx: Transaction, op: Op) -> Done:
    move = GroupMove.model_validate(op.values)
    made = await groups.leave(tx, move.group_id, move.animal_id, move.on)
    return Done(made.farm_id)


async def _patch_named(
    tx: Transaction, op: Op, entity: str, shape: type[Input], change: Callable[..., Any]
) -> Done:
    """Fields of a group or a place, each by its policy."""
    update = shape.model_validate(op.values)
    stored = await repository.lock(tx.session, entity, op.id)
    if stored is None:  # may not be seen or changed: the service says which
        await change(tx, op.id, update)
        return Done(None)
    sent = update.model_dump(include=update.model_fields_set)
    current = {name: getattr(stored, name) for name in sent}
    taken, clashes = await _merged(tx, op, entity, stored, current, sent)
    if taken:
        await change(tx, op.id, shape.model_validate(taken))
    return Done(stored.farm_id, clashes=clashes)


async def _merged(
    tx: Transaction,
    op: Op,
    entity: str,
    stored: Any,
    current: Mapping[str, Any],
    sent: Mapping[str, Any],
) -> tuple[dict[str, Any], tuple[Clash, ...]]:
    fields = await repository.fields(tx.session, entity, stored.farm_id, op.id)
    hand = repository.hand(tx.actor.person_id, op.device)
    moved = policies.moved_fields(fields, op.sent.base_rev, hand)
    taken, clashes = policies.merge(entity, current, sent, moved)
    return taken, tuple(clashes)


def _notices(made: EventRead) -> tuple[Notice, ...]:
    return tuple(Notice(code=one.code, message=one.message) for one in made.warnings)


def _id(value: Any, where: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        message = f"{where} is not an id." if value else f"{where} is missing."
        error = FieldError(where, message, "Give the id of the animal.")
        raise Invalid("collect.no_id", message, errors=[error]) from None


HANDLERS: Mapping[tuple[str, str], Apply] = {
    ("animal", "create"): create_animal,
    ("animal", "patch"): patch_animal,
    ("animal", "retag"): retag_animal,
    ("event", "create"): create_event,
    ("event", "correct"): correct_event,
    ("event", "void"): void_event,
    ("record", "create"): create_record,
    ("record", "correct"): correct_record,
    ("record", "void"): void_record,
    ("group", "create"): create_group,
    ("group", "patch"): patch_group,
    ("group_member", "join"): join_group,
    ("group_member", "leave"): leave_group,
    ("place", "create"): create_place,
    ("place", "patch"): patch_place,
}


MAKING = ("create", "join")
"""Kinds of operations that bring their thing into being."""


def handler(entity: str, kind: str) -> Apply:
    """The function for an entity and kind, or a refusal that names those there are."""
    found = HANDLERS.get((entity, kind))
    if found is not None:
        return found
    kinds = [k for e, k in HANDLERS if e == entity]
    entities = ", ".join(dict.fromkeys(e for e, _ in HANDLERS))
    where, value, allowed = (
        ("kind", kind, ", ".join(kinds)) if kinds else ("entity", entity, entities)
    )
    message = f"There is no {where} {value!r}" + (f" of {entity}." if kinds else ".")
    error = FieldError(where, message, f"Use one of: {allowed}.")
    raise Invalid("collect.unknown_operation", f"{message} Use one of: {allowed}.", errors=[error])


def makes(op: Operation) -> frozenset[UUID]:
    """Ids that an operation is to bring into being: of its thing, and of the young it names."""
    if op.kind not in MAKING:
        return frozenset()
    details = op.values.get("details")
    young = details.get("offspring") if isinstance(details, dict) else None
    found = (one.get("animal_id") for one in young or () if isinstance(one, dict))
    return frozenset({op.entity_id, *(id_ for one in found if (id_ := as_id(one)))})


def needs(op: Operation) -> frozenset[UUID]:
    """Ids that an operation refers to, as far as it does not make them itself."""
    own = () if op.kind in MAKING else (op.entity_id,)
    return frozenset({*own, *ids_in(op.values)}) - makes(op)


def ids_in(value: Any) -> set[UUID]:
    """Every id in JSON."""
    if isinstance(value, dict):
        return set().union(*(ids_in(one) for one in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(ids_in(one) for one in value))
    found = as_id(value)
    return {found} if found else set()


def as_id(value: Any) -> UUID | None:
    """The id that a text is, if it is one."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
