"""What groups, places and fields of a farm share: added once, changed, listed by name, archived."""

from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select

from hub import audit, farms
from hub.animals.schemas import plain
from hub.errors import Conflict, FieldError, Missing
from hub.permissions import Permission
from hub.schemas import Input
from hub.storage.base import Base, new_id
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


class Named(Protocol):
    """A row with a name that is unique on its farm."""

    id: Any
    farm_id: Any
    name: Any
    archived: Any
    __tablename__: Any


Row = TypeVar("Row", bound=Base)


async def add(tx: Transaction, model: type[Row], new: Input, noun: str) -> Row:
    """A new one on a farm on which the caller works; one sent again is the one that is stored."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    values = _stored(new.model_dump())
    await farms.require_write(tx, values["farm_id"])
    given = values.pop("id", None)
    if given and (stored := await tx.session.get(model, given)):
        return _same(stored, values, noun)
    row = model(id=given or new_id(), **values)
    tx.session.add(row)
    with _refusing_taken(row, noun):
        await tx.session.flush()
    await _note(tx, row, f"{noun}:create", None, values)
    return row


async def change(tx: Transaction, row: Row, changed: Input, noun: str) -> Row:
    """The given fields of one on a farm on which the caller works."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    await farms.require_write(tx, _of(row).farm_id)
    given = _stored(changed.model_dump(include=changed.model_fields_set))
    before = {name: getattr(row, name) for name in given}
    changes = {name: value for name, value in given.items() if value != before[name]}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        with _refusing_taken(row, noun):
            await tx.session.flush()
        await tx.session.refresh(row)
        await _note(tx, row, f"{noun}:update", {n: before[n] for n in changes}, changes)
    return row


async def find(tx: Transaction, model: type[Row], id_: UUID, noun: str) -> Row:
    """One that the caller may see."""
    tx.actor.require(Permission.ANIMALS_READ)
    row = await tx.session.get(model, id_)
    if row is None:
        raise Missing(
            f"{noun}.not_found", f"There is no such {_WORD[noun]}, or you may not see it."
        )
    return row


async def of_farm(
    tx: Transaction, model: type[Row], farm_id: UUID, *, archived: bool = False
) -> list[Row]:
    """Those of a farm in order of name; archived ones when asked for."""
    tx.actor.require(Permission.ANIMALS_READ)
    await farms.require_visible(tx, farm_id)
    columns: Any = model
    statement = select(model).where(columns.farm_id == farm_id).order_by(columns.name)
    if not archived:
        statement = statement.where(columns.archived.is_(False))
    return list(await tx.session.scalars(statement))


_WORD = {"groups": "group", "places": "place", "fields": "field"}


def _of(row: Base) -> Named:
    named: Any = row
    return named


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _same(stored: Row, values: dict[str, Any], noun: str) -> Row:
    if any(getattr(stored, name) != value for name, value in values.items()):
        told = f"This id is that of the {_WORD[noun]} {_of(stored).name} already, which differs."
        raise Conflict(f"{noun}.id_taken", f"{told} Change that one, or send an id of its own.")
    return stored


def _refusing_taken(row: Base, noun: str) -> Any:
    named = _of(row)
    message = f"This farm has a {_WORD[noun]} {named.name} already, or had one that is archived."
    error = FieldError("name", message, "Choose another name, or use that one again.")
    refusal = Conflict(f"{noun}.duplicate_name", f"{message} {error.remedy}", errors=[error])
    return refusing_duplicates(f"uq_{named.__tablename__}_farm_id_name", refusal)


async def _note(tx: Transaction, row: Base, action: str, before: Any, after: Any) -> None:
    named = _of(row)
    await audit.write(
        tx, action, subject_id=named.id, farm_id=named.farm_id, before=before, after=after
    )
