"""What the hub says about a dataset version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hub.schemas import Output, PageQuery


class DatasetRead(Output):
    """One frozen version; `objects` maps its file names to the SHA-256 of their content."""

    id: UUID
    name: str
    content_hash: str
    farm_ids: list[UUID]
    objects: dict[str, str]
    counts: dict[str, int]
    description: dict[str, Any]
    person_id: UUID
    created_at: datetime


class DatasetsQuery(PageQuery):
    """Narrow the list of dataset versions."""

    name: str | None = None
    content_hash: str | None = None
