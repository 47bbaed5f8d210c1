"""Files people handed in: kept unchanged, named as given, found again by their hash."""

from hub.files.limits import Limits
from hub.files.schemas import FileRead, FilesQuery, PartRead, UploadCreate, UploadRead
from hub.files.service import (
    MAX_BYTES,
    content,
    find,
    get,
    note,
    path,
    remove,
    search,
    store,
    stream,
)

__all__ = [
    "MAX_BYTES",
    "FileRead",
    "FilesQuery",
    "Limits",
    "PartRead",
    "UploadCreate",
    "UploadRead",
    "content",
    "find",
    "get",
    "note",
    "path",
    "remove",
    "search",
    "store",
    "stream",
]
