"""What people have seen of their alerts, and the secret addresses of their calendars."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId


class AlertMark(Base):
    """One person has seen an alert; it stays away until a day, or for good."""

    __tablename__ = "alert_mark"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CalendarFeed(HasId, Base):
    """An address at which a calendar program reads a farm's work; only its hash is kept."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    language: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
