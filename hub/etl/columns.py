"""Which column of the file is which of ours; a file that does not fit is refused as a whole."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from hub.errors import FieldError, Invalid
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping

ANIMAL_COLUMNS = (
    "id", "sex", "breed", "birth_date", "birth_type", "sire", "dam", "status", "name", "species",
    "farm",
)  # fmt: skip
RECORD_COLUMNS = ("animal", "trait", "date", "value", "occasion", "undated")
ALL_OTHERS = "*"
YES = ("yes", "true", "1")


def of_animals(table: Table, mapping: Mapping) -> pl.DataFrame:
    """The table with our names; missing optional columns are all null."""
    if mapping.traits or mapping.occasion or mapping.attributes:
        refuse("mapping", "traits, occasion and attributes belong to imports of records.",
                "Leave them out, or import with kind records.")  # fmt: skip
    found = _found(table, mapping, ANIMAL_COLUMNS, ("id",))
    return _renamed(table, found, ANIMAL_COLUMNS)


def of_events(table: Table, mapping: Mapping, known: Sequence[str]) -> pl.DataFrame:
    """The table with our names; missing optional columns are all null."""
    if mapping.traits or mapping.occasion or mapping.attributes:
        refuse("mapping", "traits, occasion and attributes belong to imports of records.",
               "Leave them out, or import with kind records.")  # fmt: skip
    found = _found(table, mapping, known, ("animal", "date"))
    return _renamed(table, found, known)


def unknown(table: Table, mapping: Mapping, known: Sequence[str]) -> list[str]:
    """Columns with which nobody knows what to do, and of which nobody said to leave them out."""
    if ALL_OTHERS in mapping.ignore:
        return []
    found = {*_found(table, mapping, known, ()).values(), *mapping.ignore}
    return [name for name in table.columns if name not in found]


def of_records(table: Table, mapping: Mapping) -> tuple[pl.DataFrame, list[str]]:
    """One row for each value of the file, with our names, and the names of the attributes."""
    wanted = dict(mapping.columns)
    if mapping.occasion:
        wanted["occasion"] = mapping.occasion
    mapping = mapping.model_copy(update={"columns": wanted})
    required = ("animal",) if mapping.traits else ("animal", "trait", "value")
    known = tuple(n for n in RECORD_COLUMNS if not (mapping.traits and n in ("trait", "value")))
    found = _found(table, mapping, known, required)
    _require_columns(table, "traits", list(mapping.traits.values()))
    taken = {name for ours, name in found.items() if ours != "occasion"}
    attributes = _attributes(table, mapping, taken | {*found.values()})
    frame = _renamed(table, found, RECORD_COLUMNS).with_columns(
        table.frame[name].alias(f"attribute:{name}") for name in attributes
    )
    said = pl.col("undated").str.to_lowercase().is_in(YES).fill_null(False)
    frame = frame.with_columns(said if "date" in found else pl.lit(True).alias("undated"))
    if mapping.traits:
        frame = _long(frame, table, mapping.traits)
    return frame, attributes


def _attributes(table: Table, mapping: Mapping, taken: set[str]) -> list[str]:
    if mapping.attributes is not None:
        _require_columns(table, "attributes", mapping.attributes)
        return list(dict.fromkeys(mapping.attributes))
    if ALL_OTHERS in mapping.ignore:
        return []
    left_out = {*taken, *mapping.traits.values(), *mapping.ignore}
    return [name for name in table.columns if name not in left_out]


def _found(
    table: Table, mapping: Mapping, known: Sequence[str], required: Sequence[str]
) -> dict[str, str]:
    """Our name to the file's, for the columns that are there."""
    strange = sorted(set(mapping.columns) - set(known))
    if strange:
        refuse(
            "mapping.columns", f"{_names(strange)} is none of our columns.",
            f"Ours are {_names(known)}; the file's name stands on the right.",
        )  # fmt: skip
    _require_columns(table, "columns", list(mapping.columns.values()))
    there = {name.casefold(): name for name in table.columns}
    taken = set(mapping.columns.values()) | set(mapping.ignore) | set(mapping.traits.values())
    usual = {
        ours: there[ours] for ours in known
        if ours not in mapping.columns and ours in there and there[ours] not in taken
    }  # fmt: skip
    found = {**usual, **mapping.columns}
    missing = [ours for ours in required if ours not in found]
    if missing:
        refuse(
            "columns",
            f"The file has no column {_names(missing)}; it has {_names(table.columns)}.",
            "Name the column so in row 1, or say in mapping.columns what it is called.",
        )
    return found


def _require_columns(table: Table, where: str, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        refuse(
            f"mapping.{where}",
            f"The mapping names {_names(missing)}, which the file does not have.",
            f"The file has {_names(table.columns)}.",
        )


def _renamed(table: Table, found: dict[str, str], known: Sequence[str]) -> pl.DataFrame:
    empty = pl.lit(None, pl.String)
    columns = [(table.frame[found[ours]] if ours in found else empty).alias(ours) for ours in known]
    return table.frame.select(ROW).with_columns(columns)


def _long(frame: pl.DataFrame, table: Table, traits: dict[str, str]) -> pl.DataFrame:
    """One row a value: every trait's column below the other; empty cells are no records."""
    parts = [
        frame.with_columns(pl.lit(code).alias("trait"), table.frame[column].alias("value"))
        for code, column in traits.items()
    ]
    return pl.concat(parts).filter(pl.col("value").is_not_null()).sort(ROW, maintain_order=True)


def _names(names: Sequence[Any]) -> str:
    return ", ".join(repr(str(name)) for name in names)


def refuse(where: str, message: str, remedy: str) -> None:
    raise Invalid(
        "imports.columns", f"{message} {remedy}", errors=[FieldError(where, message, remedy)]
    )
