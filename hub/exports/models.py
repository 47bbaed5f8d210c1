"""Exports that were asked for, and where their archives are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Export(HasId, HasTimes, Base):
    """One archive for one person; after `expires_at` its bytes are gone and the row stays.

    `object` is the archive in the object store, empty before it is made and after it expired;
    `sha256` and `provenance` stay, so that a file that was taken along can be recognized.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')",
            name="state",
        ),
        Index(None, "person_id"),
        Index(None, "expires_at"),
        Index(None, "grant_ids", postgresql_using="gin"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    farm_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    data_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    grant_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    format: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    genotype_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("genotype_set.id"))
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    object: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    downloads: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
