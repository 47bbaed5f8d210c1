"""Tables as Parquet files that are equal to the last byte when the tables are equal."""

import io
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def to_bytes(frame: pd.DataFrame) -> bytes:
    """The table in its order of rows, without index, times or anything else of this moment."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
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
