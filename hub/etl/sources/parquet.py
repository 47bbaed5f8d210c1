"""Parquet files, a batch of rows at a time."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import Invalid
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.etl.sources.reading import Reading, chunk_rows
from hub.etl.sources.texts import filled
from hub.etl.sources.values import check_columns, text_of

MAGIC = b"PAR1"
MOST_ROWS = 100_000_000
MOST_UNPACKED = 1 << 30
"""Bytes of one column in one row group: more is no table of a farm, and would be held at once."""
_WHOLE = 2**53


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """All columns of a Parquet file; rows count from 1."""
    file = _opened(path)
    schema = file.schema_arrow
    columns = check_columns(schema.names)
    _check(file, schema)
    notes: dict[str, Any] = {"parser": f"pyarrow {version('pyarrow')}", "format": "parquet"}
    return Reading(columns, notes, lambda: _chunks(path, name, columns, notes))


def _opened(path: Path) -> "pq.ParquetFile":
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> Invalid:
    return Invalid(
        "imports.unreadable",
        "The Parquet file is damaged, or was cut off on its way. Write it again and hand it in.",
    )


def _check(file: "pq.ParquetFile", schema: pa.Schema) -> None:
    """Refuse what would take all memory, and columns that are no texts."""
    meta = file.metadata
    if not meta.num_rows:
        raise Invalid("imports.no_rows", "The file has columns but no rows. Add rows to import.")
    if meta.num_rows > MOST_ROWS:
        text = f"The file says it has {meta.num_rows:,} rows; at most {MOST_ROWS:,} are read."
        raise Invalid("imports.too_large", f"{text} Split it.")
    for group in range(meta.num_row_groups):
        part = meta.row_group(group)
        for place in range(part.num_columns):
            column = part.column(place)
            if column.total_uncompressed_size > MOST_UNPACKED:
                text = f"The column {column.path_in_schema!r} unpacks to more than 1 GiB at once."
                raise Invalid("imports.too_large", f"{text} Write the file in smaller row groups.")
    bytes_ = [one.name for one in schema if _is_bytes(one.type)]
    if bytes_:
        raise Invalid(
            "imports.not_text",
            f"The columns {', '.join(bytes_)} hold bytes that are no text. Leave them out.",
        )


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )  # fmt: skip


def _chunks(path: Path, name: str, columns: list[str], notes: dict[str, Any]) -> Iterator[Table]:
    first = 1
    with _opened(path) as file:
        try:
            for batch in file.iter_batches(batch_size=chunk_rows(len(columns))):
                numbers = pl.arange(
                    first, first + batch.num_rows, dtype=pl.Int32, eager=True
                ).alias(ROW)
                cells = [
                    _texts(batch.column(place)).alias(column)
                    for place, column in enumerate(columns)
                ]
                yield Table(name, filled(pl.DataFrame([numbers, *cells])), {}, dict(notes))
                first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise _unreadable() from error


def _texts(values: pa.Array) -> pl.Series:
    """A column as texts, as they would stand in a CSV file."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _texts(values.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return _series(values).cast(pl.String)
    if pa.types.is_floating(kind):
        return _of_floats(_series(values))
    if pa.types.is_date(kind):
        return _series(values).cast(pl.Date).cast(pl.String)
    return pl.Series([text_of(value) for value in values.to_pylist()], dtype=pl.String)


def _series(values: pa.Array) -> pl.Series:
    found = pl.from_arrow(values)
    assert isinstance(found, pl.Series)
    return found


def _of_floats(values: pl.Series) -> pl.Series:
    """Whole numbers without `.0`: tables with gaps keep ids and years as floats."""
    is_whole = values.is_finite() & (values == values.floor()) & (values.abs() < _WHOLE)
    whole = values.set(~is_whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    finite = values.set(~values.is_finite().fill_null(False), None).cast(pl.String)
    return whole.fill_null(finite)
