"""Files people handed in, kept unchanged in the object store."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class File(HasId, HasTimes, Base):
    """One upload: its name as given, and the hash under which the object store keeps it."""

    __tablename__ = "file"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
