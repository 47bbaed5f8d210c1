"""What every column means, for programs (a Frictionless Table Schema) and for people."""

from collections.abc import Sequence
from typing import Any

from hub.tables.columns import Column
from hub.tables.reading import require

_TYPES = {"number": "number", "whole": "integer", "date": "date", "flag": "boolean",
          "json": "object"}  # fmt: skip


def dictionary(kind: str, columns: Sequence[Column] | None = None) -> dict[str, Any]:
    """The Table Schema of a table, or of those of its columns that a file has."""
    table = require(kind)
    there = table.columns if columns is None else columns
    names = {column.name for column in there}
    return {
        "fields": [field(column) for column in there],
        "primaryKey": [name for name in table.key if name in names],
        "missingValues": [""],
    }


def field(column: Column) -> dict[str, Any]:
    """One column as Frictionless describes it."""
    rules: dict[str, Any] = {} if column.missing else {"required": True}
    if column.codes:
        rules["enum"] = [str(code) for code in column.codes]
    told: dict[str, Any] = {
        "name": column.name, "type": _TYPES.get(column.type, "string"),
        "description": column.sentence,
    }  # fmt: skip
    if column.unit:
        told["unit"] = column.unit
    if rules:
        told["constraints"] = rules
    return told
