"""People of the hub, how others know them, where mail reaches them, and codes they were mailed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Person(HasId, HasTimes, Base):
    """Somebody who signs in, here or at an institution; never deleted, only disabled.

    `roles_kept`: the roles are decided here and not by each sign-in at an institution.
    """

    __tablename__ = "person"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    roles_kept: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    password_hash: Mapped[str | None] = mapped_column(deferred=True)
    disabled_at: Mapped[datetime | None]


class PersonIdentity(HasId, HasTimes, Base):
    """What an institution calls a person: the issuer of its assertions, and its subject."""

    __tablename__ = "person_identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject", name="uq_person_identity_issuer_subject"),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PersonAddress(HasTimes, Base):
    """An e-mail address that a person proved: sealed, and a keyed digest to find it by."""

    __tablename__ = "person_address"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    sealed: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)


class MailedCode(HasId, HasTimes, Base):
    """A code that was sent to somebody, for one purpose and once; gone when it was used."""

    __tablename__ = "mailed_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('reset', 'activate', 'verify')", name="purpose"),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[str] = mapped_column(default="")
    address_digest: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime]


class ResetRequest(HasId, HasTimes, Base):
    """Somebody asked for a new password for this name; known or not, the worker finds out."""

    __tablename__ = "reset_request"

    sealed: Mapped[str]
