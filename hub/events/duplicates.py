"""Two people, or two phones, told the same thing: kept both, and marked, so that somebody looks.

One person on one device may well mean two events (a treatment in the morning and in the evening).
A second birth is not merely marked: it would bring the young twice (`twin_birth`).
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from hub.errors import Conflict, FieldError
from hub.events.machine import SAME_BIRTH
from hub.events.species import Rules

DAYS_APART = {
    "heat": 1, "mating": 1, "embryo_flush": 1, "embryo_transfer": 1, "pregnancy_check": 1,
    "abortion": 7, "fostering": 1, "movement": 0, "arrival": 3, "diagnosis": 2, "treatment": 0,
    "remark": 0,
}  # fmt: skip
_SAME = {
    "mating": ("method", "sire_ids"), "fostering": ("foster_dam_id",), "movement": ("place_id",),
    "diagnosis": ("disease",), "treatment": ("product",),
}  # fmt: skip


class Told(Protocol):
    """An event as it is stored."""

    id: Any
    kind: Any
    occurred_on: Any
    details: Any
    remark: Any
    person_id: Any
    device: Any


def possible_duplicate(new: Told, known: Iterable[Told]) -> UUID | None:
    """The event that somebody else told, which is probably this one."""
    days = DAYS_APART.get(new.kind)
    if days is None:
        return None
    for one in known:
        if one.id == new.id or abs((one.occurred_on - new.occurred_on).days) > days:
            continue
        if (one.person_id, one.device) != (new.person_id, new.device) and _alike(new, one):
            return UUID(str(one.id))
    return None


def _alike(new: Told, one: Told) -> bool:
    if new.kind == "remark":
        return bool(new.remark == one.remark)
    same = _SAME.get(new.kind, ())
    return all(new.details.get(name) == one.details.get(name) for name in same)


def twin_birth(new: Told, known: Iterable[Told], rules: Rules) -> Told | None:
    """A birth so near to this one that they are one, or one of the dates is wrong."""
    near = [one for one in known if one.id != new.id]
    near = [one for one in near if _days(one, new.occurred_on) < rules.shortest_interval]
    return min(near, key=lambda one: _days(one, new.occurred_on), default=None)


def _days(one: Told, on: date) -> int:
    days: int = abs((one.occurred_on - on).days)
    return days


def refuse_twin_birth(tag: str, new: Told, known: Told, rules: Rules) -> Conflict:
    """What a farmer is asked when a birth is told twice."""
    words = rules.words
    young = len(known.details["offspring"])
    message = (
        f"{tag} {words.born} on {known.occurred_on} already ({young} young recorded). If this is "
        f"the same {words.birth}, correct that one, to add what is missing."
    )
    if _days(known, new.occurred_on) <= SAME_BIRTH:
        remedy = f"If more young of that {words.birth} were born, send confirmed_not_duplicate."
    else:
        remedy = (
            f"If not, check the date: two {words.birth}s are at least {rules.shortest_interval} "
            "days apart."
        )
    return Conflict(
        "events.possible_duplicate", f"{message} {remedy}",
        errors=[FieldError("occurred_on", message, remedy)], event_id=str(known.id),
    )  # fmt: skip
