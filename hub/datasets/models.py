"""Dataset versions: frozen, content-addressed copies of data that a result was computed from."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class DatasetVersion(HasId, HasTimes, Base):
    """One immutable version; equal content has the equal `content_hash`, whoever froze it.

    Versions of one dataset have its `series_id`, the id of the first of them, and are numbered.
    `objects` maps file names (pedigree.parquet) to hashes in the object store; `tables` says what
    the columns are; `description` says how it was selected. It may be read by those who may read
    its kinds of data of every farm in `farm_ids`; which kinds, and by which grants its maker read
    them, the database notes (0028_access.sql). It refuses every change (0021_versions.sql).
    """

    __tablename__ = "dataset_version"
    __table_args__ = (
        Index(None, "content_hash"),
        Index(None, "series_id", "number", unique=True),
        Index(None, "grant_ids", postgresql_using="gin"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    series_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(default=1, server_default="1")
    parent_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default="{}")
    name: Mapped[str]
    why: Mapped[str] = mapped_column(default="", server_default="")
    creator: Mapped[str] = mapped_column(default="", server_default="")
    content_hash: Mapped[str]
    farm_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    objects: Mapped[dict[str, str]] = mapped_column(JSONB)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    tables: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    genotypes: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    description: Mapped[dict[str, Any]] = mapped_column(JSONB)
    data_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    grant_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")


class DatasetTag(HasId, HasTimes, Base):
    """A name for one version of a dataset, which can be moved to another unless it is fixed."""

    __tablename__ = "dataset_tag"
    __table_args__ = (UniqueConstraint("series_id", "name"), Index(None, "version_id"))

    series_id: Mapped[UUID]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_version.id"))
    name: Mapped[str]
    fixed: Mapped[bool]
    why: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class DatasetComparison(HasTimes, Base):
    """What differs between two versions in one table; `object` is the Parquet file of the rows."""

    __tablename__ = "dataset_comparison"

    before_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_version.id"), primary_key=True)
    after_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_version.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    object: Mapped[str]
