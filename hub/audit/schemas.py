"""What the audit log shows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.schemas import Output, PageQuery


class AuditQuery(PageQuery):
    """Narrow the log to a person, a thing, a farm or a kind of act."""

    person_id: UUID | None = None
    subject_id: UUID | None = None
    farm_id: UUID | None = None
    action: str | None = Field(
        default=None,
        max_length=100,
        description="Such as animals:update; animals alone means all acts on animals",
    )
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, description="Events before this moment")


class AuditRead(Output):
    """One act: who, when, what, to which thing, in which request.

    Names are those that people have now; they are empty for what is no person, or is gone.
    """

    id: UUID
    at: datetime
    person_id: UUID
    action: str
    subject_id: UUID | None
    farm_id: UUID | None
    request_id: str
    details: dict[str, Any]
    person_name: str = ""
    subject_name: str = ""


class FindingRead(Output):
    """Something that does not fit: what, at which place of the log, in which event."""

    what: str
    place: int | None
    event_id: UUID | None


class VerificationRead(Output):
    """Whether the log is as it was written; `waiting` events get their place within seconds."""

    sound: bool
    events: int
    waiting: int
    head: str = Field(description="Hash of the last event, which covers all before it")
    anchors: int = Field(description="Notes of the log's length and end kept outside the database")
    findings: list[FindingRead]
    seconds: float
