"""Letters that are to be sent, and those that were."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Letter(HasId, HasTimes, Base):
    """One letter to a person, or to a sealed address; `sealed` holds what must not be read here."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "next_at", postgresql_where=text("sent_at IS NULL")),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address: Mapped[str] = mapped_column(default="")
    sealed: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
