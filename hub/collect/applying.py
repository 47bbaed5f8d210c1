"""Apply one operation inside a savepoint, and say what became of it in words."""

import hashlib
import json
import logging
import math
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json, to_jsonable_python

from hub.collect import operations, repository
from hub.collect.models import Review
from hub.collect.operations import Done, HeldBackError, Op
from hub.collect.policies import Clash, Policy
from hub.collect.schemas import (
    CLOCK_TOLERANCE_SECONDS,
    LARGEST_OPERATION,
    FieldConflict,
    Notice,
    Operation,
    OperationResult,
    Problem,
    ReviewKind,
    State,
)
from hub.errors import FieldError, HubError, Invalid, Unavailable
from hub.storage.base import new_id
from hub.storage.errors import translate
from hub.storage.transaction import Transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The result of an operation, the farm it was on, and whether it may still be applied."""

    result: OperationResult
    farm_id: UUID | None = None
    open: bool = False


async def attempt(
    tx: Transaction, op: Operation, device: str, *, confirmed: bool = False
) -> Outcome:
    """Apply an operation, for the first time or once more."""
    made = {op.entity_id} if op.kind in operations.MAKING else set()
    there = await repository.known(tx.session, op.entity, made)
    return await apply(tx, Op(op, device, there=op.entity_id in there, confirmed=confirmed))


@asynccontextmanager
async def undoing(tx: Transaction) -> AsyncIterator[None]:
    """A savepoint, after whose undoing the session believes in nothing that it read inside."""
    try:
        async with tx.session.begin_nested():
            yield
    except BaseException:
        tx.session.expunge_all()
        raise


async def do(tx: Transaction, op: Op) -> Outcome:
    """Do it, or raise why not."""
    _check_size(op.sent)
    run = operations.handler(op.sent.entity, op.sent.kind)
    return await _applied(tx, op, await run(tx, op))


async def apply(tx: Transaction, op: Op) -> Outcome:
    """Do it, or undo what was begun of it and say why not; those behind it go on."""
    try:
        async with undoing(tx):
            return await do(tx, op)
    except HeldBackError as held:
        return await _held_back(tx, op, held)
    except Unavailable:  # the whole push is to be sent again later
        raise
    except HubError as error:
        return rejected(op.sent.op_id, error, entity_id=op.id)
    except ValidationError as error:
        return rejected(op.sent.op_id, unacceptable(error), entity_id=op.id)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told and kept
        return _unexpected(op, error)


def _unexpected(op: Op, error: Exception) -> Outcome:
    """A mistake of ours must not keep the operations behind it on the phone for ever."""
    known = translate(error)
    if isinstance(known, Unavailable):
        raise error
    if known is None:
        log.error("an operation failed", exc_info=error, extra={"op_id": str(op.sent.op_id)})
        known = HubError(
            "collect.unexpected",
            "The hub failed on this in a way that we did not foresee. It is kept and can be tried "
            "again; tell the people who run the hub.",
        )
    return rejected(op.sent.op_id, known, entity_id=op.id)


def rejected(op_id: UUID, error: HubError, *, entity_id: UUID | None = None) -> Outcome:
    """Kept aside, with the reason."""
    errors = tuple(Problem.model_validate(one) for one in error.errors)
    result = OperationResult(
        op_id=op_id, state=State.REJECTED, entity_id=entity_id, code=error.code,
        text=error.message, errors=errors,
    )  # fmt: skip
    return Outcome(result, open=True)


def waiting(op: Operation, blockers: Iterable[UUID]) -> Outcome:
    """Kept until what it needs is there."""
    needed = sorted(str(one) for one in blockers)
    result = OperationResult(
        op_id=op.op_id, state=State.WAITING, entity_id=op.entity_id, code="collect.waiting",
        text="This waits for another entry, which could not be stored yet. Mend that one, and "
        "this follows by itself.",
        errors=tuple(Problem(where="values", message=f"Needs {one}.") for one in needed),
    )  # fmt: skip
    return Outcome(result, open=True)


async def _applied(tx: Transaction, op: Op, done: Done) -> Outcome:
    conflicts = [await _conflict(tx, op, done.farm_id, clash) for clash in done.clashes]
    review_id = next((one.review_id for one in conflicts if one.review_id), None)
    state = State.MERGED if conflicts else State.DUPLICATE if done.existed else State.APPLIED
    code, text = _words_of(conflicts)
    if done.looks_like is not None and done.farm_id:
        review_id = await _ask_whether_twice(tx, op, done.farm_id, done.looks_like)
        code = "collect.possible_duplicate"
        text = "Stored; but it looks like an entry that was there already. Say whether it is."
    result = OperationResult(
        op_id=op.sent.op_id, state=state, entity_id=op.id, code=code, text=text,
        conflicts=tuple(conflicts), review_id=review_id, warnings=done.warnings,
    )  # fmt: skip
    return Outcome(result, done.farm_id)


def _words_of(conflicts: list[FieldConflict]) -> tuple[str, str]:
    if not conflicts:
        return "", ""
    names = ", ".join(one.field for one in conflicts)
    return "collect.merged", f"Changed by somebody else meanwhile: {names}. Both are kept."


async def _conflict(tx: Transaction, op: Op, farm_id: UUID | None, clash: Clash) -> FieldConflict:
    server, phone = to_jsonable_python(clash.server), to_jsonable_python(clash.phone)
    review_id = None
    if clash.policy is Policy.REVIEW and farm_id:
        review_id = await _ask(
            tx, op, farm_id, ReviewKind.FIELD, field=clash.field, server=server, phone=phone
        )
    return FieldConflict(
        field=clash.field, policy=clash.policy.value, server=server, phone=phone,
        review_id=review_id,
    )  # fmt: skip


async def _held_back(tx: Transaction, op: Op, held: HeldBackError) -> Outcome:
    """Two phones told the same lambing: the second waits for a person, whole and unchanged."""
    review_id = await _ask_whether_twice(tx, op, held.farm_id, held.looks_like)
    result = OperationResult(
        op_id=op.sent.op_id, state=State.DUPLICATE, entity_id=op.id,
        code="collect.possible_duplicate", review_id=review_id,
        text="It looks like an entry that was there already, so it was not stored a second time. "
        "Say whether it is another one.",
    )  # fmt: skip
    return Outcome(result, held.farm_id, open=True)


async def _ask_whether_twice(tx: Transaction, op: Op, farm_id: UUID, first: Any) -> UUID:
    phone = op.sent.model_dump(mode="json")
    server = to_jsonable_python(first)
    return await _ask(
        tx, op, farm_id, ReviewKind.DUPLICATE, entity_id=first.id, server=server, phone=phone
    )


async def _ask(
    tx: Transaction,
    op: Op,
    farm_id: UUID,
    kind: ReviewKind,
    *,
    server: Any,
    phone: Any,
    field: str = "",
    entity_id: UUID | None = None,
) -> UUID:
    review = Review(
        id=new_id(), farm_id=farm_id, kind=kind.value, entity=op.sent.entity,
        entity_id=entity_id or op.id, field=field, server=server, phone=phone,
        op_id=op.sent.op_id, person_id=tx.actor.person_id, device=op.device, state="open",
    )  # fmt: skip
    await repository.add_review(tx.session, review)
    return review.id


def columns(outcome: Outcome) -> dict[str, Any]:
    """What is stored of an outcome."""
    return {
        "farm_id": outcome.farm_id,
        "result": outcome.result.model_dump(mode="json"),
        "state": outcome.result.state.value,
        "open": outcome.open,
    }


def _check_size(op: Operation) -> None:
    size = len(to_json(op.values))
    if size > LARGEST_OPERATION:
        raise Invalid(
            "collect.too_large",
            f"This entry has {size:,} bytes; at most {LARGEST_OPERATION:,} are taken. Split it.",
        )


def unacceptable(error: ValidationError) -> Invalid:
    """Pydantic's findings in the hub's form."""
    errors = [
        FieldError(".".join(map(str, one["loc"])) or "operation", one["msg"])
        for one in error.errors(include_url=False, include_input=False)
    ]
    text = " ".join(f"{one.where}: {one.message}." for one in errors[:5])
    return Invalid("collect.unacceptable", text, errors=errors)


def with_clock(outcome: Outcome, offset: float) -> Outcome:
    """The outcome with a warning when the phone's clock was wrong."""
    notice = clock_notice(offset)
    if notice is None:
        return outcome
    warned = outcome.result.model_copy(update={"warnings": (*outcome.result.warnings, notice)})
    return replace(outcome, result=warned)


def clock_notice(offset: float) -> Notice | None:
    """What to say of a clock that is wrong by so many seconds."""
    if abs(offset) <= CLOCK_TOLERANCE_SECONDS:
        return None
    way = "behind" if offset > 0 else "ahead"
    size = abs(offset)
    unit, seconds = next(
        (u, s) for u, s in (("days", 86400), ("hours", 3600), ("minutes", 60)) if size >= s
    )
    message = (
        f"This phone's clock is {size / seconds:,.0f} {unit} {way}. Set it, and check the dates of "
        "what was typed; the order of entries does not depend on it."
    )
    return Notice(code="collect.clock", message=message)


def fingerprint(operation: Mapping[str, Any]) -> str:
    """Tells the same operation from another one under the same id."""
    plain = json.dumps(to_jsonable_python(operation), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def storable(value: Any) -> Any:
    """JSON as PostgreSQL can keep it: it has no NUL in text, and no numbers without an end."""
    if isinstance(value, dict):
        return {storable(str(key)): storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    if isinstance(value, str):
        return value.replace("\0", "\N{SYMBOL FOR NULL}")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
