"""Tables as Parquet files that are equal to the last byte when the tables are equal."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from agrigen.io.csv import harmless
from hub.storage.paging import Page, encode_cursor, first_row


def to_bytes(frame: pd.DataFrame) -> bytes:
    """The table in its order of rows, without index, times or anything else of this moment."""
    return _written(pa.Table.from_pandas(frame, preserve_index=False))


def of_polars(frame: pl.DataFrame) -> bytes:
    """The same of a table that came in pieces."""
    return _written(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))


def to_polars(content: bytes) -> pl.DataFrame:
    """The table back, dates as dates."""
    return pl.read_parquet(io.BytesIO(content))


def _written(table: pa.Table) -> bytes:
    table = table.replace_schema_metadata(None)
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        row_group_size=100_000,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
    )
    return sink.getvalue()


def from_bytes(content: bytes) -> pd.DataFrame:
    """The table back as a data frame."""
    return pq.read_table(io.BytesIO(content)).to_pandas()


def rows(content: bytes) -> list[dict[str, Any]]:
    """The table as one mapping a row; what is missing is None."""
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return found


@dataclass(frozen=True)
class Slice:
    """Which rows of a table, in which order; the first of a limit behind those that were shown.

    `least` and `most` hold inclusive limits by column. `order` is a column, falling where it is
    written with a minus; the order of the table without one. Missing values come last.
    """

    limit: int
    cursor: str | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    least: Mapping[str, float | None] = field(default_factory=dict)
    most: Mapping[str, float | None] = field(default_factory=dict)
    order: str | None = None


def page(content: bytes, part: Slice) -> Page[dict[str, Any]]:
    """One page of a stored table; tables never change, so a cursor is a number of rows."""
    first = first_row(part.cursor)
    shown, total = span(content, part, first)
    last = first + len(shown)
    return Page(shown, encode_cursor([last]) if last < total else None)


def span(content: bytes, part: Slice, first: int) -> tuple[list[dict[str, Any]], int]:
    """The rows of a slice behind the first ones, and how many match in all."""
    table = pq.read_table(io.BytesIO(content))
    found = _ordered(table, _matching(table, part), part.order)
    return table.take(found[first : first + part.limit]).to_pylist(), int(found.size)


def _matching(table: pa.Table, part: Slice) -> np.ndarray:
    kept = np.ones(table.num_rows, bool)
    for name, value in part.equal.items():
        if value is not None:
            kept &= table[name].to_numpy() == value
    for name, value in part.least.items():
        if value is not None:
            kept &= table[name].to_numpy() >= value
    for name, value in part.most.items():
        if value is not None:
            kept &= table[name].to_numpy() <= value
    return np.flatnonzero(kept)


def _ordered(table: pa.Table, rows: np.ndarray, order: str | None) -> np.ndarray:
    if order is None:
        return rows
    values = table[order.removeprefix("-")].to_numpy()[rows].astype(float)
    return rows[np.argsort(-values if order.startswith("-") else values, kind="stable")]


def to_csv(content: bytes) -> bytes:
    """A stored table as CSV with a header, which a spreadsheet may open."""
    table = pq.read_table(io.BytesIO(content))
    texts = [
        one.name
        for one in table.schema
        if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
    ]
    safe = harmless(table.select(texts).to_pandas())
    for name in texts:
        column = pa.array(safe[name], pa.string(), from_pandas=True)
        table = table.set_column(table.schema.get_field_index(name), name, column)
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()
