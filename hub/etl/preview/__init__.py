"""A file looked at before it is imported: columns, suggestions, cleaning, findings."""

from hub.etl.preview.schemas import PreviewCreate, PreviewRead
from hub.etl.preview.service import preview

__all__ = ["PreviewCreate", "PreviewRead", "preview"]
