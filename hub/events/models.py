"""Events as they are now, and every revision they went through."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Event(HasId, HasTimes, Base):
    """The current revision of something that happened to an animal; it is never deleted.

    `occurred_on` is the farm's local day. `details` holds the fields of the kind, `kind` included
    (`hub.events.schemas.EventDetails`). `person_id` is who recorded this revision; the database
    sets it, and counts `revision` up whenever what is said changes.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("details ->> 'kind' = kind", name="kind"),
        CheckConstraint("revision >= 1", name="revision"),
        Index(None, "animal_id", "occurred_on", "id"),
        Index(None, "farm_id", "kind", "occurred_on"),
        Index(None, "farm_id", "occurred_on", "id"),
        Index("ix_event_group_id", "group_id", postgresql_where=text("group_id IS NOT NULL")),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    animal_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"))
    kind: Mapped[str]
    occurred_on: Mapped[date]
    occurred_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    remark: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)
    voided: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime | None]
    group_id: Mapped[UUID | None]
    possible_duplicate_of: Mapped[UUID | None] = mapped_column(ForeignKey("event.id"))


class EventRevision(Base):
    """What an event said from `written_at` on; written by a trigger of `event`, never changed."""

    __tablename__ = "event_revision"
    __table_args__ = (Index(None, "farm_id", "written_at"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID]
    animal_id: Mapped[UUID]
    kind: Mapped[str]
    occurred_on: Mapped[date]
    occurred_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    remark: Mapped[str]
    voided: Mapped[bool]
    reason: Mapped[str]
    person_id: Mapped[UUID]
    device: Mapped[str]
    recorded_at: Mapped[datetime | None]
    group_id: Mapped[UUID | None]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
