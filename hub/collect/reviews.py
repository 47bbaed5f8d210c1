"""Two versions of something, both kept: who decides, and what is done then."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import animals, audit, events, farms
from hub.animals import AnimalUpdate, groups, places
from hub.animals.schemas_farm import GroupUpdate, PlaceUpdate
from hub.collect import operations, repository
from hub.collect.applying import attempt
from hub.collect.models import Review
from hub.collect.schemas import (
    Keep,
    Operation,
    OperationResult,
    ReviewKind,
    ReviewRead,
    ReviewResolve,
    ReviewsQuery,
    State,
)
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

TOLD_TWICE = "Told twice: another entry of it stays."


async def listed(tx: Transaction, query: ReviewsQuery) -> Page[ReviewRead]:
    """Reviews of visible farms, newest first."""
    tx.actor.require(Permission.EVENTS_READ)
    if query.farm:
        await farms.require_visible(tx, query.farm)
    page = await repository.reviews(tx.session, query)
    return Page([ReviewRead.model_validate(row) for row in page.items], page.next_cursor)


async def resolve(tx: Transaction, review_id: UUID, decided: ReviewResolve) -> ReviewRead:
    """Let one version stay (or both, or another value); for those who work on the farm."""
    tx.actor.require(Permission.EVENTS_WRITE)
    review = await _open(tx, review_id)
    if review.kind == ReviewKind.FIELD:
        await _resolve_field(tx, review, decided)
    else:
        await _resolve_duplicate(tx, review, decided.keep)
    review.state, review.keep = "resolved", decided.keep.value
    review.value = decided.model_dump(mode="json")["value"]
    review.resolved_by, review.resolved_at = tx.actor.person_id, datetime.now(UTC)
    await repository.store_review(tx.session, review)
    await audit.write(
        tx, "collect:resolve", subject_id=review.id, farm_id=review.farm_id,
        entity_id=review.entity_id, keep=decided.keep, value=decided.value,
    )  # fmt: skip
    return ReviewRead.model_validate(review)


async def _open(tx: Transaction, review_id: UUID) -> Review:
    review = await repository.review(tx.session, review_id)
    if review is None:
        raise Missing("collect.no_such_review", "There is no such review, or you may not see it.")
    await farms.require_write(tx, review.farm_id)
    await repository.lock_review(tx.session, review)
    if review.state == "open":
        return review
    raise Conflict(
        "collect.review_resolved", "This was decided already; the newest version is on the hub."
    )


async def _resolve_field(tx: Transaction, review: Review, decided: ReviewResolve) -> None:
    if decided.keep is Keep.BOTH:
        raise _cannot(decided.keep, "server, phone or value")
    if decided.keep is not Keep.SERVER:
        value = review.phone if decided.keep is Keep.PHONE else decided.value
        await _CHANGE[review.entity](tx, review.entity_id, {review.field: value})


async def _resolve_duplicate(tx: Transaction, review: Review, keep: Keep) -> None:
    if keep is Keep.VALUE:
        raise _cannot(keep, "server, phone or both")
    op = Operation.model_validate(review.phone)
    stored = await repository.known(tx.session, "event", {op.entity_id})
    if keep is Keep.PHONE:
        await events.void(tx, review.entity_id, TOLD_TWICE)
    if stored:
        if keep is Keep.SERVER:
            await events.void(tx, op.entity_id, TOLD_TWICE)
        return
    if keep is Keep.SERVER:
        result = OperationResult(
            op_id=op.op_id, state=State.DUPLICATE, entity_id=review.entity_id,
            code="collect.told_twice", text=TOLD_TWICE, review_id=review.id,
            known_as=_same_young(op, review.server),
        )  # fmt: skip
    else:
        result = await _store(tx, review, op)
    await repository.settle_of_review(tx.session, review.id, result.model_dump(mode="json"))


async def _store(tx: Transaction, review: Review, op: Operation) -> OperationResult:
    """What was held back is another thing after all."""
    outcome = await attempt(tx, op, review.device, confirmed=True)
    if outcome.open:
        result = outcome.result
        errors = [FieldError(one.where, one.message, one.remedy) for one in result.errors]
        raise Invalid(result.code, result.text, errors=errors)
    return outcome.result


def _same_young(op: Operation, first: Any) -> dict[UUID, UUID]:
    """Which young of the hub's entry those of the phone's are, by their tags."""
    hub = {one["tag"]: one["animal_id"] for one in _young(first) if one.get("tag")}
    phone = {one["tag"]: one["animal_id"] for one in _young(op.values) if one.get("tag")}
    pairs = ((operations.as_id(phone[t]), operations.as_id(hub[t])) for t in phone if t in hub)
    return {ours: theirs for ours, theirs in pairs if ours and theirs and ours != theirs}


def _young(entry: Any) -> list[dict[str, Any]]:
    details = entry.get("details") or {}
    return [one for one in details.get("offspring") or () if one.get("animal_id")]


def _cannot(keep: Keep, allowed: str) -> Invalid:
    message = f"keep={keep} does not decide this review."
    error = FieldError("keep", message, f"Use one of: {allowed}.")
    return Invalid("collect.cannot_keep", f"{message} Use one of: {allowed}.", errors=[error])


async def _change_animal(tx: Transaction, id_: UUID, values: dict[str, Any]) -> None:
    await animals.update(tx, id_, AnimalUpdate.model_validate(values))


async def _change_group(tx: Transaction, id_: UUID, values: dict[str, Any]) -> None:
    await groups.update(tx, id_, GroupUpdate.model_validate(values))


async def _change_place(tx: Transaction, id_: UUID, values: dict[str, Any]) -> None:
    await places.update(tx, id_, PlaceUpdate.model_validate(values))


_CHANGE = {"animal": _change_animal, "group": _change_group, "place": _change_place}
