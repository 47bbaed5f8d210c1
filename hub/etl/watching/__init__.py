"""Watched places: folders, buckets and databases from which files are imported on a schedule."""

from hub.etl.watching.schedule import hand_out, keep
from hub.etl.watching.schemas import (
    SourceCreate,
    SourceFileRead,
    SourceFilesQuery,
    SourcePlaceRead,
    SourcePlacesRead,
    SourceRead,
    SourcesQuery,
    SourceUpdate,
)
from hub.etl.watching.service import (
    change,
    create,
    files,
    get,
    places,
    remove,
    run_now,
    search,
)
from hub.etl.watching.tasks import run_source

__all__ = [
    "SourceCreate",
    "SourceFileRead",
    "SourceFilesQuery",
    "SourcePlaceRead",
    "SourcePlacesRead",
    "SourceRead",
    "SourceUpdate",
    "SourcesQuery",
    "change",
    "create",
    "files",
    "get",
    "hand_out",
    "keep",
    "places",
    "remove",
    "run_now",
    "run_source",
    "search",
]
