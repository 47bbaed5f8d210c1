"""Rows on their way from a file into the database, kept as Parquet in the object store.

What an attempt has stored here, the next one after a crash goes on with. The manifest (in
`import.stage`) names the objects; equal rows are the same object, so writing twice is harmless.
"""

import io
from collections.abc import Iterator
from typing import Any

import polars as pl
from pydantic import BaseModel, Field

from hub.etl.attributes import Numeric
from hub.etl.read import CELLS, ROW, Table
from hub.storage.objects import ObjectStore


class Chunk(BaseModel):
    """Some rows of the file, one after the other, and the objects with them.

    `text` is what was read, `clean` the same after cleaning, `good` what is to be stored.
    """

    text: str
    clean: str = ""
    good: str = ""
    rows: int
    records: int = 0
    last: int


class Manifest(BaseModel):
    """How far an import is. `mark` rises with every checkpoint, of which there is one writer."""

    mark: int = 0
    name: str = ""
    columns: list[str] = Field(default_factory=list)
    notes: dict[str, Any] = Field(default_factory=dict)
    chunks: list[Chunk] = Field(default_factory=list)
    numeric: Numeric = Field(default_factory=dict)
    extracted: bool = False
    cleaned: bool = False
    judged: int = 0
    """Chunks whose rows were judged one by one."""
    compared: int = -1
    """Chunks whose rows were compared across the file; -1: not begun."""
    late: str = ""
    """Object with the rows that only the comparison found."""
    parents: str = ""
    """Object with parents that animals need and no row brings."""
    loaded: int = 0
    """Chunks, or rows of files that are loaded as a whole, that are loaded."""

    @property
    def records(self) -> int:
        return sum(chunk.records for chunk in self.chunks)


def put(objects: ObjectStore, frame: pl.DataFrame) -> str:
    """Keep a frame; equal frames are one object."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="lz4", statistics=False)
    return objects.put(content.getvalue())


def get(objects: ObjectStore, digest: str, columns: list[str] | None = None) -> pl.DataFrame:
    with objects.local(digest) as path:
        return pl.read_parquet(path, columns=columns, memory_map=False)


def put_table(objects: ObjectStore, table: Table) -> str:
    """Keep rows of a file, with the numbers of cells of ragged ones."""
    cells = [table.ragged.get(row) for row in table.frame[ROW]] if table.ragged else None
    kept = pl.Series(CELLS, cells, dtype=pl.Int32) if cells else pl.lit(None, pl.Int32).alias(CELLS)
    return put(objects, table.frame.with_columns(kept))


def table_of(objects: ObjectStore, manifest: Manifest, chunk: Chunk) -> Table:
    """The rows of a chunk as they are judged."""
    return _table(get(objects, chunk.clean or chunk.text), manifest)


def text_of(objects: ObjectStore, manifest: Manifest, chunk: Chunk) -> Table:
    """The rows of a chunk as they were read."""
    return _table(get(objects, chunk.text), manifest)


def whole(objects: ObjectStore, manifest: Manifest) -> Table:
    """All rows, for kinds that are judged as a whole."""
    frames = [get(objects, chunk.clean or chunk.text) for chunk in manifest.chunks]
    return _table(pl.concat(frames), manifest)


def _table(frame: pl.DataFrame, manifest: Manifest) -> Table:
    odd = frame.filter(pl.col(CELLS).is_not_null()).select(ROW, CELLS)
    return Table(manifest.name, frame.drop(CELLS), dict(odd.iter_rows()), manifest.notes)


def good_rows(
    objects: ObjectStore, manifest: Manifest, columns: list[str]
) -> Iterator[pl.DataFrame]:
    """Some columns of what is to be stored, chunk after chunk."""
    for chunk in manifest.chunks:
        yield get(objects, chunk.good, columns)
