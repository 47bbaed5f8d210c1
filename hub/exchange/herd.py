"""What the mapping between the hub and ADE needs to know of a farm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from agrigen.io.icar_ade import instant_text, noon_text
from hub.animals import AnimalRead

OURS = "org.agrigen"
"""Namespace of the schemes and fields that ADE does not have."""

FARM_SCHEME = f"{OURS}.farm"
PLACE_SCHEME = f"{OURS}.location"
BREED_SCHEME = f"{OURS}.breed"
TRAIT_SCHEME = f"{OURS}.trait"
PRODUCT_SCHEME = f"{OURS}.product"
STRAW_SCHEME = f"{OURS}.straw"

_WELL_KNOWN = {"rfid": "std.iso.11785", "interbull": "icar.Interbull"}
_FROM_WELL_KNOWN = {theirs: ours for ours, theirs in _WELL_KNOWN.items()}

Message = dict[str, Any]


@dataclass(frozen=True)
class Herd:
    """A farm by its name and clock, and the animals that messages speak of."""

    farm_id: UUID
    code: str
    species: str
    zone: str
    animals: Mapping[UUID, AnimalRead] = field(default_factory=dict)

    @property
    def location(self) -> Message:
        return {"scheme": FARM_SCHEME, "id": self.code}

    def animal(self, animal_id: UUID) -> Message | None:
        """An animal's identifier; None for one that may not be seen."""
        found = self.animals.get(animal_id)
        return identifier(found) if found else None

    def some(self, ids: "tuple[UUID, ...] | None") -> list[Message]:
        """The identifiers of those of the animals that may be seen."""
        return [found for one in ids or () if (found := self.animal(one))]

    def when(self, day: date, at: datetime | None = None) -> str:
        """A day of the farm, or an instant, as ADE writes it."""
        return instant_text(at) if at else noon_text(day, self.zone)


def scheme_out(scheme: str) -> str:
    """A scheme of the hub as ADE wants it, in reverse-domain form."""
    if scheme in _WELL_KNOWN:
        return _WELL_KNOWN[scheme]
    return scheme if "." in scheme else f"{OURS}.{scheme}"


def scheme_in(scheme: str) -> str:
    return _FROM_WELL_KNOWN.get(scheme, scheme.removeprefix(f"{OURS}."))


def identifier(animal: AnimalRead) -> Message:
    """The identifier by which an animal is spoken of: its tag, under the tag's own scheme."""
    schemes = [one.scheme for one in animal.identifiers if one.value == animal.tag]
    official = next((one for one in schemes if one != "tag"), "tag")
    return {"scheme": scheme_out(official), "id": animal.tag}


def given(**fields: Any) -> Message:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, ())}


def own(**fields: Any) -> Message:
    """Fields that ADE has no place for, under our name."""
    kept = given(**fields)
    return {OURS: kept} if kept else {}
