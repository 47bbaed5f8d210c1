"""Files people handed in, kept unchanged in the object store; uploads that are not whole yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class File(HasId, HasTimes, Base):
    """One upload: its name as given, and the hash under which the object store keeps it."""

    __tablename__ = "file"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)


class Upload(HasId, HasTimes, Base):
    """A file that comes in parts; `sha256` is what the sender says it will be, or nothing."""

    __tablename__ = "upload"
    __table_args__ = (CheckConstraint("state IN ('open', 'finishing', 'done')", name="state"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    part_bytes: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    error: Mapped[str] = mapped_column(default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"))
    job_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]


class UploadPart(Base):
    """A part that is there; its hash tells whether the store still has what was sent."""

    __tablename__ = "upload_part"

    upload_id: Mapped[UUID] = mapped_column(
        ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    sha256: Mapped[str]
