"""Further cells of records as JSON; a column of numbers becomes numbers, over the whole file."""

import json
from collections.abc import Iterable, Sequence
from typing import Literal

import polars as pl

PREFIX = "attribute:"
TOLD = "attributes"
_PLAIN = r"^-?(0|[1-9]\d{0,14})(\.\d+)?$"
Form = Literal["whole", "decimal", "text"]
Numeric = dict[str, Form]
"""What all filled cells of each column are."""


def forms(frames: Iterable[pl.DataFrame], names: Sequence[str]) -> Numeric:
    """What the columns are, seen over all chunks of a file."""
    found: Numeric = dict.fromkeys(names, "whole")
    for frame in frames:
        for name in names:
            found[name] = _wider(found[name], _form(frame[name]))
    return found


def _form(column: pl.Series) -> Form:
    """Numbers if every filled cell is one that reads back the same, else texts."""
    filled = column.drop_nulls()
    if not filled.str.contains(_PLAIN).all():
        return "text"
    return "decimal" if filled.str.contains(".", literal=True).any() else "whole"


def _wider(one: Form, other: Form) -> Form:
    order: tuple[Form, ...] = ("whole", "decimal", "text")
    return max(one, other, key=order.index)


def as_json(frame: pl.DataFrame, names: Sequence[str], numeric: Numeric | None) -> pl.Series:
    """The attributes of each row; an empty cell has no entry."""
    if not names:
        return pl.Series("attributes", ["{}"], dtype=pl.String).new_from_index(0, frame.height)
    table = frame.select(pl.col(f"{PREFIX}{name}").alias(name) for name in names)
    known = numeric if numeric is not None else forms([table], names)
    entries = [_entry(name, known[name]) for name in names if name != TOLD]
    if TOLD in names:
        entries.append(_told(table[TOLD]) if _is_told(table[TOLD]) else _entry(TOLD, "text"))
    inner = pl.concat_str(entries, separator=",", ignore_nulls=True)
    return table.select(pl.concat_str(pl.lit("{"), inner, pl.lit("}")).alias("attributes"))[
        "attributes"
    ]


def _is_told(column: pl.Series) -> bool:
    """Whether every filled cell is a JSON object, as exports write what no cell can hold."""
    try:
        return all(isinstance(json.loads(cell), dict) for cell in column.drop_nulls())
    except ValueError:
        return False


def _told(column: pl.Series) -> pl.Expr:
    inner = pl.col(column.name).str.strip_chars().str.strip_prefix("{").str.strip_suffix("}")
    return pl.when(inner.str.strip_chars() != "").then(inner)


def _entry(name: str, form: Form) -> pl.Expr:
    """`"name": value`, null where the cell is empty; texts escaped as JSON asks."""
    cell = pl.col(name)
    if form == "text":
        cell = pl.lit('"') + _escaped(cell) + pl.lit('"')
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '":'
    return pl.lit(quoted) + cell


def _escaped(cell: pl.Expr) -> pl.Expr:
    """Backslashes, quotation marks and the control characters that a cell may hold."""
    cell = cell.str.replace_all("\\", "\\\\", literal=True)
    cell = cell.str.replace_all('"', '\\"', literal=True)
    for mark, code in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        cell = cell.str.replace_all(mark, code, literal=True)
    return cell.str.replace_all(r"[\x00-\x1f]", " ")
