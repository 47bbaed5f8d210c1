"""Exports: what a person may see, as files to take along."""

from hub.exports.schemas import ExportCreate, ExportFilters, ExportRead, ExportsQuery, TableQuery
from hub.exports.service import cancel, content, create, get, remove, search
from hub.exports.small import table

__all__ = [
    "ExportCreate",
    "ExportFilters",
    "ExportRead",
    "ExportsQuery",
    "TableQuery",
    "cancel",
    "content",
    "create",
    "get",
    "remove",
    "search",
    "table",
]
