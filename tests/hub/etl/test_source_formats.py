"""Files of every format become the same rows of texts; what harms or cannot be read is refused."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.etl import sources
from hub.etl.read import ROW
from hub.etl.schemas import Mapping

Read = Callable[..., tuple[list[dict[str, Any]], dict[str, Any]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return lambda content, kind="animals", **mapping: rows_of(tmp_path, content, kind, **mapping)


def rows_of(
    folder: Path, content: bytes | str, kind: str, **mapping: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = sources.open(path, "file", kind, Mapping(**mapping))
    frames = [table.frame for table in reading.chunks()]
    assert all(frame.columns == [ROW, *reading.columns] for frame in frames)
    return pl.concat(frames).to_dicts(), reading.notes


def parquet(tmp_path: Path, **columns: Any) -> bytes:
    path = tmp_path / "made.parquet"
    pq.write_table(pa.table(columns), path)
    return path.read_bytes()


def test_parquet_gives_what_a_csv_file_would_hold(read: Read, tmp_path: Path) -> None:
    content = parquet(
        tmp_path, id=["A1", " A2 ", None], dam=[12.0, None, float("nan")],
        birth_date=[date(2020, 3, 1), None, None], weight=[31.5, 4.0, None],
        seen=[datetime(2020, 3, 1), datetime(2020, 3, 1, 6, 30), None],
        kept=[True, False, None], breed=pa.array(["Texel", "Texel", None]).dictionary_encode(),
    )  # fmt: skip
    rows, notes = read(content)
    assert rows == [
        {ROW: 1, "id": "A1", "dam": "12", "birth_date": "2020-03-01", "weight": "31.5",
         "seen": "2020-03-01", "kept": "yes", "breed": "Texel"},
        {ROW: 2, "id": "A2", "dam": None, "birth_date": None, "weight": "4",
         "seen": "2020-03-01 06:30:00", "kept": "no", "breed": "Texel"},
    ]  # fmt: skip
    assert notes["parser"].startswith("pyarrow ")


def test_parquet_that_is_cut_off_or_holds_bytes_is_refused(read: Read, tmp_path: Path) -> None:
    whole = parquet(tmp_path, id=["A1", "A2"])
    for cut in (whole[:-20], whole[:30], whole[:40] + whole[60:]):
        with pytest.raises(Invalid, match=r"damaged|cut off"):
            read(cut)
    with pytest.raises(Invalid, match="hold bytes"):
        read(parquet(tmp_path, id=["A1"], photo=[b"\x00\xff"]))
    with pytest.raises(Invalid, match="no rows"):
        read(parquet(tmp_path, id=pa.array([], pa.string())))


LINES = '{"id": "A1", "weight": 31.50}\n\n{"id": "A2", "dam": {"tag": "E1"}, "twin": true}\n'


def test_json_lines_a_list_and_a_list_in_an_object_give_the_same_rows(read: Read) -> None:
    objects = [json.loads(line) for line in LINES.splitlines() if line]
    wanted = [
        {"id": "A1", "weight": "31.50", "dam.tag": None, "twin": None},
        {"id": "A2", "weight": None, "dam.tag": "E1", "twin": "yes"},
    ]
    lines, notes = read(LINES)
    assert [one.pop(ROW) for one in lines] == [1, 3]
    assert lines == wanted
    assert notes["format"] == "lines"
    wanted[0]["weight"] = "31.5"
    for content in (objects, {"count": 2, "data": objects}):
        rows, _ = read(json.dumps(content, indent=1))
        assert [one.pop(ROW) for one in rows] == [1, 2]
        assert rows == wanted


@pytest.mark.parametrize(
    "content",
    [
        '{"id": "A1"}\n{"id": \n', '[{"id": "A1"}, 5]', '[{"id": "A1"}', "[" * 5000,
        '{"id": "A1", "id": "A2"}\n', '{"a": [{"id": 1}], "b": [{"id": 2}]}', "[]",
        '{"id": "A1", "": 3}\n', '{"_row": 5, "id": "A1"}\n',
        '{"id": ' + '{"a":' * 50 + "1" + "}" * 51 + "\n",
    ],
)  # fmt: skip
def test_json_that_is_no_table_is_refused_with_the_place(read: Read, content: str) -> None:
    with pytest.raises(Invalid):
        read(content)


def test_a_list_is_read_in_pieces_wherever_they_end(read: Read, tmp_path: Path) -> None:
    objects = [{"id": f"A{number}", "text": 'ü\\"]' * 40} for number in range(40_000)]
    rows, _ = read(json.dumps(objects, ensure_ascii=False))
    assert [one["id"] for one in rows] == [one["id"] for one in objects]
    assert {one["text"] for one in rows} == {objects[0]["text"]}


cells = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]),
                                     max_size=8))  # fmt: skip


@given(st.lists(st.fixed_dictionaries({"id": st.just("A"), "name": cells}), min_size=1, max_size=9))
def test_json_and_parquet_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    from_json, _ = rows_of(folder, json.dumps(objects), "animals")
    names = pa.array([one["name"] for one in objects], pa.string())
    ids = [one["id"] for one in objects]
    from_parquet, _ = rows_of(folder, parquet(folder, id=ids, name=names), "animals")
    assert from_json == from_parquet


def test_messages_of_icar_become_rows_of_their_kind(read: Read) -> None:
    animal = {"scheme": "org.example", "id": "L1"}
    weights = [
        {"resourceType": "icarWeightEventResource", "animal": animal,
         "eventDateTime": "2020-06-20T10:00:00Z", "weight": {"measurement": kg, "units": unit}}
        for kg, unit in ((31.5, "KGM"), (31500, "GRM"))
    ]  # fmt: skip
    rows, notes = read(json.dumps({"member": weights}), "records")
    assert {(one["animal"], one["trait"], one["date"], one["value"]) for one in rows} == {
        ("L1", "weight", "2020-06-20", "31.5")
    }
    assert notes["parser"].startswith("agrigen ICAR ADE")
    lamb = {
        "resourceType": "icarAnimalCoreResource", "identifier": animal, "specie": "Sheep",
        "gender": "Female", "birthDate": "2020-03-01T12:00:00Z",
        "parentage": [{"parentOf": animal, "gender": "Male", "relation": "Genetic",
                       "identifier": {"scheme": "org.example", "id": "R1"}}],
    }  # fmt: skip
    [row], _ = read(json.dumps([lamb]), "animals")
    assert (row["id"], row["sex"], row["birth_date"], row["sire"], row["dam"]) == (
        "L1", "F", "2020-03-01", "R1", None,
    )  # fmt: skip
    day = {
        "resourceType": "icarTestDayResultEventResource", "animal": animal,
        "eventDateTime": "2020-06-20T10:00:00Z",
        "milkWeight24Hours": {"unitCode": "KGM", "value": 28.4},
        "milkCharacteristics": [{"characteristic": "FAT", "value": "4.1"}],
    }  # fmt: skip
    [row], _ = read(json.dumps(day), "milk_recording")
    assert (row["milk_yield"], row["fat_percent"]) == ("28.4", "4.1")
    with pytest.raises(Invalid, match="Message 1 is a icarTestDay"):
        read(json.dumps([day]), "animals")


FIXED = """\
animal   date        milk   fat
DE001    2020-06-20  28.4   4.1
DE002    2020-06-20         3.9
DE003    2020-06-20  25.0
"""


def test_fixed_columns_keep_their_empty_places(read: Read) -> None:
    rows, notes = read(FIXED, "milk_recording")
    assert notes["format"] == "fixed"
    assert [(one[ROW], one["milk"], one["fat"]) for one in rows] == [
        (2, "28.4", "4.1"), (3, None, "3.9"), (4, "25.0", None),
    ]  # fmt: skip


def test_a_pedigree_of_blupf90_needs_no_header(read: Read) -> None:
    rows, notes = read("1 0 0\n2 0 0\n3 1 2\n", "animals")
    assert notes["format"] == "blupf90_pedigree"
    assert rows[2] == {ROW: 3, "id": "3", "sire": "1", "dam": "2"}
    assert (rows[0]["sire"], rows[0]["dam"]) == (None, None)
    rows, notes = read("3 1 31.5\n4 2 28.0\n", "records", columns={"animal": "1"})
    assert (notes["format"], rows[1]["3"]) == ("blupf90_data", "28.0")


def test_a_file_of_sqlite_is_read_and_nothing_in_it_runs(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "herd.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE cows (id, birth_date, weight)")
        made.execute("CREATE TABLE other (x)")
        made.execute("INSERT INTO cows VALUES ('A1', '2020-01-01', 31.0), ('A2', NULL, 4.25)")
    rows, notes = read(path.read_bytes())
    assert notes["table"] == "cows"
    assert rows == [
        {ROW: 1, "id": "A1", "birth_date": "2020-01-01", "weight": "31"},
        {ROW: 2, "id": "A2", "birth_date": None, "weight": "4.25"},
    ]
    with pytest.raises(Invalid, match="no table 'Sheep'"):
        read(path.read_bytes(), sheet="Sheep")
    with sqlite3.connect(path) as made:
        made.execute("CREATE VIEW animals AS SELECT load_extension('/tmp/x') AS id")
    with pytest.raises(Invalid, match="no table 'animals'"):
        read(path.read_bytes(), sheet="animals")
    with pytest.raises(Invalid):
        read(path.read_bytes()[:5000])


def test_genotypes_are_no_import(read: Read) -> None:
    for content in ("[Header]\nGSGT Version\n", "##fileformat=VCFv4.2\n"):
        with pytest.raises(Invalid, match="genotype set"):
            read(content)
