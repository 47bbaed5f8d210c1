"""Small files that would fill the memory or never end are refused at once, or read in pieces."""

import sqlite3
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from hub.errors import Invalid
from hub.etl import sources
from hub.etl.read import Table
from hub.etl.schemas import Mapping
from hub.etl.sources import parquet as parquet_source
from hub.etl.sources import reading

SECONDS = 10.0
"""What took all memory, or an hour, takes milliseconds; the machine may be busy."""


def read(path: Path) -> list[Table]:
    before = time.monotonic()
    try:
        return list(sources.open(path, path.name, "animals", Mapping()).chunks())
    finally:
        assert time.monotonic() - before < SECONDS


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE VIEW v AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) "
         "SELECT id FROM c WHERE id < 0"],
        ["CREATE VIEW v AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
         "SELECT hex(zeroblob(8000000)) AS id FROM c"],
        ["CREATE TABLE t (n, id GENERATED ALWAYS AS (hex(zeroblob(8000000))) VIRTUAL)",
         "INSERT INTO t (n) VALUES (1), (2)"],
        ["CREATE VIRTUAL TABLE t USING fts5(id)", "INSERT INTO t VALUES ('A1')"],
    ],
    ids=["view without an end", "view of long texts", "computed texts", "virtual"],
)  # fmt: skip
def test_a_file_of_sqlite_in_which_something_would_run_is_refused(
    tmp_path: Path, statements: list[str]
) -> None:
    path = tmp_path / "herd.sqlite"
    with sqlite3.connect(path) as made:
        for statement in statements:
            made.execute(statement)
    with pytest.raises(Invalid):
        read(path)


def parquet(path: Path, column: pa.Array, **options: object) -> Path:
    pq.write_table(pa.table({"id": column}), path, **options)
    return path


def test_parquet_whose_pages_unpack_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen kilobytes unpacked to three gigabytes."""
    monkeypatch.setattr(parquet_source, "MOST_AT_ONCE", 1 << 20)
    column = pa.array(["y" * 2_000_000])
    path = parquet(tmp_path / "a", column, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 10_000
    with pytest.raises(Invalid, match="unpack"):
        read(path)


def test_parquet_with_lists_is_refused_before_one_is_read(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="lists"):
        read(parquet(tmp_path / "a", pa.array([[1] * 10])))


def test_a_long_word_that_stands_in_many_rows_of_parquet_is_read_in_pieces(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), ["x" * 1_000_000])
    path = parquet(tmp_path / "a", words, compression="zstd")
    tables = read(path)
    assert len(tables) > 5
    assert sum(table.frame.height for table in tables) == 1000
    assert {len(cell) for table in tables for cell in table.frame["id"]} == {10_001}


def test_parquet_of_many_pages_is_read_as_before(tmp_path: Path) -> None:
    column = pa.array([f"A{n}" for n in range(50_000)])
    for options in ({}, {"data_page_size": 100}, {"data_page_version": "2.0"},
                    {"use_dictionary": False}, {"compression": "none"}):  # fmt: skip
        path = parquet(tmp_path / "a", column, row_group_size=20_000, **options)
        assert sum(table.frame.height for table in read(path)) == 50_000


def test_a_damaged_header_of_a_page_is_no_error_of_ours(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a", pa.array([f"A{n}" for n in range(100)]))
    content = bytearray(path.read_bytes())
    for place in range(4, 60):
        for byte in (0x00, 0xFF, 0x9C):
            path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
            try:
                read(path)
            except Invalid:
                continue


def test_a_workbook_of_two_cells_that_stand_far_apart_is_refused(tmp_path: Path) -> None:
    for row, column in ((1820, 16_383), (1_000_000, 25)):
        book = xlsxwriter.Workbook(tmp_path / "far.xlsx")
        sheet = book.add_worksheet()
        sheet.write(0, 0, "id")
        sheet.write(row, column, "x")
        book.close()
        with pytest.raises(Invalid, match="too far"):
            read(tmp_path / "far.xlsx")


def test_rows_of_long_texts_make_small_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK_LETTERS", 1000)
    rows = [[f"A{n}", "x" * 100] for n in range(100)]
    pieces = list(reading.in_chunks(rows, 1000, lambda row: sum(map(len, row))))
    assert [row for piece in pieces for row in piece] == rows
    assert max(map(len, pieces)) == 10
