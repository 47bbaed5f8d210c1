"""What goes into and comes out of what a farm keeps around its animals."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.animals.schemas import Note, ParentRead
from hub.schemas import Code, Input, Line, Name, Output, PageQuery

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Choices = Annotated[tuple[Name, ...], Field(max_length=100)]


class Change(Input):
    """Only the fields that are given change."""

    _clearable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _only_unknowable_fields_are_cleared(self) -> Self:
        for name in self.model_fields_set - self._clearable:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self


class PlaceCreate(Input):
    """A new place; with an id of the client's, sending it again answers the one stored."""

    id: UUID | None = None
    farm_id: UUID
    name: Name
    kind: Line = Field(default="", description="Field, pen, barn, ...")
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    note: Note = ""


class PlaceUpdate(Change):
    """What changes of a place."""

    _clearable: ClassVar = frozenset({"latitude", "longitude"})

    name: Name | None = None
    kind: Line | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    note: Note | None = None
    archived: bool | None = None


class PlaceRead(Output):
    """A place, and how many living animals stand there."""

    id: UUID
    farm_id: UUID
    name: str
    kind: str
    latitude: float | None
    longitude: float | None
    note: str
    archived: bool
    animals: int
    created_at: datetime
    updated_at: datetime


class GroupCreate(Input):
    """A new group; with an id of the client's, sending it again answers the one stored."""

    id: UUID | None = None
    farm_id: UUID
    name: Name
    kind: Line = Field(default="", description="Mating, lambing, feeding, ...")
    note: Note = ""


class GroupUpdate(Change):
    """What changes of a group."""

    name: Name | None = None
    kind: Line | None = None
    note: Note | None = None
    archived: bool | None = None


class GroupRead(Output):
    """A group, and how many animals are in it now."""

    id: UUID
    farm_id: UUID
    name: str
    kind: str
    note: str
    archived: bool
    animals: int
    created_at: datetime
    updated_at: datetime


class GroupJoin(Input):
    """Animals that come into a group; an id of the client's goes with one animal only."""

    id: UUID | None = None
    animal_ids: tuple[UUID, ...] = Field(min_length=1, max_length=2000)
    from_on: date = Field(description="Their first day inside")
    to_on: date | None = Field(default=None, description="Their first day outside, if known")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.id and len(self.animal_ids) > 1:
            raise ValueError("an id goes with one animal only")
        if self.to_on and self.to_on < self.from_on:
            raise ValueError("to_on is before from_on")
        return self


class GroupLeave(Input):
    """An animal that leaves a group."""

    animal_id: UUID
    on: date = Field(description="Its first day outside")


class MembersQuery(PageQuery):
    """On which day."""

    on: date | None = Field(default=None, description="Who was inside on it; none: ever")


class GroupMemberRead(Output):
    """An animal's time in a group."""

    id: UUID
    farm_id: UUID
    group_id: UUID
    group: str
    animal_id: UUID
    animal: ParentRead
    from_on: date
    to_on: date | None


class PhotoNew(Input):
    """What is known of a picture that is handed in."""

    id: UUID | None = Field(default=None, description="Made by the client, to send it twice safely")
    taken_on: date | None = Field(default=None, description="Not given: as the camera says")
    caption: Line = ""


class PhotoUpdate(Change):
    """What changes of a picture."""

    _clearable: ClassVar = frozenset({"taken_on"})

    taken_on: date | None = None
    caption: Line | None = None


class PhotoRead(Output):
    """What is known of a picture; its bytes are fetched apart."""

    id: UUID
    farm_id: UUID
    animal_id: UUID
    sha256: str
    media_type: str
    width: int
    height: int
    size: int
    taken_on: date | None
    caption: str
    created_at: datetime


class FieldType(StrEnum):
    """What a field of a farm's own holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class FieldCreate(Input):
    """A new field of a farm's animals."""

    id: UUID | None = None
    farm_id: UUID
    name: Code = Field(description="How programs call it")
    label: Name = Field(description="How people call it")
    type: FieldType
    unit: Line = ""
    choices: Choices = ()
    lowest: float | None = None
    highest: float | None = None


class FieldUpdate(Change):
    """What changes of a field; its name and type stay."""

    _clearable: ClassVar = frozenset({"lowest", "highest"})

    label: Name | None = None
    unit: Line | None = None
    choices: Choices | None = None
    lowest: float | None = None
    highest: float | None = None
    archived: bool | None = None


class FieldRead(Output):
    """A field of a farm's animals."""

    id: UUID
    farm_id: UUID
    name: str
    label: str
    type: FieldType
    unit: str
    choices: tuple[str, ...]
    lowest: float | None
    highest: float | None
    archived: bool
