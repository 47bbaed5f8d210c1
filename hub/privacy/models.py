"""Consents of people, archives of what is known about them, erasures, and what classes may see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Consent(HasId, Base):
    """One decision of a person about a purpose; the latest counts, all stay until an erasure."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "person_id", "purpose"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    given: Mapped[bool]
    terms: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class PersonalExport(HasId, HasTimes, Base):
    """An archive of everything that is held about a person, for one download within a day."""

    __tablename__ = "personal_export"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'taken', 'expired')",
            name="state",
        ),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="")
    object: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Erasure(HasId, HasTimes, Base):
    """A wish to be erased: it waits until `due_at`, then goes step by step to its certificate.

    `sealed` holds the names to look for while it runs; it is empty once it is done.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'taken_back')", name="state"),
        Index(
            "uq_erasure_open", "person_id", unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )  # fmt: skip

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    due_at: Mapped[datetime]
    sealed: Mapped[str] = mapped_column(default="", server_default="")
    steps: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    error: Mapped[str] = mapped_column(default="", server_default="")
    began_at: Mapped[datetime | None]
    hub_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    certificate: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")


class LegalHold(HasId, Base):
    """Why somebody must not be erased for now, such as a running court case."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index(None, "person_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class CourseKey(Base):
    """The key of the pseudonyms of one class, sealed; no two classes share one."""

    __tablename__ = "course_key"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), primary_key=True)
    sealed: Mapped[str]


class TeachingGrant(HasId, Base):
    """A farm's consent that one class works with its animals, made unrecognizable."""

    __tablename__ = "teaching_grant"
    __table_args__ = (
        Index(None, "farm_id"),
        Index(None, "project_id"),
        Index(
            "uq_teaching_grant_open", "farm_id", "project_id", unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )  # fmt: skip

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    terms: Mapped[str]
    agreed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
