"""Exports: what a person may see, as files to take along."""

from hub.exports.schemas import (
    ColumnTold,
    ExportCreate,
    ExportFilters,
    ExportRead,
    ExportsQuery,
    TableQuery,
    TableTold,
)
from hub.exports.service import cancel, content, create, get, remove, search
from hub.exports.small import table
from hub.exports.told import told

__all__ = [
    "ColumnTold",
    "ExportCreate",
    "ExportFilters",
    "ExportRead",
    "ExportsQuery",
    "TableQuery",
    "TableTold",
    "cancel",
    "content",
    "create",
    "get",
    "remove",
    "search",
    "table",
    "told",
]
