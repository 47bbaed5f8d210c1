"""The audit log: who did what to which thing and why; rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Double, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId


class AuditEvent(HasId, Base):
    """One act, written in the same transaction as the act itself."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "subject_id"),
        Index(None, "farm_id"),
        Index(None, "person_id", "at"),
    )

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    person_id: Mapped[UUID]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    farm_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class AuditLink(Base):
    """The place of an event in the chain; its hash covers all events before it."""

    __tablename__ = "audit_link"
    __table_args__ = (CheckConstraint("octet_length(hash) = 32", name="hash"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    sealed_at: Mapped[float] = mapped_column(Double)
    hash: Mapped[bytes]


class AuditPending(Base):
    """An event that has no place in the chain yet."""

    __tablename__ = "audit_pending"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditChain(Base):
    """The key of the chain, sealed: whoever has only the database cannot make hashes."""

    __tablename__ = "audit_chain"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_key: Mapped[str]


class AuditSubjectKey(Base):
    """The key of what is personal in events about somebody; gone when they are erased."""

    __tablename__ = "audit_subject_key"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes | None]
    destroyed_at: Mapped[datetime | None]
