"""Places that are watched for files, and every file that was seen in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class ImportSource(HasId, HasTimes, Base):
    """A folder, a bucket or a query from which a farm's files are taken on a schedule.

    It works as the person who set it up, with the rights they have when it runs. `failures` counts
    runs that failed one after the other; each puts the next one off longer.
    """

    __tablename__ = "import_source"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('animals', 'records', 'events', 'milk_recording', 'genotypes')", name="kind"
        ),
        CheckConstraint("policy IN ('good_rows', 'all_or_nothing')", name="policy"),
        UniqueConstraint("farm_id", "name"),
        Index("ix_import_source_due", "next_run_at", postgresql_where="enabled"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    kind: Mapped[str]
    place: Mapped[str]
    pattern: Mapped[str] = mapped_column(default="*")
    query: Mapped[str] = mapped_column(default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    genotypes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    cleaning: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    policy: Mapped[str] = mapped_column(default="good_rows")
    template_id: Mapped[UUID | None]
    schedule: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str] = mapped_column(default="UTC")
    enabled: Mapped[bool] = mapped_column(default=True)
    job_id: Mapped[UUID | None]
    last_run_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]
    last_counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")


class ImportSourceFile(HasTimes, Base):
    """One version of a file (or of what a query gave), as it was seen in a watched place.

    `version` is its size and time of change, or the bucket's own mark: a changed file is a new row.
    """

    __tablename__ = "import_source_file"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'taken', 'unchanged', 'refused')", name="state"),
        Index(None, "farm_id"),
        Index(None, "import_id"),
    )

    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("import_source.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    size: Mapped[int] = mapped_column(BigInteger)
    modified_at: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id"))
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("import.id"))
    genotype_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("genotype_set.id"))
    state: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
