"""Associations: genome-wide studies of one trait, each on frozen data and one genotype set."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Association(HasId, HasTimes, Base):
    """One study: what was tested and how, its state, and where its tables are."""

    __tablename__ = "association"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        Index(None, "person_id"),
        Index(None, "trait"),
        Index(None, "published_at"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_version.id"))
    genotype_set_id: Mapped[UUID] = mapped_column(ForeignKey("genotype_set.id"))
    name: Mapped[str]
    trait: Mapped[str] = mapped_column(ForeignKey("trait.code"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
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
