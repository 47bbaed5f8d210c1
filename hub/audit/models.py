"""The audit log: who did what to which thing and why; rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId


class AuditEvent(HasId, Base):
    """One act, written in the same transaction as the act itself."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "subject_id"), Index(None, "farm_id"))

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    person_id: Mapped[UUID]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    farm_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
