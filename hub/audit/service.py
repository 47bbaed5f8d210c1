"""Use cases of the audit log."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from hub.audit import personal, repository
from hub.audit.schemas import AuditQuery, AuditRead
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction


async def write(
    tx: Transaction,
    action: str,
    *,
    subject_id: UUID | None = None,
    farm_id: UUID | None = None,
    personal_of: UUID | None = None,
    **details: Any,
) -> None:
    """Add an event to the log; it exists if and only if the transaction commits.

    Details that are personal by their name (`personal.ALWAYS`) are sealed with the key of the
    person they are about: the actor, unless `personal_of` says who.
    """
    act = _act(tx, action, subject_id, farm_id, details)
    act["details"] = await _sealed(tx, personal_of or tx.actor.person_id, act["details"])
    await repository.add(tx.session, [act])


async def _sealed(tx: Transaction, person_id: UUID, details: dict[str, Any]) -> dict[str, Any]:
    private = {name: value for name, value in details.items() if name in personal.ALWAYS}
    if not private:
        return details
    public = {name: value for name, value in details.items() if name not in private}
    return {**public, personal.SEALED: await personal.seal(tx, person_id, private)}


async def write_many(
    tx: Transaction, action: str, farm_id: UUID, acts: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """Add the same act on several things of a farm: the details by the thing."""
    rows = [_act(tx, action, subject, farm_id, details) for subject, details in acts.items()]
    if rows:
        await repository.add(tx.session, rows)


def _act(
    tx: Transaction, action: str, subject_id: UUID | None, farm_id: UUID | None,
    details: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": new_id(),
        "person_id": tx.actor.person_id,
        "action": action,
        "subject_id": subject_id,
        "farm_id": farm_id,
        "request_id": tx.actor.request_id,
        "details": to_jsonable_python(details, inf_nan_mode="strings"),
    }


async def search(tx: Transaction, query: AuditQuery) -> Page[AuditRead]:
    """Events, newest first."""
    tx.actor.require(Permission.AUDIT_READ)
    page = await repository.search(tx.session, query)
    concerned = {one for event in page.items for one in (event.person_id, event.subject_id) if one}
    names = await repository.names(tx.session, list(concerned))
    events = []
    for event in page.items:
        told = {
            "details": await personal.opened(tx, event.details),
            "person_name": names.get(event.person_id, ""),
            "subject_name": names.get(event.subject_id, "") if event.subject_id else "",
        }
        events.append(AuditRead.model_validate(event).model_copy(update=told))
    return Page(events, page.next_cursor)
