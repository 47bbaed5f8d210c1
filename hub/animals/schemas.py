"""What goes into animals and comes out of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from hub.farms import Species
from hub.schemas import Identifier, Input, Line, Name, Output, PageQuery


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class Status(StrEnum):
    ALIVE = "alive"
    SOLD = "sold"
    DEAD = "dead"
    UNKNOWN = "unknown"


class IdentifierState(StrEnum):
    """Whether the animal bears it now; `reused`: its tag was put on another animal since."""

    ACTIVE = "active"
    RETIRED = "retired"
    LOST = "lost"
    REUSED = "reused"


class OtherIdentifier(Input):
    """A further name of an animal: official number, RFID, herd book."""

    scheme: Identifier
    value: Identifier = Field(description="As written: 982 000123456789, UK 0123456 00001, ...")
    valid_from: date | None = None


class IdentifierRead(Output):
    """A name of an animal with its one normal form, and from when to when it was borne."""

    id: UUID
    scheme: Identifier
    value: Identifier = Field(description="As written")
    normalized: str
    valid_from: date | None = None
    valid_to: date | None
    state: IdentifierState


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Fraction = Annotated[float, Field(gt=0, le=1)]
CustomValue = bool | float | Note | None
Fractions = Annotated[dict[Name, Fraction], Field(max_length=20)]
Defects = Annotated[tuple[Name, ...], Field(max_length=30)]
PossibleSires = Annotated[tuple[UUID, ...], Field(max_length=30)]
Custom = Annotated[dict[str, CustomValue], Field(max_length=100)]


class AnimalCreate(Input):
    """A new animal; species is the farm's unless given.

    With an `id` made by the client, sending the same animal again answers the one that is stored.
    """

    id: UUID | None = Field(default=None, description="Made by the client; a UUIDv7 sorts best")
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
    dam_id: UUID | None = Field(default=None, description="Genetic dam")
    recipient_dam_id: UUID | None = Field(default=None, description="Carried the embryo")
    foster_dam_id: UUID | None = Field(default=None, description="Reared the young")
    possible_sires: PossibleSires = Field(default=(), description="When one of several is the sire")
    breed_fractions: Fractions = Field(default_factory=dict, description="They sum to 1")
    coat: Line = ""
    defects: Defects = ()
    custom: Custom = Field(default_factory=dict, description="Values of the farm's own fields")
    place_id: UUID | None = None
    note: Note = ""
    identifiers: tuple[OtherIdentifier, ...] = Field(default=(), max_length=20)


_CLEARABLE = {
    "birth_date", "birth_type", "sire_id", "dam_id", "recipient_dam_id", "foster_dam_id",
    "place_id",
}  # fmt: skip


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
    recipient_dam_id: UUID | None = None
    foster_dam_id: UUID | None = None
    possible_sires: PossibleSires | None = Field(default=None, description="Replaces all of them")
    breed_fractions: Fractions | None = None
    coat: Line | None = None
    defects: Defects | None = None
    custom: Custom | None = Field(
        default=None, description="The fields that are given change; null empties one"
    )
    place_id: UUID | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _only_unknowable_fields_are_cleared(self) -> Self:
        for name in self.model_fields_set - _CLEARABLE:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as they are stored."""
        given = self.model_dump(include=self.model_fields_set)
        return {name: plain(value) for name, value in given.items()}


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
    recipient_dam_id: UUID | None = None
    foster_dam_id: UUID | None = None
    sire: ParentRead | None = None
    dam: ParentRead | None = None
    recipient_dam: ParentRead | None = None
    foster_dam: ParentRead | None = None
    possible_sires: tuple[ParentRead, ...] = ()
    breed_fractions: dict[str, float] = Field(default_factory=dict)
    coat: str = ""
    defects: tuple[str, ...] = ()
    custom: dict[str, CustomValue] = Field(default_factory=dict)
    place_id: UUID | None = None
    note: str = ""
    identifiers: tuple[IdentifierRead, ...] = ()
    created_at: datetime
    updated_at: datetime


class MergeRead(Output):
    """Two entries of one animal that were made one; `keep_id` stayed, `other_id` finds it too."""

    id: UUID
    farm_id: UUID
    keep_id: UUID
    other_id: UUID
    other_tag: str
    filled: tuple[str, ...] = Field(description="Facts that the other entry gave")
    moved: dict[str, int] = Field(description="How many rows of each kind were moved")
    created_at: datetime
    undone_at: datetime | None


class TagReason(StrEnum):
    """Why an animal gets another tag."""

    LOST = "lost"
    REPLACED = "replaced"
    OFFICIAL = "official"
    OTHER = "other"


class Retag(Input):
    """Another tag from a day on."""

    value: Identifier = Field(description="The new tag as it is written on it or read from it")
    scheme: Identifier = Field(default="tag", description="What kind of identifier it is")
    on: date = Field(description="The first day on which the animal bears it")
    reason: TagReason = TagReason.REPLACED


class IdentifierChange(Input):
    """What was noted wrongly of a name; only the fields that are given change."""

    state: IdentifierState | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def changes(self) -> dict[str, Any]:
        given = self.model_dump(include=self.model_fields_set, mode="python")
        return {n: plain(v) for n, v in given.items() if n != "state" or v is not None}


class AnimalMatch(Output):
    """An animal that bears what somebody wrote or scanned; not exact: it ends with it."""

    animal: AnimalRead
    identifier: IdentifierRead
    exact: bool


class DuplicateRead(Output):
    """Two entries that may be one animal, the older one first."""

    keep: AnimalRead
    other: AnimalRead
    because: str


class HistoryRead(Output):
    """One change of an animal; `person` is told to members of its farm and to stewards."""

    id: UUID
    at: datetime
    action: str = Field(description="Such as animals:update")
    animal_id: UUID = Field(description="The entry as it was then; it may be merged into this one")
    person: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    more: dict[str, Any]


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


def plain(value: Any) -> Any:
    """A value as tables hold it."""
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, StrEnum) else value
