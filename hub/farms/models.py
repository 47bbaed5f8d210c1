"""Farms and who belongs to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Farm(HasId, HasTimes, Base):
    """A holding that owns animals; a `shared` one (an AI stud, a ram circle) is visible to all."""

    __tablename__ = "farm"
    __table_args__ = (Index("ix_farm_shared", "id", postgresql_where=text("shared")),)

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    species: Mapped[str]
    region: Mapped[str] = mapped_column(default="")
    shared: Mapped[bool] = mapped_column(default=False)
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")


class FarmMember(HasTimes, Base):
    """A person's place on a farm, from when until when (None: for good).

    Owners and workers write, advisers and readers look; owners decide who else has a place and what
    the farm shares.
    """

    __tablename__ = "farm_member"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'worker', 'adviser', 'reader')", name="role"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
        Index(None, "farm_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), primary_key=True)
    role: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime | None]
