"""What the hub says about background work."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from hub.schemas import Output, PageQuery

State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobRead(Output):
    """One piece of background work; `subject_id` is the import or evaluation it works for."""

    id: UUID
    person_id: UUID
    kind: str
    subject_id: UUID
    state: State
    progress: float
    message: str
    error: str
    attempts: int
    cancel_requested: bool
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobsQuery(PageQuery):
    """Narrow the list of jobs."""

    state: State | None = None
    kind: str | None = None
    subject_id: UUID | None = None
