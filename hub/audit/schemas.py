"""What the audit log shows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hub.schemas import Output, PageQuery


class AuditQuery(PageQuery):
    """Narrow the log to a person, a thing, a farm or a kind of act."""

    person_id: UUID | None = None
    subject_id: UUID | None = None
    farm_id: UUID | None = None
    action: str | None = Field(default=None, max_length=100, description="Such as animals:update")


class AuditRead(Output):
    """One act: who, when, what, to which thing, in which request."""

    id: UUID
    at: datetime
    person_id: UUID
    action: str
    subject_id: UUID | None
    farm_id: UUID | None
    request_id: str
    details: dict[str, Any]
