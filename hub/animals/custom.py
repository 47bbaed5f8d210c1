"""Fields that one farm keeps of its animals: each has a type, and a value of another is refused."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from hub.animals import named
from hub.animals.models import CustomField
from hub.animals.schemas_farm import FieldCreate, FieldRead, FieldType, FieldUpdate
from hub.errors import FieldError, Invalid
from hub.storage.transaction import Transaction


async def create(tx: Transaction, new: FieldCreate) -> FieldRead:
    """A new field of a farm on which the caller works."""
    _check_definition(new.type, new.choices, new.lowest, new.highest, new.unit)
    return FieldRead.model_validate(await named.add(tx, CustomField, new, "fields"))


async def update(tx: Transaction, field_id: UUID, changed: FieldUpdate) -> FieldRead:
    """Change a field or archive it; its type stays, and so do the values that animals have."""
    field = await named.find(tx, CustomField, field_id, "fields")
    after = changed.model_dump(include=changed.model_fields_set)
    wanted = {n: after.get(n, getattr(field, n)) for n in ("choices", "lowest", "highest", "unit")}
    _check_definition(FieldType(field.type), **wanted)
    return FieldRead.model_validate(await named.change(tx, field, changed, "fields"))


async def of_farm(tx: Transaction, farm_id: UUID, *, archived: bool = False) -> list[FieldRead]:
    """The fields of a farm in order of name."""
    found = await named.of_farm(tx, CustomField, farm_id, archived=archived)
    return [FieldRead.model_validate(field) for field in found]


async def problems(tx: Transaction, farm_id: UUID, values: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with values for a farm's own fields."""
    if not values:
        return []
    statement = select(CustomField).where(CustomField.farm_id == farm_id)
    fields = {field.name: field for field in await tx.session.scalars(statement)}
    found = []
    for name, value in values.items():
        if problem := _problem(fields, name, value):
            found.append(FieldError(f"custom.{name}", *problem))
    return found


def _problem(fields: Mapping[str, CustomField], name: str, value: Any) -> tuple[str, str] | None:
    field = fields.get(name)
    if field is None or field.archived:
        known = ", ".join(sorted(one.name for one in fields.values() if not one.archived))
        has = f"Its fields are {known}." if known else "It has none yet."
        return f"The farm has no field {name} in use.", f"{has} Add the field first."
    return None if value is None else _CHECKS[FieldType(field.type)](field, value)


def _text(field: CustomField, value: Any) -> tuple[str, str] | None:
    if isinstance(value, str):
        return None
    return f"{field.label} is a text, not {value}.", 'Write it in quotes: "3".'


def _number(field: CustomField, value: Any) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{field.label} is a number, not {value!r}.", "Write it without quotes: 3.5."
    low, high = field.lowest, field.highest
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = f"{'' if low is None else low} to {'' if high is None else high} {field.unit}"
        return f"{field.label} is {value:g}.", f"Allowed is {allowed.strip()}."
    return None


def _day(field: CustomField, value: Any) -> tuple[str, str] | None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return f"{field.label} is a date, not {value!r}.", "Write it as 2026-03-31."
    return None


def _choice(field: CustomField, value: Any) -> tuple[str, str] | None:
    if value in field.choices:
        return None
    return f"{field.label} cannot be {value!r}.", f"Choose one of {', '.join(field.choices)}."


def _yes_no(field: CustomField, value: Any) -> tuple[str, str] | None:
    if isinstance(value, bool):
        return None
    return f"{field.label} is yes or no, not {value!r}.", "Write true or false."


_CHECKS: dict[FieldType, Callable[[CustomField, Any], tuple[str, str] | None]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _day,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
}


def _check_definition(
    type: FieldType, choices: Any, lowest: float | None, highest: float | None, unit: str
) -> None:
    """What belongs to another type would never be looked at: it is refused."""
    found = []
    if (type is FieldType.CHOICE) is not bool(choices):
        said = "needs choices" if type is FieldType.CHOICE else "has no choices"
        found.append(FieldError("choices", f"A field of type {type.value} {said}.", _REMEDY))
    if type is not FieldType.NUMBER and (lowest is not None or highest is not None or unit):
        message = f"A field of type {type.value} has no unit and no lowest or highest value."
        found.append(FieldError("type", message, _REMEDY))
    if lowest is not None and highest is not None and lowest > highest:
        message = f"The lowest value {lowest:g} is above the highest, {highest:g}."
        found.append(FieldError("lowest", message, "Exchange them."))
    if found:
        raise Invalid("fields.refused", " ".join(one.message for one in found), errors=found)


_REMEDY = "Leave out what does not belong to the type: choice has choices, number has the others."
