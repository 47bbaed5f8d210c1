"""The change feed, operations of phones, and what a person has to decide.

The feed's tables are written by triggers of the database only (hub/storage/sql/0010_collect.sql).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class FarmCounter(Base):
    """The number of a farm's newest change.

    Cursors below `floor`, or of another `epoch`, start again.
    """

    __tablename__ = "farm_counter"

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[str]


class Change(Base):
    """The newest change of one thing; `fields` says which number (and device) changed each last.

    The farm's counter refers to the farm, so that millions of rows need not each be looked up.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index(None, "farm_id", "seq", unique=True),
        Index("ix_change_gone", "changed_at", postgresql_where=text("gone")),
    )

    farm_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    gone: Mapped[bool]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]


class ChangeNote(Base):
    """What a running transaction touched; empty between transactions, so it needs no log."""

    __tablename__ = "change_note"
    __table_args__ = (
        Index(None, "xact", "farm_id"),
        {"prefixes": ["UNLOGGED"]},
    )

    n: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xact: Mapped[int] = mapped_column(BigInteger)
    farm_id: Mapped[UUID]
    entity: Mapped[str]
    entity_id: Mapped[UUID]
    gone: Mapped[bool | None]
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    device: Mapped[str]


class ChangeFarm(Base):
    """Which farms a running transaction touched; its deferred trigger numbers the notes."""

    __tablename__ = "change_farm"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    xact: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(primary_key=True)


class SyncOperation(HasTimes, Base):
    """An operation as a phone sent it, for ever, and what became of it.

    `makes` are the ids that it is to bring into being, `needs` those that it refers to; while it
    is `open`, operations that need what it makes wait for it.
    """

    __tablename__ = "sync_operation"
    __table_args__ = (
        CheckConstraint(
            "state IN ('applied', 'merged', 'duplicate', 'rejected', 'waiting', 'discarded')",
            name="state",
        ),
        Index("ix_sync_operation_open", "person_id", postgresql_where=text("open")),
        Index(None, "person_id", "created_at", "op_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID | None] = mapped_column(ForeignKey("farm.id"))
    device: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    entity: Mapped[str]
    entity_id: Mapped[UUID | None]
    schema_version: Mapped[int]
    received: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fingerprint: Mapped[str]
    mended: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    open: Mapped[bool]
    makes: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    needs: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    clock_offset_s: Mapped[float]


class Review(HasId, HasTimes, Base):
    """Two versions of something, both kept, until a person of the farm decides."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("kind IN ('field', 'duplicate')", name="kind"),
        CheckConstraint("state IN ('open', 'resolved')", name="state"),
        Index(None, "farm_id", "state", "id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    kind: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(default="")
    server: Mapped[Any] = mapped_column(JSONB)
    phone: Mapped[Any] = mapped_column(JSONB)
    op_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    keep: Mapped[str | None]
    value: Mapped[Any] = mapped_column(JSONB, nullable=True)
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    resolved_at: Mapped[datetime | None]
