"""Files people handed in: kept unchanged, named as given, found again by their hash."""

from hub.files.schemas import FileRead
from hub.files.service import MAX_BYTES, content, get, note, path, store

__all__ = ["MAX_BYTES", "FileRead", "content", "get", "note", "path", "store"]
