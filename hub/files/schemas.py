"""What the hub says about a file."""

from datetime import datetime
from uuid import UUID

from hub.schemas import Output


class FileRead(Output):
    """One upload."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    person_id: UUID
    created_at: datetime
