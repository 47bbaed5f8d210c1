"""Dataset versions: frozen, content-addressed copies of data that a result was computed from."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class DatasetVersion(HasId, HasTimes, Base):
    """One immutable version; equal content has the equal `content_hash`, whoever froze it.

    `objects` maps file names (pedigree.parquet) to hashes in the object store; `description` says
    how it was selected. It may be read by those who may read every farm in `farm_ids`.
    """

    __tablename__ = "dataset_version"
    __table_args__ = (Index(None, "content_hash"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    content_hash: Mapped[str]
    farm_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    objects: Mapped[dict[str, str]] = mapped_column(JSONB)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    description: Mapped[dict[str, Any]] = mapped_column(JSONB)
