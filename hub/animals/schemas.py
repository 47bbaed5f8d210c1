"""What goes into animals and comes out of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.farms import Species
from hub.schemas import Identifier, Input, Line, Output, PageQuery


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class Status(StrEnum):
    ALIVE = "alive"
    SOLD = "sold"
    DEAD = "dead"
    UNKNOWN = "unknown"


class OtherIdentifier(Output):
    """A further name of an animal: official number, RFID, herd book."""

    scheme: Identifier
    value: Identifier


class AnimalCreate(Input):
    """A new animal; species is the farm's unless given."""

    farm_id: UUID
    tag: Identifier = Field(description="The identifier people know it by, unique on the farm")
    scheme: Identifier = Field(default="tag", description="What kind of identifier the tag is")
    name: Line = ""
    species: Species | None = None
    breed: Line = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    birth_type: int | None = Field(default=None, ge=1, le=20, description="1 single, 2 twin, ...")
    status: Status = Status.ALIVE
    sire_id: UUID | None = None
    dam_id: UUID | None = None
    identifiers: tuple[OtherIdentifier, ...] = Field(default=(), max_length=20)


class AnimalUpdate(Input):
    """Only the fields that are given change; null clears what may be unknown."""

    tag: Identifier | None = None
    name: Line | None = None
    breed: Line | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    birth_type: int | None = Field(default=None, ge=1, le=20)
    status: Status | None = None
    sire_id: UUID | None = None
    dam_id: UUID | None = None

    @model_validator(mode="after")
    def _only_unknowable_fields_are_cleared(self) -> Self:
        clearable = {"birth_date", "birth_type", "sire_id", "dam_id"}
        for name in self.model_fields_set - clearable:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as they are stored."""
        given = self.model_dump(include=self.model_fields_set)
        return {name: _plain(value) for name, value in given.items()}


class AnimalQuery(PageQuery):
    """Narrow the list of animals."""

    farm: UUID | None = None
    sex: Sex | None = None
    breed: Line | None = None
    species: Species | None = None
    status: Status | None = None
    text: Line | None = Field(default=None, description="Part of a tag, name or other identifier")
    born_from: date | None = Field(default=None, description="Born on this day or later")
    born_to: date | None = Field(default=None, description="Born on this day or earlier")


class ParentRead(Output):
    """A parent that the caller may see."""

    id: UUID
    farm_id: UUID
    tag: str
    name: str


class AnimalRead(Output):
    """An animal; a parent on a farm that the caller may not see is shown as unknown."""

    id: UUID
    farm_id: UUID
    tag: str
    name: str
    species: str
    breed: str
    sex: Sex
    birth_date: date | None
    birth_type: int | None
    status: Status
    sire_id: UUID | None
    dam_id: UUID | None
    sire: ParentRead | None = None
    dam: ParentRead | None = None
    identifiers: tuple[OtherIdentifier, ...] = ()
    created_at: datetime
    updated_at: datetime


class PedigreeNode(Output):
    """An animal of a pedigree; `generation` 0 is the animal asked for, 1 its parents."""

    id: UUID
    farm_id: UUID
    tag: str
    name: str
    species: str
    breed: str
    sex: Sex
    birth_date: date | None
    sire_id: UUID | None
    dam_id: UUID | None
    generation: int


class AnimalCount(Output):
    """How many animals look like this."""

    species: str
    breed: str
    sex: Sex
    status: Status
    animals: int


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
