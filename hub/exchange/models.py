"""Under which names partners know what stands on a farm."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasTimes


class ExchangeSource(HasTimes, Base):
    """A partner's name (`meta.source`, `meta.sourceId`) of an animal, event or record here.

    One message can be several records (a test day), and one event several messages (both
    withdrawals of a treatment). `kept` holds the fields of the message that the hub has no place
    for; they are sent out again as they came.
    """

    __tablename__ = "exchange_source"
    __table_args__ = (
        CheckConstraint("entity IN ('animal', 'event', 'record')", name="entity"),
        Index(None, "entity_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str]
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
