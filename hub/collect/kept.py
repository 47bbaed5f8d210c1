"""Operations as they were received: see what became of them, mend or discard what was refused."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from hub.collect import operations, repository, upgrade
from hub.collect.applying import Outcome, attempt, columns, rejected, unacceptable, waiting
from hub.collect.models import SyncOperation
from hub.collect.names import Names
from hub.collect.schemas import (
    Operation,
    OperationMend,
    OperationRead,
    OperationResult,
    OperationsQuery,
    State,
)
from hub.errors import Conflict, Missing
from hub.permissions import Permission
from hub.storage.paging import Page
from hub.storage.transaction import Transaction


async def listed(tx: Transaction, query: OperationsQuery) -> Page[OperationRead]:
    """One's own operations, newest first."""
    tx.actor.require(Permission.EVENTS_READ)
    page = await repository.operations(tx.session, query)
    return Page([OperationRead.model_validate(row) for row in page.items], page.next_cursor)


async def mend(tx: Transaction, op_id: UUID, mended: OperationMend) -> OperationRead:
    """Try a refused operation again, with better values if they are given."""
    row = await _open(tx, op_id)
    values: dict[str, Any] = dict(row.mended or {})
    values |= mended.model_dump(mode="json", include=mended.model_fields_set, exclude_none=True)
    await repository.begin_push(tx.session, tx.actor.person_id, row.device)
    await repository.settle(tx.session, row.person_id, op_id, {"mended": values or None})
    row.mended = values or None
    await _try(tx, row)
    await retry_waiting(tx)
    return await _read(tx, op_id)


async def discard(tx: Transaction, op_id: UUID) -> OperationRead:
    """Give up a refused operation; what was typed stays in the list for ever."""
    row = await _open(tx, op_id)
    result = OperationResult(
        op_id=op_id, state=State.DISCARDED, entity_id=row.entity_id, code="collect.discarded",
        text="You discarded this. What was typed is kept here.",
    )  # fmt: skip
    await _settle(tx, row, Outcome(result, row.farm_id))
    await retry_waiting(tx)
    return await _read(tx, op_id)


async def retry_waiting(tx: Transaction) -> list[OperationResult]:
    """Apply what waited for something that is there by now, or was given up; oldest first."""
    kept = await repository.open_operations(tx.session)
    unmade = {made: row.op_id for row in kept for made in row.makes}
    settled = []
    for row in (one for one in kept if one.state == State.WAITING):
        if any(unmade.get(one, row.op_id) != row.op_id for one in row.needs):
            continue
        outcome = await _try(tx, row)
        settled.append(outcome.result)
        if not outcome.open:
            unmade = {made: by for made, by in unmade.items() if by != row.op_id}
    return settled


async def _try(tx: Transaction, row: SyncOperation) -> Outcome:
    fields = upgrade.upgraded(row.received, row.schema_version)
    try:
        op = Operation.model_validate(
            {**fields, **(row.mended or {}), "op_id": row.op_id, "seq": row.seq}
        )
    except ValidationError as error:
        outcome = rejected(row.op_id, unacceptable(error), entity_id=row.entity_id)
        await _settle(tx, row, outcome)
        return outcome
    op = (await Names.load(tx, [fields, op.values])).renamed(op)
    kept = await repository.open_operations(tx.session)
    unmade = {made for one in kept if one.op_id != row.op_id for made in one.makes}
    blockers = operations.needs(op) & unmade
    outcome = waiting(op, blockers) if blockers else await attempt(tx, op, row.device)
    await _settle(tx, row, outcome, op)
    return outcome


async def _settle(
    tx: Transaction, row: SyncOperation, outcome: Outcome, op: Operation | None = None
) -> None:
    values = columns(outcome)
    if op is not None:
        values |= {
            "entity_id": op.entity_id,
            "makes": sorted(operations.makes(op)),
            "needs": sorted(operations.needs(op)),
        }
    await repository.settle(tx.session, row.person_id, row.op_id, values)


async def _find(tx: Transaction, op_id: UUID) -> SyncOperation:
    row = await repository.operation(tx.session, tx.actor.person_id, op_id)
    if row is None:
        raise Missing("collect.no_such_operation", "You sent no operation with this id.")
    return row


async def _open(tx: Transaction, op_id: UUID) -> SyncOperation:
    """The operation, if it can still be mended."""
    tx.actor.require(Permission.EVENTS_WRITE)
    row = await _find(tx, op_id)
    if row.open and row.state in (State.REJECTED, State.WAITING):
        return row
    if row.open:
        raise Conflict(
            "collect.decide_review",
            "This looks like an entry that was there already. Answer that question instead.",
            review_id=row.result.get("review_id"),
        )
    raise Conflict(
        "collect.settled", f"This operation is {row.state}; only refused ones can be mended."
    )


async def _read(tx: Transaction, op_id: UUID) -> OperationRead:
    return OperationRead.model_validate(await _find(tx, op_id))
