"""Values of other programs as the texts that a CSV file would hold."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl

from hub.errors import Invalid
from hub.etl.read import LONGEST_CELL, ROW, Table

MOST_COLUMNS = 2_000
_EXACT = 2**53


def text_of(value: Any) -> str | None:
    """A value as it would be written by hand; what is empty is None, what is no text TypeError."""
    if value is None:
        return None
    if isinstance(value, str):
        return value[: LONGEST_CELL + 1].strip() or None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, Decimal):
        return format(value, "f")[: LONGEST_CELL + 1] if value.is_finite() else None
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.15g}"
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, default=text_of, ensure_ascii=False)[: LONGEST_CELL + 1]
    raise TypeError(type(value).__name__)


def _of_float(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def check_columns(names: Sequence[str]) -> list[str]:
    """Names of columns as a header has them; what cannot be told apart is refused."""
    if len(names) > MOST_COLUMNS:
        text = f"The file has {len(names):,} columns; at most {MOST_COLUMNS:,} are read."
        raise Invalid(
            "imports.too_many_columns",
            f"{text} Choose those that are needed; genotypes are handed in as a genotype set.",
        )
    plain = [name.strip() for name in names]
    if not plain:
        raise Invalid("imports.no_header", "The file has no columns. Name what it holds.")
    if "" in plain:
        place = plain.index("") + 1
        raise Invalid("imports.unnamed_column", f"Column {place} has no name. Name it.")
    if ROW in plain:
        raise Invalid("imports.reserved_column", f"No column can be called {ROW}. Rename it.")
    twice = sorted(name for name, count in Counter(plain).items() if count > 1)
    if twice:
        text = f"The file names {', '.join(twice)} more than once. Rename or remove columns."
        raise Invalid("imports.repeated_column", text)
    return plain


def table_of(
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    numbers: Sequence[int],
    notes: dict[str, Any],
    *,
    ragged: dict[int, int] | None = None,
) -> Table:
    """A piece of a file; rows without any value are left out but counted."""
    cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
    data = {column: list(values) for column, values in zip(columns, cells, strict=True)}
    schema = {ROW: pl.Int32, **dict.fromkeys(columns, pl.String)}
    frame = pl.DataFrame({ROW: list(numbers), **data}, schema=schema)
    there = frame.filter(~pl.all_horizontal(pl.col(list(columns)).is_null()))
    return Table(name, there, ragged or {}, notes)
