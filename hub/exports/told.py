"""What there is to take along, in words."""

from typing import Any

from hub import tables
from hub.exports.schemas import ColumnTold, TableTold
from hub.tables import KINDS, TableOf


def told() -> list[TableTold]:
    """Every table with its columns, as its data dictionary says it."""
    return [_table(table) for table in KINDS.values()]


def _table(table: TableOf) -> TableTold:
    return TableTold(
        name=table.name,
        title=table.title,
        sentence=table.sentence,
        key=list(table.key),
        importable=table.importable,
        columns=[_column(field) for field in tables.dictionary(table.name)["fields"]],
    )


def _column(field: dict[str, Any]) -> ColumnTold:
    rules = field.get("constraints", {})
    return ColumnTold(
        name=field["name"],
        type=field["type"],
        unit=field.get("unit", ""),
        description=field["description"],
        codes=rules.get("enum", []),
        required=rules.get("required", False),
    )
