"""People of the hub."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Person(HasId, HasTimes, Base):
    """Somebody who signs in, here or at an institution; never deleted, only disabled."""

    __tablename__ = "person"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    password_hash: Mapped[str | None] = mapped_column(deferred=True)
    disabled_at: Mapped[datetime | None]
