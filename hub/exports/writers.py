"""Tables as files, piece after piece, so that a table of any length needs the memory of one piece.

Texts that a spreadsheet would compute are protected in CSV and Excel files (`hub.tables.harmless`),
and imports take the protection off. Parquet and JSON need none.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.exports.workbook import WorkbookWriter
from hub.tables import Column, empty
from hub.tables.harmless import protected, protected_text

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}


class Writer(Protocol):
    """Writes the pieces of one table; `files` and their rows are there once it is closed."""

    files: dict[Path, int]

    def write(self, frame: pl.DataFrame) -> None: ...

    def close(self) -> None: ...


def open_writer(format_: str, folder: Path, kind: str, columns: Sequence[Column]) -> Writer:
    """A writer of a table of these columns into a folder."""
    if format_ == "xlsx":
        return WorkbookWriter(folder, kind, columns)
    return WRITERS[format_](folder / f"{kind}.{format_}", columns)


class _OneFile:
    """A table in one file, and the rows that are in it."""

    def __init__(self, path: Path) -> None:
        self.files = {path: 0}
        self._path = path

    def _count(self, frame: pl.DataFrame) -> None:
        self.files[self._path] += frame.height


class CsvWriter(_OneFile):
    """CSV (RFC 4180) in UTF-8; an empty cell is a missing value."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        super().__init__(path)
        self._texts = [one.name for one in columns if one.dtype is pl.String]
        self._file = path.open("wb")
        header = empty(columns)
        header.columns = [protected_text(one) for one in header.columns]
        header.write_csv(self._file, include_header=True)

    def write(self, frame: pl.DataFrame) -> None:
        safe = frame.with_columns(protected(name) for name in self._texts)
        safe.write_csv(self._file, include_header=False)
        self._count(frame)

    def close(self) -> None:
        self._file.close()


class JsonLinesWriter(_OneFile):
    """One JSON object a line; missing values are null."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        super().__init__(path)
        self._file = path.open("wb")

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_ndjson(self._file)
        self._count(frame)

    def close(self) -> None:
        self._file.close()


class JsonWriter(_OneFile):
    """One JSON array of objects, an object a line."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        super().__init__(path)
        self._file = path.open("wb")
        self._before = b"[\n"

    def write(self, frame: pl.DataFrame) -> None:
        """Lines become items: a line break within a text is written as two characters."""
        lines = frame.write_ndjson().rstrip("\n").replace("\n", ",\n")
        self._file.write(self._before + lines.encode())
        self._before = b",\n"
        self._count(frame)

    def close(self) -> None:
        self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")
        self._file.close()


class ParquetWriter(_OneFile):
    """Parquet with a row group for each piece; units and sentences stand with the columns."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        super().__init__(path)
        found = empty(columns).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        self._schema = pa.schema(
            field.with_metadata({"description": one.sentence, "unit": one.unit})
            for field, one in zip(found, columns, strict=True)
        )
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer.write_table(table.cast(self._schema))
        self._count(frame)

    def close(self) -> None:
        self._writer.close()


WRITERS: dict[str, Callable[[Path, Sequence[Column]], Writer]] = {
    "csv": CsvWriter, "json": JsonWriter, "jsonl": JsonLinesWriter, "parquet": ParquetWriter,
}  # fmt: skip
