"""What goes into invitations and comes out of them."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import Field, SecretStr, model_validator

from hub.farms import MemberRole
from hub.permissions import Role
from hub.schemas import Input, Line, Output, PageQuery
from hub.sharing.schemas import ProjectRole


class InvitationKind(StrEnum):
    """What one is invited to."""

    FARM = "farm"
    PROJECT = "project"
    HUB = "hub"


class InvitationCreate(Input):
    """To a farm with a place, to a project or class with a part, or to the hub with roles."""

    farm_id: UUID | None = None
    place: MemberRole | None = Field(default=None, description="On the farm")
    project_id: UUID | None = None
    part: ProjectRole | None = Field(default=None, description="In the project or class")
    roles: frozenset[Role] = Field(default=frozenset(), description="At the hub")
    note: Line = Field(default="", description="Whom it is for, in your own words")
    email: Line = Field(default="", description="Where the invitation is mailed to")
    uses: int = Field(default=1, ge=1, le=1000, description="How many people may accept it")
    days: int = Field(default=14, ge=1, le=90, description="For how long it can be accepted")

    @property
    def kind(self) -> InvitationKind:
        if self.farm_id:
            return InvitationKind.FARM
        return InvitationKind.PROJECT if self.project_id else InvitationKind.HUB

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        pairs = (self.farm_id, self.place), (self.project_id, self.part)
        halves = any(any(pair) and not all(pair) for pair in pairs)
        if halves or sum((*(all(pair) for pair in pairs), bool(self.roles))) != 1:
            raise ValueError("give farm_id with place, or project_id with part, or roles")
        if self.email and self.uses > 1:
            raise ValueError("an invitation that is mailed has one use")
        return self


class InvitationsQuery(PageQuery):
    """Narrow the list of invitations."""

    farm_id: UUID | None = None
    project_id: UUID | None = None
    open: bool = Field(default=True, description="Only those that can still be accepted")


class InvitationRead(Output):
    """An invitation, without its token."""

    id: UUID
    kind: InvitationKind
    farm_id: UUID | None
    project_id: UUID | None
    place: str
    roles: frozenset[Role]
    note: str
    uses: int
    used: int
    expires_at: datetime
    revoked_at: datetime | None
    made_by: UUID
    created_at: datetime


class InvitationMade(InvitationRead):
    """A new invitation with the link that accepts it, shown this once."""

    url: str


class Acceptance(Input):
    """The code behind the link of an invitation."""

    code: SecretStr = Field(max_length=100)


class InvitationShown(Output):
    """What an invitation says to whoever holds it."""

    id: UUID
    kind: InvitationKind
    farm_id: UUID | None
    project_id: UUID | None
    farm: str
    place: str
    roles: frozenset[Role]
    made_by: UUID
    host: str
    expires_at: datetime

    @property
    def what(self) -> str:
        """In words."""
        if self.kind is InvitationKind.FARM:
            return f"the farm {self.farm}, as {self.place}"
        if self.kind is InvitationKind.PROJECT:
            return f"a project, as {self.place}"
        return f"the hub, as {', '.join(sorted(self.roles))}"
