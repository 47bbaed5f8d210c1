"""Packed tables are read as if they were not packed; bombs and riddles are refused."""

import gzip
import zipfile
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.etl import sources
from hub.etl.schemas import Mapping

FLOCK = b"id,sex\nA,F\nB,M\n"


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def rows(path: Path, kind: str = "animals") -> list[tuple[str, str]]:
    reading = sources.open(path, path.name, kind, Mapping())
    return [row for table in reading.chunks() for row in table.frame.select("id", "sex").rows()]


def test_a_table_packed_by_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flock.csv.gz"
    path.write_bytes(gzip.compress(FLOCK[:8]) + gzip.compress(FLOCK[8:]))
    assert rows(path) == [("A", "F"), ("B", "M")]
    assert sources.format_of(path, path.name) == "csv"
    assert sources.open(path, path.name, "animals", Mapping()).notes["packed"] == "gzip"


def test_the_table_alone_in_an_archive_is_read(tmp_path: Path) -> None:
    extras = {"__MACOSX/._flock.csv": b"x", "readme.md": b"A flock"}
    path = zipped(tmp_path / "flock.zip", **{"flock.csv": FLOCK, **extras})
    assert rows(path) == [("A", "F"), ("B", "M")]


def test_of_an_archive_that_the_hub_made_the_table_of_the_kind_is_read(tmp_path: Path) -> None:
    files = {
        "data/animals.csv": FLOCK,
        "data/records.csv": b"animal\nA\n",
        "datapackage.json": b"{}",
    }
    assert len(rows(zipped(tmp_path / "export.zip", **files))) == 2


def test_what_was_unpacked_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    path = tmp_path / "flock.csv.gz"
    path.write_bytes(gzip.compress(FLOCK))
    reading = sources.open(path, path.name, "animals", Mapping())
    assert len(list(place.iterdir())) == 1
    assert len(list(reading.chunks())) == 1
    assert not list(place.iterdir())
    sources.open(path, path.name, "animals", Mapping())  # and nobody reads it
    assert not list(place.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("bomb.csv.gz", gzip.compress(b"id\n" + b"A\n" * 12_000_000), "100 times its size"),
        ("cut.csv.gz", gzip.compress(FLOCK * 1000)[:-20], "was cut off"),
        ("twice.csv.gz", gzip.compress(gzip.compress(FLOCK)), "packed twice"),
        ("lab.csv.gz", gzip.compress(b"##fileformat=VCFv4.2\n#CHROM\tPOS\n"), "holds genotypes"),
    ],
)
def test_what_is_wrong_inside_is_told(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:  # fmt: skip
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid, match=why):
        sources.open(path, name, "animals", Mapping())


def test_an_archive_of_several_tables_is_a_riddle(tmp_path: Path) -> None:
    path = zipped(tmp_path / "two.zip", **{"ewes.csv": FLOCK, "rams.csv": FLOCK})
    with pytest.raises(Invalid, match=r"holds 2 files \(ewes.csv, rams.csv\); one table is read"):
        sources.open(path, path.name, "animals", Mapping())
