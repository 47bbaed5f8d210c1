"""How the files of a sender are read: kept, and found again by their header."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class ImportTemplate(HasId, HasTimes, Base):
    """Mapping, cleaning and policy for files with one header; of a farm, or of a person alone."""

    __tablename__ = "import_template"
    __table_args__ = (
        CheckConstraint("kind IN ('animals', 'records', 'events', 'milk_recording')", name="kind"),
        CheckConstraint("policy IN ('good_rows', 'all_or_nothing')", name="policy"),
        Index(None, "fingerprint"),
        Index("uq_import_template_own", "person_id", "name", unique=True,
              postgresql_where="farm_id IS NULL"),
        Index("uq_import_template_shared", "farm_id", "name", unique=True,
              postgresql_where="farm_id IS NOT NULL"),
    )  # fmt: skip

    farm_id: Mapped[UUID | None] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    sender: Mapped[str]
    kind: Mapped[str]
    fingerprint: Mapped[str]
    columns: Mapped[list[str]] = mapped_column(JSONB)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cleaning: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    policy: Mapped[str]
    used_at: Mapped[datetime | None]
