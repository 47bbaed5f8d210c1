"""Parquet files, a batch of rows at a time."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import Invalid
from hub.etl.read import LONGEST_CELL, ROW, Table
from hub.etl.schemas import Mapping
from hub.etl.sources.parquet_pages import BrokenPage, page_sizes
from hub.etl.sources.reading import CHUNK_LETTERS, Reading, chunk_rows
from hub.etl.sources.texts import filled
from hub.etl.sources.values import check_columns, text_of

MAGIC = b"PAR1"
MOST_ROWS = 100_000_000
MOST_UNPACKED = 1 << 30
"""Bytes of one column in one row group: more is no table of a farm, and would be held at once."""
MOST_AT_ONCE = 1 << 28
"""Bytes of the pages that are unpacked at a time, one or two of every column."""
_WHOLE = 2**53


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """All columns of a Parquet file; rows count from 1."""
    file = _opened(path)
    schema = file.schema_arrow
    columns = check_columns(schema.names)
    _check(file, schema)
    _check_pages(path, file)
    notes: dict[str, Any] = {"parser": f"pyarrow {version('pyarrow')}", "format": "parquet"}
    return Reading(columns, notes, lambda: _chunks(path, name, columns, notes))


def _opened(path: Path) -> "pq.ParquetFile":
    try:
        texts = [
            one.name for one in pq.read_schema(path)
            if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
        ]  # fmt: skip
        return pq.ParquetFile(path, read_dictionary=texts)
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
    nested = [one.name for one in schema if _is_nested(one.type)]
    if nested:
        raise Invalid(
            "imports.nested",
            f"The columns {', '.join(nested)} hold lists or records, which are no cells of a "
            "table. Write what is needed of them into columns of their own.",
        )
    bytes_ = [one.name for one in schema if _is_bytes(one.type)]
    if bytes_:
        raise Invalid(
            "imports.not_text",
            f"The columns {', '.join(bytes_)} hold bytes that are no text. Leave them out.",
        )


def _check_pages(path: Path, file: "pq.ParquetFile") -> None:
    """Refuse a file of a few bytes that unpacks to more than there is memory."""
    try:
        for group in range(file.metadata.num_row_groups):
            if sum(page_sizes(path, file.metadata, group)) > MOST_AT_ONCE:
                text = f"Its pages unpack to more than {MOST_AT_ONCE >> 20} MiB at once."
                raise Invalid("imports.too_large", f"{text} Write the file in smaller pages.")
    except BrokenPage as error:
        raise _unreadable() from error


def _is_nested(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_nested(kind.value_type)
    return bool(pa.types.is_nested(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )  # fmt: skip


def _chunks(path: Path, name: str, columns: list[str], notes: dict[str, Any]) -> Iterator[Table]:
    first = 1
    with _opened(path) as file:
        try:
            for batch in _pieces(file, chunk_rows(len(columns))):
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


def _pieces(file: "pq.ParquetFile", rows: int) -> Iterator[pa.RecordBatch]:
    """Rows in pieces that have room in memory; texts stay words of a dictionary until then.

    A word of a megabyte that stands in a million rows takes no room in the file.
    """
    for batch in file.iter_batches(batch_size=rows):
        todo = [batch]
        while todo:
            piece = todo.pop()
            if piece.num_rows > 1 and _letters(piece) > CHUNK_LETTERS:
                half = piece.num_rows // 2
                todo += [piece.slice(half), piece.slice(0, half)]
            else:
                yield piece


def _letters(batch: pa.RecordBatch) -> int:
    """Bytes of the texts of some rows."""
    return sum(_length(one) for one in batch.columns if pa.types.is_dictionary(one.type))


def _length(values: pa.DictionaryArray) -> int:
    words = values.dictionary
    if not (pa.types.is_string(words.type) or pa.types.is_large_string(words.type)):
        return 0
    lengths = pc.binary_length(words).take(values.indices)
    return int(pc.sum(lengths).as_py() or 0)


def _texts(values: pa.Array) -> pl.Series:
    """A column as texts, as they would stand in a CSV file."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _texts(_words(values.dictionary).take(values.indices))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return _series(values).cast(pl.String)
    if pa.types.is_floating(kind):
        return _of_floats(_series(values))
    if pa.types.is_date(kind):
        return _series(values).cast(pl.Date).cast(pl.String)
    return pl.Series([text_of(value) for value in values.to_pylist()], dtype=pl.String)


def _words(words: pa.Array) -> pa.Array:
    """The words of a dictionary, the longest cut as `filled` cuts cells."""
    if pa.types.is_string(words.type) or pa.types.is_large_string(words.type):
        return pc.utf8_slice_codeunits(words, 0, LONGEST_CELL + 1)
    return words


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
