"""Marker panels, sets of genotypes (versions that never change) and their samples."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Panel(HasId, HasTimes, Base):
    """A distinct marker map, kept when it is first seen; everybody who reads genotypes sees it."""

    __tablename__ = "panel"
    __table_args__ = (UniqueConstraint("content_hash"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    species: Mapped[str]
    name: Mapped[str]
    assembly: Mapped[str] = mapped_column(default="")
    markers: Mapped[int]
    content_hash: Mapped[str]
    objects: Mapped[dict[str, str]] = mapped_column(JSONB)


class GenotypeSet(HasId, HasTimes, Base):
    """One version: its files or the version it came from, its state, and where its genotypes are.

    `farm_ids` are its own farm and those of the animals in it; one must read all of them.
    """

    __tablename__ = "genotype_set"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        CheckConstraint("farm_id = ANY(farm_ids)", name="own_farm"),
        Index(None, "farm_id"),
        Index(None, "parent_id"),
        Index(None, "content_hash"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    farm_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    name: Mapped[str]
    species: Mapped[str]
    panel_id: Mapped[UUID | None] = mapped_column(ForeignKey("panel.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("genotype_set.id"))
    version: Mapped[int] = mapped_column(default=1)
    file_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    format: Mapped[str] = mapped_column(default="auto")
    coding: Mapped[str] = mapped_column(default="auto")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    objects: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    content_hash: Mapped[str] = mapped_column(default="")
    provenance: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    finished_at: Mapped[datetime | None]


class Sample(HasTimes, Base):
    """A sample of a set, in the order of its source; an excluded one has no genotypes here.

    `farm_id` is the farm of its animal, else that of the set.
    """

    __tablename__ = "sample"
    __table_args__ = (
        CheckConstraint("state IN ('kept', 'excluded')", name="state"),
        UniqueConstraint("set_id", "name"),
        UniqueConstraint("set_id", "animal_id"),
        Index(None, "animal_id"),
        Index(None, "farm_id"),
    )

    set_id: Mapped[UUID] = mapped_column(ForeignKey("genotype_set.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    name: Mapped[str]
    animal_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    unlinked: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="kept")
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    call_rate: Mapped[float | None]
    heterozygosity: Mapped[float | None]
    sex_recorded: Mapped[str] = mapped_column(default="U")
    sex_found: Mapped[str] = mapped_column(default="U")
