"""What imports made, and the events of runs that others are told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base


class ImportEntry(Base):
    """An animal, event or weighing that an import made or changed, and the rows that say so.

    Records of measurements carry their import and row themselves. Written by the imports; an animal
    that is only named as a parent has no row.
    """

    __tablename__ = "import_entry"
    __table_args__ = (
        CheckConstraint("entity IN ('animal', 'event', 'record')", name="entity"),
        Index(None, "entity_id"),
        Index(None, "farm_id"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id"), primary_key=True)
    entity: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    rows: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class LineageEvent(Base):
    """A run changed its state; triggers of the runs write it, the worker tells those who listen.

    `xact` is the transaction that wrote it: readers wait until all earlier ones have ended, so that
    no event appears behind a number that was read already.
    """

    __tablename__ = "lineage_event"
    __table_args__ = (
        CheckConstraint(
            "type IN ('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT')",
            name="type",
        ),
        Index(None, "subject_id"),
        Index("ix_lineage_event_unsent", "n", postgresql_where=text("sent_at IS NULL")),
    )

    n: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xact: Mapped[int] = mapped_column(BigInteger)
    noun: Mapped[str]
    subject_id: Mapped[UUID]
    type: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sent_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(default="", server_default="")
