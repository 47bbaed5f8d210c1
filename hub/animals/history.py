"""What was done to an animal: who, what, when, before, after."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid, column, func, select
from sqlalchemy.dialects.postgresql import JSONB

from hub.animals import repository
from hub.animals.reading import PARENTS, find
from hub.animals.schemas import HistoryRead
from hub.permissions import Permission
from hub.schemas import PageQuery
from hub.storage.paging import Page, bad_cursor, decode_cursor, encode_cursor
from hub.storage.transaction import Transaction

_COLUMNS = (
    column("id", Uuid), column("at", DateTime(timezone=True)), column("action", String),
    column("subject_id", Uuid), column("person", String), column("details", JSONB),
)  # fmt: skip
_NAMED = (*PARENTS, "possible_sires")


async def history(tx: Transaction, animal_id: UUID, page: PageQuery) -> Page[HistoryRead]:
    """Every change of an animal, the newest first, those of entries merged into it included.

    People are named to members of the animal's farm and to stewards; a parent that the caller may
    not see is shown as unknown.
    """
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await find(tx, animal_id)
    acts = func.app.animal_history(animal.id).table_valued(*_COLUMNS, name="act")
    statement = select(acts).order_by(acts.c.id.desc()).limit(page.limit + 1)
    if page.cursor:
        [last] = decode_cursor(page.cursor, 1)
        statement = statement.where(acts.c.id < _id(last))
    rows = (await tx.session.execute(statement)).all()
    shown, more = rows[: page.limit], len(rows) > page.limit
    seen = await repository.parents(tx.session, _mentioned(row.details for row in shown))
    following = encode_cursor([shown[-1].id]) if more else None
    return Page([_read(row, seen) for row in shown], following)


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise bad_cursor() from None


def _mentioned(details: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """Animals that are named as parents."""
    return {
        UUID(one)
        for said in details
        for side in ("before", "after")
        if isinstance(facts := said.get(side), dict)
        for name in _NAMED
        for one in _several(facts.get(name))
    }


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _read(row: Any, seen: Mapping[UUID, Any]) -> HistoryRead:
    said = row.details
    sides = {side: _side(said.get(side), seen) for side in ("before", "after")}
    more = {name: value for name, value in said.items() if name not in sides}
    return HistoryRead(
        id=row.id, at=row.at, action=row.action, animal_id=row.subject_id, person=row.person,
        more=more, **sides,
    )  # fmt: skip


def _side(facts: Any, seen: Mapping[UUID, Any]) -> dict[str, Any] | None:
    if not isinstance(facts, dict):
        return None
    return {name: _seen(name, value, seen) for name, value in facts.items()}


def _seen(name: str, value: Any, seen: Mapping[UUID, Any]) -> Any:
    if name not in _NAMED or not value:
        return value
    kept = [one for one in _several(value) if UUID(one) in seen]
    return kept if isinstance(value, list) else next(iter(kept), None)
