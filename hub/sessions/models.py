"""Credentials that are over, and sessions as they count in the figures."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base


class EndedSession(Base):
    """A session, token or device that was ended: only its digest, until it would be over anyway."""

    __tablename__ = "ended_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(default="revoked")
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    until: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index(None, "person_id"),)


class SessionFact(Base):
    """When a session began and was last in use, for counts; no address, no agent, no place."""

    __tablename__ = "session_fact"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    method: Mapped[str]
    device: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    idle: Mapped[timedelta]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (Index(None, "person_id"),)
