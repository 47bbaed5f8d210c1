"""Events told in short: `told("mating", day, sires=...)`, for tests of the pure parts."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from hub.events.details import EventDetails
from hub.events.machine import Happening, Subject

BORN = date(2020, 3, 1)
DAY_0 = date(2025, 10, 1)
RAM, OTHER_RAM, DONOR = (UUID(int=number) for number in (101, 102, 103))
_DETAILS: TypeAdapter[Any] = TypeAdapter(EventDetails)
_numbers = count(1)

SHORT: dict[str, dict[str, Any]] = {
    "mating": {"method": "natural", "sire_ids": [RAM]},
    "embryo_transfer": {"donor_id": DONOR, "sire_id": RAM},
    "pregnancy_check": {"method": "ultrasound", "result": "pregnant"},
    "parturition": {"offspring": [{}]},
    "arrival": {"reason": "return"},
    "disposal": {"disposal": "sold"},
    "treatment": {"product": "Drench"},
    "diagnosis": {"disease": "mastitis"},
}


def day(number: int) -> date:
    """A day counted from 1 October 2025."""
    return DAY_0 + timedelta(days=number)


def told(kind: str, on: date | int, **details: Any) -> Happening:
    """An event with the details that matter; a whole number is a day after 1 October 2025."""
    said = {"kind": kind, **SHORT.get(kind, {}), **details}
    stored = _DETAILS.validate_python(said).model_dump(mode="json")
    return Happening(UUID(int=next(_numbers)), kind, day(on) if isinstance(on, int) else on, stored)


def group(on: int, until: int | None, *sires: UUID) -> Happening:
    """Rams put in, and taken out."""
    out = day(until) if until is not None else None
    return told("mating", on, method="group", sire_ids=sires or (RAM, OTHER_RAM), until=out)


def female(species: str = "sheep", born: date | None = BORN, sex: str = "F") -> Subject:
    return Subject(UUID(int=1), "E1", sex, species, born)
