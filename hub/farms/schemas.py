"""What goes into farms and comes out of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from hub.schemas import Code, Input, Line, Name, Output, PageQuery


class Species(StrEnum):
    """Species whose rules the hub knows."""

    CATTLE = "cattle"
    SHEEP = "sheep"
    GOAT = "goat"
    PIG = "pig"


class MemberRole(StrEnum):
    """A person's place on a farm: owners and workers write, advisers and readers look."""

    OWNER = "owner"
    WORKER = "worker"
    ADVISER = "adviser"
    READER = "reader"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Zurich or UTC")
    return name


TimeZone = Annotated[
    str,
    AfterValidator(_known_zone),
    Field(description="Where the farm's days begin, such as Europe/Zurich"),
]


class FarmCreate(Input):
    """A new holding; a shared one (an AI stud, a ram circle) is visible to all."""

    code: Code = Field(description="Short and unique in the hub, such as HILL")
    name: Name
    species: Species
    region: Line = ""
    shared: bool = False
    time_zone: TimeZone = "UTC"


class FarmUpdate(Input):
    """Only the fields that are given change."""

    name: Name | None = None
    region: Line | None = None
    time_zone: TimeZone | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        return self.model_dump(exclude_none=True)


class FarmQuery(PageQuery):
    """Narrow the list of farms."""

    text: Line | None = Field(default=None, description="Part of a code, name or region")
    species: Species | None = None
    mine: bool = Field(default=False, description="Only farms that one is a member of")


class FarmRead(Output):
    """A farm, and what it is to the caller."""

    id: UUID
    code: str
    name: str
    species: str
    region: str
    shared: bool
    time_zone: str
    created_at: datetime
    my_role: MemberRole | None = Field(description="None: visible as shared, or as a steward")
    may_write: bool


class MemberAdd(Input):
    """Whom to give which place; name the person by id or by user name."""

    person_id: UUID | None = None
    username: Line | None = None
    role: MemberRole
    valid_until: AwareDatetime | None = Field(
        default=None, description="When the place ends by itself; left out: when it is taken away"
    )

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.person_id is None) == (self.username is None):
            raise ValueError("give either person_id or username")
        return self


class MemberRead(Output):
    """A person's place on a farm."""

    person_id: UUID
    farm_id: UUID
    role: MemberRole
    valid_from: datetime
    valid_until: datetime | None
    username: str = Field(default="", description="Empty: not for the caller to know")
    name: str = ""


class Count(Output):
    """How many animals look like this."""

    species: str
    breed: str
    sex: str
    status: str
    animals: int


class BirthYearCount(Output):
    """How many animals were born in a year (None: birth date unknown)."""

    year: int | None
    animals: int


class TraitCount(Output):
    """How many records of a trait there are, and from when to when."""

    trait: str
    records: int
    animals: int
    first: str | None
    last: str | None


class FarmSummary(Output):
    """A flock or herd at one glance."""

    farm: FarmRead
    animals: int
    alive: int
    records: int
    counts: list[Count]
    birth_years: list[BirthYearCount]
    traits: list[TraitCount]
