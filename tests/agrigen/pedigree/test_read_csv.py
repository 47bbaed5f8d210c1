"""Pedigree files that would be misread are refused in plain words."""

from pathlib import Path

import pytest

import agrigen as ag


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
