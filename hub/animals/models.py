"""Animals, their identifiers and their genetic parents."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Animal(HasId, HasTimes, Base):
    """One animal of one farm; `tag` is the identifier people know it by, unique on the farm."""

    __tablename__ = "animal"
    __table_args__ = (
        UniqueConstraint("farm_id", "tag"),
        CheckConstraint("sex IN ('F', 'M', 'U')", name="sex"),
        CheckConstraint("status IN ('alive', 'sold', 'dead', 'unknown')", name="status"),
        CheckConstraint("birth_type BETWEEN 1 AND 20", name="birth_type"),
        CheckConstraint("id <> sire_id AND id <> dam_id", name="own_parent"),
        Index(None, "farm_id", "birth_date", "id"),
        Index(None, "sire_id"),
        Index(None, "dam_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    tag: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    species: Mapped[str]
    breed: Mapped[str] = mapped_column(default="")
    sex: Mapped[str] = mapped_column(default="U")
    birth_date: Mapped[date | None]
    birth_type: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="alive")
    sire_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    dam_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))


class AnimalIdentifier(HasId, HasTimes, Base):
    """A name under which an animal is known to somebody: official number, RFID, herd book, tag."""

    __tablename__ = "animal_identifier"
    __table_args__ = (
        UniqueConstraint("farm_id", "scheme", "value"),
        Index(None, "value"),
        Index(None, "animal_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    animal_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"))
    scheme: Mapped[str]
    value: Mapped[str]
