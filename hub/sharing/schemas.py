"""What goes into projects and grants and comes out of them."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from hub.schemas import Code, Input, Line, Name, Output, PageQuery
from hub.sharing.kinds import DataKind

LONGEST = timedelta(days=3653)
Purpose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=10, max_length=1000,
                      pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"),
    Field(description="What the data is used for, in words that a farmer understands"),
]  # fmt: skip


class ProjectKind(StrEnum):
    """Farms share data with projects; classes work with data made for teaching."""

    PROJECT = "project"
    CLASS = "class"


class ProjectRole(StrEnum):
    """Leads decide who belongs to it; what farms share reaches leads and members, not students."""

    LEAD = "lead"
    MEMBER = "member"
    STUDENT = "student"


class ProjectCreate(Input):
    """A new project or class; whoever makes it leads it."""

    kind: ProjectKind
    code: Code = Field(
        description="Short and unique in the hub; farmers share with it by this code"
    )
    name: Name
    purpose: Purpose
    valid_until: AwareDatetime | None = Field(default=None, description="When it ends by itself")


class ProjectUpdate(Input):
    """Only the fields that are given change."""

    name: Name | None = None
    purpose: Purpose | None = None
    valid_until: AwareDatetime | None = None


class ProjectsQuery(PageQuery):
    """Narrow the list of projects and classes."""

    kind: ProjectKind | None = None


class ProjectRead(Output):
    """A project or class, and the caller's place in it."""

    id: UUID
    kind: ProjectKind
    code: str
    name: str
    purpose: str
    valid_from: datetime
    valid_until: datetime | None
    my_role: ProjectRole | None = Field(default=None, description="None: known by a grant")


class ProjectFound(Output):
    """A project that a farm can share with."""

    id: UUID
    code: str
    name: str
    purpose: str


class ProjectMemberAdd(Input):
    """Whom to give which place; name the person by id or by user name."""

    person_id: UUID | None = None
    username: Line | None = None
    role: ProjectRole
    valid_until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.person_id is None) == (self.username is None):
            raise ValueError("give either person_id or username")
        return self


class ProjectMemberRead(Output):
    """A person's place in a project or class."""

    person_id: UUID
    project_id: UUID
    role: ProjectRole
    valid_from: datetime
    valid_until: datetime | None
    username: str = Field(default="", description="Empty: not for the caller to know")
    name: str = ""


class GrantCreate(Input):
    """Which kinds of data go to whom, for what and until when; making it is the consent."""

    username: Line | None = Field(default=None, description="A person, by their user name")
    project: Code | None = Field(default=None, description="A project, by its code")
    kinds: tuple[DataKind, ...] = Field(min_length=1, max_length=len(DataKind))
    purpose: Purpose
    valid_from: AwareDatetime | None = Field(default=None, description="Left out: from now on")
    valid_until: AwareDatetime = Field(description="At most ten years ahead; it can be renewed")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.username is None) == (self.project is None):
            raise ValueError("name either a person in username or a project in project")
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError("kinds names something twice")
        if self.valid_until <= (self.valid_from or datetime.now(UTC)):
            raise ValueError("valid_until is not after the beginning; it must be")
        return self


class GrantUpdate(Input):
    """Another end of a grant."""

    valid_until: AwareDatetime


class Party(Output):
    """A person or project, by the names that people use."""

    id: UUID
    code: str = Field(description="User name or code; empty when the caller need not know")
    name: str


class GrantRead(Output):
    """What a farm shares with whom: the record of consent."""

    id: UUID
    farm_id: UUID
    farm: str = Field(description="Code of the farm")
    person: Party | None
    project: Party | None
    kinds: list[DataKind]
    purpose: str
    terms: str = Field(description="Which wording of the kinds was agreed to")
    agreed_by: Party
    agreed_at: datetime
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    active: bool = Field(description="Data is shared now")
    people: list[str] = Field(description="Who sees it now, for those who decide about the farm")


class KindRead(Output):
    """One kind of data, explained."""

    kind: DataKind
    sentence: str


class MyGrants(Output):
    """What is shared with the caller, and what farms of theirs share."""

    with_me: list[GrantRead]
    mine: list[GrantRead]
    kinds: list[KindRead]


class RestsOn(Output):
    """Something that was made from data which a grant gave."""

    noun: str = Field(description="dataset, export, evaluation or association")
    id: UUID
    name: str
    by: str
    made_at: datetime
