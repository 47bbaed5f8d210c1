"""Delimited text is read with the row numbers of a spreadsheet, whatever wrote it."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.etl import sources
from hub.etl.read import LONGEST_CELL, ROW, Table
from hub.etl.schemas import Mapping
from hub.etl.sources import delimited, encoding, reading

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=6)
PLAIN = st.text("abc12.- äß", max_size=4)


def read(path: Path, content: bytes) -> Table:
    path.write_bytes(content)
    opened = delimited.open(path, "file.csv", "records", Mapping())
    tables = list(opened.chunks())
    frame = pl.concat([table.frame for table in tables])
    ragged = {row: cells for table in tables for row, cells in table.ragged.items()}
    return Table("file.csv", frame, ragged, opened.notes)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("delimited") / "file.csv"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(CELLS | PLAIN, CELLS | PLAIN, PLAIN), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_writes_is_read_back(
    path: Path, cells: list[tuple[str, str, str]], quoting: int, end: str
) -> None:
    # Python 3.11 leaves a lone carriage return without quotes, which then ends a line
    assume(quoting == csv.QUOTE_ALL or not any("\r" in "".join(row) for row in cells))
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator=end)
    writer.writerow(["a", "b", "c"])
    writer.writerows([("x", *row[1:]) for row in cells])
    table = read(path, text.getvalue().encode())
    stripped = pl.DataFrame(
        [("x", *row[1:]) for row in cells], schema=["a", "b", "c"], orient="row"
    ).select(pl.all().str.strip_chars())
    told = [tuple(value or "" for value in row[1:]) for row in rows(table)]
    assert told == stripped.rows()
    assert table.frame[ROW].to_list() == list(range(2, len(cells) + 2))
    assert not table.ragged


def test_empty_lines_are_counted_and_ragged_rows_are_told(path: Path) -> None:
    table = read(path, b"a,b\n1,2\n\n3,4,5\n6\n7,8,\n,\n9,10\n")
    assert rows(table) == [(2, "1", "2"), (4, "3", "4"), (5, "6", None), (6, "7", "8"),
                           (8, "9", "10")]  # fmt: skip
    assert table.ragged == {4: 3, 5: 1}


def test_a_delimiter_at_the_end_of_every_line_is_no_column(path: Path) -> None:
    table = read(path, b"a;b;\n1;2;\n3;4;\n")
    assert (table.columns, rows(table)) == (["a", "b"], [(2, "1", "2"), (3, "3", "4")])


@pytest.mark.parametrize(
    ("codec", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_encodings_are_found_and_reported(path: Path, codec: str, told: str) -> None:
    table = read(path, "id,name\n1,Zoë Müller\n2,Åse\n".encode(codec))
    assert rows(table) == [(2, "1", "Zoë Müller"), (3, "2", "Åse")]
    assert table.notes["encoding"] == told


def test_a_text_of_another_alphabet_is_guessed_and_said_so(path: Path) -> None:
    said = "корова здорова, отёл прошёл легко. телёнок встал через час и хорошо сосёт"
    text = "id;примечание\n" + "".join(f"{i};{said}\n" for i in range(20))
    table = read(path, text.encode("cp1251"))
    assert table.frame["примечание"][0] == said
    assert table.notes["encoding_guessed"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines_of_any_system_may_be_mixed(path: Path, end: str) -> None:
    table = read(path, f"a,b\n1,2{end}3,4\r\n5,6\n".encode())
    assert rows(table) == [(2, "1", "2"), (3, "3", "4"), (4, "5", "6")]


def test_ends_of_lines_in_quotes_belong_to_the_cell(path: Path) -> None:
    table = read(path, b'a,b\n1,"two\nlines"\n3,4\n')
    assert rows(table) == [(2, "1", "two\nlines"), (3, "3", "4")]


def test_a_cell_of_200_kilobytes_is_cut_and_recognizable(path: Path) -> None:
    table = read(path, b"a,b\n1," + b"x" * 200_000 + b"\n2,y\n")
    assert table.frame["b"].str.len_chars().to_list() == [LONGEST_CELL + 1, 1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no header"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n3,\x00\n", "not text"),
        (b"a,a\n1,2\n", "more than once"),
        (b"a,,c\n1,2,3\n", "Column 2 has no name"),
        (b",".join(b"c%d" % n for n in range(20_000)) + b"\n1\n", "20,000 columns"),
        (b"a,b\n" + b"1" * (encoding.LONGEST_LINE + encoding.BLOCK), "no table"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(
    path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        read(path, content)


def test_chunks_hold_all_rows_once_in_their_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 1000)
    monkeypatch.setattr(encoding, "BLOCK", 1 << 13)
    lines = [f"T{n},{n}" if n % 997 else f'"T{n}",{n}' for n in range(1, 20_000)]
    path.write_text("\n".join(["animal,value", *lines]))
    tables = list(sources.open(path, "f.csv", "records", Mapping()).chunks())
    assert len(tables) > 10
    frame = pl.concat([table.frame for table in tables])
    assert frame["value"].cast(pl.Int64).to_list() == list(range(1, 20_000))
    assert frame[ROW].to_list() == list(range(2, 20_001))
