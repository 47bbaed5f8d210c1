"""Use cases of phones: take their operations, each by itself, each once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hub.collect import operations, repository, upgrade
from hub.collect.applying import (
    Outcome,
    apply,
    clock_notice,
    columns,
    do,
    fingerprint,
    rejected,
    storable,
    unacceptable,
    undoing,
    waiting,
    with_clock,
)
from hub.collect.kept import retry_waiting
from hub.collect.names import Names
from hub.collect.operations import Op
from hub.collect.schemas import Operation, OperationResult, Push, PushReply
from hub.errors import Conflict, FieldError, Invalid
from hub.permissions import Permission
from hub.storage.transaction import Transaction

Fields = dict[str, Any]
TOGETHER = 20
"""Operations of one savepoint, as long as all succeed."""


@dataclass(frozen=True)
class Received:
    """One operation: as it was sent, and in today's words."""

    op_id: UUID
    sent: Fields
    today: Fields

    @cached_property
    def fingerprint(self) -> str:
        """Of today's words, so that a page may be renewed between two tries."""
        return fingerprint(self.today)

    @property
    def other_id(self) -> UUID:
        """Where it is kept when another operation took its id."""
        return uuid5(self.op_id, self.fingerprint)


@dataclass
class Pushing:
    """One push on its way: what is known of its operations, and what is to be stored of them."""

    person_id: UUID
    push: Push
    offset: float
    known: dict[UUID, tuple[str, OperationResult]]
    """Fingerprint and result of operations that were received before."""
    unmade: dict[UUID, UUID]
    """Ids that are not there yet, and the kept operation that is to make each."""
    names: Names
    there: set[tuple[str, UUID]]
    """Things that are to be made and are there already."""
    rows: list[Fields] = field(default_factory=list)

    def copy(self) -> "Pushing":
        """For a trial of some operations, which may come to nothing."""
        return replace(
            self, known=dict(self.known), unmade=dict(self.unmade), there=set(self.there), rows=[]
        )

    def take(self, trial: "Pushing") -> None:
        """The trial came to something."""
        self.known, self.unmade, self.there = trial.known, trial.unmade, trial.there
        self.rows += trial.rows


async def push(tx: Transaction, sent: Push) -> PushReply:
    """Apply what a phone did; each operation is stored with its result, in this transaction."""
    tx.actor.require(Permission.EVENTS_WRITE)
    upgrade.check_version(sent.schema_version)
    now = datetime.now(UTC)
    offset = (now - sent.sent_at).total_seconds()
    received = [_received(one, place, sent) for place, one in enumerate(sent.operations)]
    await repository.begin_push(tx.session, tx.actor.person_id, sent.device)
    settled = await retry_waiting(tx)
    pushing = await _prepare(tx, sent, offset, received)
    held = await _warm_up(tx, received)
    results = [one async for one in _answers(tx, pushing, received)]
    del held
    await repository.keep(tx.session, pushing.rows)
    notice = clock_notice(offset)
    return PushReply(
        results=tuple(results),
        settled=tuple(settled),
        server_time=now,
        clock_offset_seconds=round(offset, 3),
        warnings=(notice,) if notice else (),
    )


def _received(sent: Operation | Fields, place: int, push: Push) -> Received:
    """The operation under its id; without an id nobody could be answered."""
    fields = sent.model_dump(mode="json") if isinstance(sent, Operation) else sent
    op_id = operations.as_id(fields.get("op_id"))
    if op_id is None:
        message = "An operation has no op_id, or one that is not a UUID."
        where = f"operations.{place}.op_id"
        errors = [FieldError(where, message, "Give every operation a UUID of its own.")]
        raise Invalid("collect.no_op_id", message, errors=errors)
    return Received(op_id, fields, upgrade.upgraded(fields, push.schema_version))


async def _prepare(tx: Transaction, sent: Push, offset: float, received: list[Received]) -> Pushing:
    ids = [id_ for one in received for id_ in (one.op_id, one.other_id)]
    rows = await repository.stored(tx.session, ids)
    known = {
        id_: (row.fingerprint, OperationResult.model_validate(row.result))
        for id_, row in rows.items()
    }
    kept = await repository.open_operations(tx.session)
    unmade = {made: row.op_id for row in kept for made in row.makes}
    names = await Names.load(tx, [one.today for one in received])
    there = await _there(tx, received)
    return Pushing(tx.actor.person_id, sent, offset, known, unmade, names, there)


async def _there(tx: Transaction, received: list[Received]) -> set[tuple[str, UUID]]:
    """Which of the things that are to be made there are already."""
    wanted: dict[str, set[UUID]] = {}
    for one in received:
        id_ = operations.as_id(one.today.get("entity_id"))
        if id_ and one.today.get("kind") in operations.MAKING:
            wanted.setdefault(str(one.today.get("entity")), set()).add(id_)
    found = {entity: await repository.known(tx.session, entity, ids)
             for entity, ids in wanted.items()}  # fmt: skip
    return {(entity, id_) for entity, ids in found.items() for id_ in ids}


async def _warm_up(tx: Transaction, received: list[Received]) -> list[Any]:
    values = (one.today.get("values") for one in received)
    found = (operations.as_id(one.get("animal_id")) for one in values if isinstance(one, dict))
    return await repository.warm_up(tx.session, {one for one in found if one})


async def _answers(
    tx: Transaction, pushing: Pushing, received: list[Received]
) -> AsyncIterator[OperationResult]:
    """A savepoint for a few operations, since most succeed; for each one where some do not."""
    for start in range(0, len(received), TOGETHER):
        few = received[start : start + TOGETHER]
        trial = pushing.copy()
        try:
            async with undoing(tx):
                results = [await _answer(tx, trial, one, alone=False) for one in few]
            pushing.take(trial)
        except Exception:  # noqa: BLE001  told by whichever raises it again, alone
            results = [await _answer(tx, pushing, one, alone=True) for one in few]
        for result in results:
            yield result


async def _answer(
    tx: Transaction, pushing: Pushing, received: Received, *, alone: bool
) -> OperationResult:
    if received.op_id in pushing.known:
        return _again(pushing, received)
    op, outcome = await _applied(tx, pushing, received, alone)
    outcome = with_clock(outcome, pushing.offset)
    _keep(pushing, received, op, outcome)
    return outcome.result


async def _applied(
    tx: Transaction, pushing: Pushing, received: Received, alone: bool
) -> tuple[Operation | None, Outcome]:
    try:
        sent = Operation.model_validate(received.today)
    except ValidationError as error:
        return None, rejected(received.op_id, unacceptable(error))
    sent = pushing.names.renamed(sent)
    blockers = operations.needs(sent) & pushing.unmade.keys()
    if blockers:
        return sent, waiting(sent, blockers)
    thing = (sent.entity, sent.entity_id)
    op = Op(sent, pushing.push.device, there=thing in pushing.there)
    outcome = await (apply(tx, op) if alone else do(tx, op))
    if not outcome.open and sent.kind in operations.MAKING:
        pushing.there.add(thing)
    return sent, outcome


def _again(pushing: Pushing, received: Received) -> OperationResult:
    first, result = pushing.known[received.op_id]
    if first == received.fingerprint:
        return result.model_copy(update={"replayed": True})
    error = Conflict(
        "collect.op_id_reused",
        "This op_id was used for another operation, which was answered before. Every operation "
        "needs an id of its own; this one is kept aside.",
        errors=[FieldError("op_id", "It is taken.", "Make a new UUID for this operation.")],
    )
    kept_as = received.other_id
    outcome = rejected(received.op_id, error)
    if kept_as not in pushing.known:
        _keep(pushing, Received(kept_as, received.sent, received.today), None, outcome)
    return outcome.result.model_copy(update={"kept_as": kept_as})


def _keep(pushing: Pushing, received: Received, op: Operation | None, outcome: Outcome) -> None:
    """To be stored when all of the push is done."""
    seq = received.sent.get("seq")
    makes = sorted(operations.makes(op)) if op else []
    pushing.known[received.op_id] = (received.fingerprint, outcome.result)
    if outcome.open:
        pushing.unmade |= dict.fromkeys(makes, received.op_id)
    pushing.rows.append({
        "person_id": pushing.person_id,
        "op_id": received.op_id,
        "device": pushing.push.device,
        "seq": seq if isinstance(seq, int) and 0 <= seq < 2**63 else 0,
        "entity": str(storable(received.today.get("entity", "")))[:64],
        "entity_id": operations.as_id(received.today.get("entity_id")),
        "schema_version": pushing.push.schema_version,
        "received": storable(to_jsonable_python(received.sent)),
        "fingerprint": received.fingerprint,
        "mended": None,
        "clock_offset_s": pushing.offset,
        "makes": makes,
        "needs": sorted(operations.needs(op)) if op else [],
        **columns(outcome),
    })  # fmt: skip
