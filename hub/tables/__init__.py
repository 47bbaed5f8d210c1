"""The tables that people take along, import and freeze: columns, dictionary, rows in pieces."""

from hub.tables.columns import Column
from hub.tables.definitions import ANIMALS, FARM, KINDS, MILK, RECORDS, TableOf
from hub.tables.dictionary import dictionary
from hub.tables.reading import Filters, chunks, columns, empty, require, require_permissions

__all__ = [
    "ANIMALS",
    "FARM",
    "KINDS",
    "MILK",
    "RECORDS",
    "Column",
    "Filters",
    "TableOf",
    "chunks",
    "columns",
    "dictionary",
    "empty",
    "require",
    "require_permissions",
]
