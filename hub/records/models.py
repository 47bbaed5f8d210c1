"""Traits, and records of them on animals."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Trait(HasTimes, Base):
    """What is observed, with its unit and the range in which a value is plausible.

    `ranges` are those of species that have their own: {"sheep": [3, 100]}. `icar` is the name that
    ICAR's Animal Data Exchange has for it.
    """

    __tablename__ = "trait"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit: Mapped[str]
    species: Mapped[str | None]
    lowest: Mapped[float]
    highest: Mapped[float]
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="", server_default="")
    icar: Mapped[str] = mapped_column(default="", server_default="")
    ranges: Mapped[dict[str, tuple[float, float]]] = mapped_column(
        JSONB, default=dict, server_default="{}"
    )


class Record(HasId, HasTimes, Base):
    """One observation of a trait on an animal at a time.

    `occasion` tells apart observations that share animal, trait and date, or have no date (a
    lactation number, for example). `attributes` holds what models may use as effects.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint(
            "animal_id",
            "trait_code",
            "recorded_on",
            "occasion",
            name="uq_record_occasion",
            postgresql_nulls_not_distinct=True,
        ),
        # The farm of a record is its animal's: one key checks both, at half the cost of two.
        ForeignKeyConstraint(
            ["animal_id", "farm_id"], ["animal.id", "animal.farm_id"], name="fk_record_animal"
        ),
        Index(None, "farm_id", "trait_code", "recorded_on"),
        Index(None, "source_import_id"),
    )

    farm_id: Mapped[UUID]
    animal_id: Mapped[UUID]
    trait_code: Mapped[str] = mapped_column(ForeignKey("trait.code"))
    recorded_on: Mapped[date | None]
    occasion: Mapped[str] = mapped_column(default="")
    value: Mapped[float]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    source_import_id: Mapped[UUID | None]
    source_row: Mapped[int | None]
    method: Mapped[str] = mapped_column(default="", server_default="")
    device: Mapped[str] = mapped_column(default="", server_default="")
    person_id: Mapped[UUID | None]
