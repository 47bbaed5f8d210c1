"""Mating plans that people keep, and results of single genes of animals."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class MatingPlan(HasId, HasTimes, Base):
    """Who is to be mated to whom on a farm, as it was computed, and from what."""

    __tablename__ = "mating_plan"
    __table_args__ = (Index(None, "farm_id", "id"),)

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    evaluation_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AnimalGene(HasTimes, Base):
    """The genotype of an animal at one gene that is managed by itself: PrP, a defect."""

    __tablename__ = "animal_gene"
    __table_args__ = (
        ForeignKeyConstraint(
            ["animal_id", "farm_id"], ["animal.id", "animal.farm_id"], onupdate="CASCADE"
        ),
        Index(None, "farm_id", "gene"),
    )

    animal_id: Mapped[UUID] = mapped_column(primary_key=True)
    gene: Mapped[str] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    genotype: Mapped[str]
    source: Mapped[str] = mapped_column(default="", server_default="")
