"""Pedigree files that would be misread are refused in plain words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.io.csv import read_csv
from agrigen.pedigree.columns import coded


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id,sire,dam\n1,,,\n2,,,\n3,1,2,\n", "more cells than its header"),
        (b"id;sire;dam\n1;;\n", "separated by ';'"),
        ("id,sire,dam\nKÜH,,\n".encode("cp1252"), "not UTF-8"),
    ],
)
def test_a_file_that_would_be_misread_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "pedigree.csv"
    file.write_bytes(content)
    with pytest.raises(ag.DataError, match=reason):
        ag.Pedigree.read_csv(file)


PLAIN = "id,sire,dam\n1,,\nKÜH 7,1,\n 3 ,1,KÜH 7\n4,3,NA\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "id,sire,dam\n1,,\n2,1\n",
        'id,sire,dam\n"1",,\n"2, the second",1,\n',
        "id,sire,dam,sire\n1,,,\n",
        "id,sire,dam\n\n1,,\n\n2,1,\n",
        "id,sire,dam\n",
        "\ufeffid,sire,dam\n1,,\n",
    ],
)
def test_both_readers_give_the_same_table(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pedigree.csv"
    file.write_bytes(text.encode())
    expected = pd.read_csv(file, dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(read_csv(file, "pedigree"), expected)


def test_a_compressed_file_is_unpacked(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["1"], "sire": [""], "dam": [""]}).to_csv(
        tmp_path / "p.csv.gz", index=False
    )
    assert list(ag.Pedigree.read_csv(tmp_path / "p.csv.gz").ids) == ["1"]


@pytest.mark.parametrize(
    "column",
    [
        ["7", " 8", "9 ", "", "NA", "8", "0"],
        [7, 8, 9, 0, 0, 8, 0],
        [7.0, 8.0, 9.0, None, 0.0, 8.0, None],
        pd.Series([7, 8, 9, None, 0, 8, None], dtype="Int64"),
        np.array(["7", 8, 9.0, None, "", "8", "."], dtype=object),
        pd.Series(["7", "8", "9", "", "0", "8", None], dtype="string[python]"),
        pd.Categorical(["7", "8", "9", "", "0", "8", None]),
    ],
)
def test_ids_mean_the_same_however_they_are_kept(column) -> None:
    found = coded(column)
    assert found.codes.tolist() == [0, 1, 2, -1, -1, 1, -1]
    assert found.texts == ["7", "8", "9"]


@pytest.mark.parametrize("ids", [[1, 2, 3], ["1", "2", "3"], np.array(["1", "2", "3"], object)])
def test_many_animals_are_found_at_once(ids) -> None:
    pedigree = ag.Pedigree(ids, [0, 1, 1], [0, 0, 2])
    for wanted in (["3", "1", "9", "", " 2"], np.array(["3", 1, 9, 0, 2], object), [3, 1, 9, 0, 2]):
        assert pedigree.index_many(wanted).tolist() == [2, 0, -1, -1, 1]
