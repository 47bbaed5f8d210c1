"""Imports, and the rows they could not take."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Import(HasId, HasTimes, Base):
    """One file taken in for one farm: good rows are loaded, bad rows kept for mending."""

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint("kind IN ('animals', 'records', 'events', 'milk_recording')", name="kind"),
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        Index(None, "farm_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id"))
    kind: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    dry_run: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_loaded: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    error: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]


class ImportRow(HasTimes, Base):
    """A row that was refused, as it stood in the file, with every reason and remedy."""

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint("state IN ('rejected', 'mended')", name="state"),
        Index(None, "farm_id"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB)
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default="rejected")
