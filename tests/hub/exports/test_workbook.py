"""Tables as workbooks: nothing is lost, and every file says how much is in it."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from hub import tables
from hub.errors import TooLarge
from hub.exports import workbook
from hub.exports.writers import MEDIA, open_writer

COLUMNS = [one for one in tables.KINDS["animals"].columns if one.name in ("id", "name")]
FLOCK = pl.DataFrame({"id": ["A1", "A2", "A3"], "name": ["Dolly", None, "=1+1"]})


def test_a_table_of_several_workbooks_says_what_each_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    writer = open_writer("xlsx", tmp_path, "animals", COLUMNS)
    writer.write(FLOCK)
    writer.close()
    assert {path.name: rows for path, rows in writer.files.items()} == {
        "animals.xlsx": 2,
        "animals-2.xlsx": 1,
    }
    for path, rows in writer.files.items():
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        assert sheet.max_row - 1 == rows


@pytest.mark.parametrize("format_", MEDIA)
def test_every_format_counts_its_rows(tmp_path: Path, format_: str) -> None:
    writer = open_writer(format_, tmp_path, "animals", COLUMNS)
    for part in (FLOCK, FLOCK[:1]):
        writer.write(part)
    writer.close()
    assert list(writer.files.values()) == [4]


@pytest.mark.parametrize(
    ("letters", "length"), [("a" * 32_768, "32,768"), ("🐑" * 16_384, "32,768")]
)
def test_a_text_that_excel_would_cut_is_refused(tmp_path: Path, letters: str, length: str) -> None:
    writer = open_writer("xlsx", tmp_path, "animals", COLUMNS)
    with pytest.raises(TooLarge, match=f"name of the row with id A2 has {length}.*CSV or Parquet"):
        writer.write(FLOCK.with_columns(name=pl.Series([None, letters, "x"])))
    writer.close()


def test_the_longest_text_of_excel_comes_whole(tmp_path: Path) -> None:
    writer = open_writer("xlsx", tmp_path, "animals", COLUMNS)
    writer.write(pl.DataFrame({"id": ["A1"], "name": ["a" * 32_767]}))
    writer.close()
    sheet = openpyxl.load_workbook(tmp_path / "animals.xlsx").active
    assert sheet is not None
    assert len(str(sheet["B2"].value)) == 32_767
