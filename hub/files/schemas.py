"""What the hub says about files and uploads."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.schemas import Input, Name, Output, PageQuery


class FileRead(Output):
    """One upload."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    person_id: UUID
    created_at: datetime


class FilesQuery(PageQuery):
    """Which of one's files."""

    unused: bool = Field(default=False, description="Only those that nothing was made from yet")


class UploadCreate(Input):
    """A file that is going to come in parts."""

    name: Name = Field(description="File name as the person knows it, such as report.txt")
    size: int = Field(ge=1, le=2**50, description="Bytes of the whole file")
    media_type: str = Field(default="application/octet-stream", max_length=200)
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="Hash of the whole file, where it is known: what arrives must have it",
    )


class UploadRead(Output):
    """An upload as far as it is: which parts are there, and what became of it.

    `open`: parts are taken. `finishing`: a job puts them together. `done`: `file_id` is the file.
    An upload that could not be finished is open again, and `error` says why.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    part_bytes: int
    parts: int = Field(description="Parts in all, from 1; all but the last have part_bytes")
    received: list[int] = Field(description="Numbers of the parts that are there")
    state: Literal["open", "finishing", "done"]
    error: str
    file_id: UUID | None
    job_id: UUID | None
    expires_at: datetime = Field(description="When it is forgotten unless another part comes")
    created_at: datetime


class PartRead(Output):
    """A part that arrived."""

    number: int
    size: int
    sha256: str
