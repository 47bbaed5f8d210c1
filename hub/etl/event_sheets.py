"""The sheets of a workbook of events: `hub.tables` defines them for imports and exports."""

from hub.tables.columns import Column
from hub.tables.event_sheets import (
    COMMON,
    KIND_COLUMN,
    KNOWN,
    REMARK,
    SHEETS,
    SheetOf,
    columns_of,
    kind_of,
)

__all__ = [
    "COMMON",
    "KIND_COLUMN",
    "KNOWN",
    "REMARK",
    "SHEETS",
    "Column",
    "SheetOf",
    "columns_of",
    "kind_of",
]
