"""Evaluations (runs of a genetic evaluation on frozen data) and the breeding values they gave."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Evaluation(HasId, HasTimes, Base):
    """One run: its model as declared, its frozen input, its state and what came out."""

    __tablename__ = "evaluation"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        Index(None, "traits", postgresql_using="gin"),
        Index(None, "published_at"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_version.id"))
    genotype_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("genotype_set.id"))
    name: Mapped[str]
    model: Mapped[dict[str, Any]] = mapped_column(JSONB)
    traits: Mapped[list[str]] = mapped_column(ARRAY(Text))
    genetic_effects: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default="[]"
    )
    farm_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    publish_when_done: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="")
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    objects: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    result_hash: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class BreedingValue(Base):
    """What one evaluation says about one animal, trait and genetic effect, in the trait's unit."""

    __tablename__ = "breeding_value"
    __table_args__ = (
        Index(None, "animal_id", "trait_code"),
        Index(None, "evaluation_id", "trait_code", "effect", "value"),
        Index(None, "farm_id"),
    )

    evaluation_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation.id"), primary_key=True)
    trait_code: Mapped[str] = mapped_column(ForeignKey("trait.code"), primary_key=True)
    effect: Mapped[str] = mapped_column(primary_key=True, server_default="a")
    animal_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    value: Mapped[float]
    se: Mapped[float | None]
    reliability: Mapped[float | None]
    accuracy: Mapped[float | None]
    inbreeding: Mapped[float]
    records: Mapped[int]
    percentile: Mapped[float]
