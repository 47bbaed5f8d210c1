"""The demonstration files: the same every time, plausible, and wrong only where they say so."""

import csv
import hashlib
import io
import os
import subprocess
import sys
from datetime import date

import pandas as pd
import pytest

from hub.local.demo import ANIMAL_COLUMNS, make_demonstration
from hub.local.demo_errors import PlantedError


@pytest.fixture(scope="module")
def demo():
    return make_demonstration()


@pytest.fixture(scope="module")
def tables(demo):
    """Each farm's files as rows, every value as it stands in the text."""
    return {
        farm.code: {
            "animals": list(csv.DictReader(io.StringIO(farm.animals_csv))),
            "records": list(csv.DictReader(io.StringIO(farm.records_csv))),
        }
        for farm in demo.farms
    }


def digest(demo):
    text = "".join(farm.animals_csv + farm.records_csv for farm in demo.farms)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process(demo):
    code = (
        "import hashlib; from hub.local.demo import make_demonstration as make; d = make();"
        "t = ''.join(f.animals_csv + f.records_csv for f in d.farms);"
        "print(hashlib.sha256(t.encode()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest(demo)


def test_another_seed_gives_other_animals(demo):
    assert digest(make_demonstration(seed=7)) != digest(demo)


def test_studs_come_first_and_are_shared(demo):
    assert [farm.shared for farm in demo.farms] == [True] * 2 + [False] * 5
    species = [farm.species for farm in demo.farms if not farm.shared]
    assert species.count("sheep") == 3
    assert species.count("cattle") == 2


def test_the_size_is_what_a_first_start_can_load(tables):
    animals = sum(len(files["animals"]) for files in tables.values())
    records = sum(len(files["records"]) for files in tables.values())
    assert 2_500 < animals < 3_500
    assert 20_000 < records < 40_000


def test_tags_are_unique_over_all_farms_but_for_the_planted_double(demo, tables):
    tags = [row["id"] for files in tables.values() for row in files["animals"]]
    double = next(e for e in demo.planted_errors if "twice" in e.what)
    assert {tag for tag in tags if tags.count(tag) > 1} == {double.value}


def test_parents_stand_in_the_farms_own_file_or_in_a_studs(demo, tables):
    stud_tags = {
        row["id"] for farm in demo.farms if farm.shared for row in tables[farm.code]["animals"]
    }
    for files in tables.values():
        own = {row["id"] for row in files["animals"]}
        named = {row[side] for row in files["animals"] for side in ("sire", "dam")} - {""}
        assert named <= own | stud_tags


def test_rams_of_the_circle_are_used_on_several_farms(tables):
    """What connects the flocks, so that their breeding values can be compared."""
    users: dict[str, set[str]] = {}
    for code in ("HILL", "BROOK", "MOOR"):
        for row in tables[code]["animals"]:
            if row["sire"].startswith("UK0700112") and row["breed"] == "Texel":
                users.setdefault(row["sire"], set()).add(code)
    assert sum(len(farms) >= 2 for farms in users.values()) >= 0.8 * len(users)


def test_planted_errors_stand_where_the_list_says(demo, tables):
    assert len(demo.planted_errors) == 9
    for error in demo.planted_errors:
        assert tables[error.farm][error.file][error.row - 2][error.column] == error.value


def test_plain_checks_find_the_planted_errors_and_nothing_else(demo, tables):
    found = {(e.farm, e.file, e.row) for e in _problems(tables)}
    assert found == {(e.farm, e.file, e.row) for e in demo.planted_errors}


def _problems(tables):
    animals = {row["id"]: row for files in tables.values() for row in files["animals"]}
    for code, files in tables.items():
        seen = set()
        for line, row in enumerate(files["animals"], start=2):
            where = (code, "animals", line)
            if row["id"] in seen:
                yield PlantedError(*where, "id", row["id"], "double")
            seen.add(row["id"])
            if not _is_date(row["birth_date"]):
                yield PlantedError(*where, "birth_date", row["birth_date"], "no date")
            for side, sex in (("sire", "M"), ("dam", "F")):
                parent = animals.get(row[side])
                if parent and parent["sex"] != sex:
                    yield PlantedError(*where, side, row[side], "sex")
                if parent and parent["birth_date"] >= row["birth_date"]:
                    yield PlantedError(*where, side, row[side], "younger")
        for line, row in enumerate(files["records"], start=2):
            where = (code, "records", line)
            if row["animal"] not in animals:
                yield PlantedError(*where, "animal", row["animal"], "unknown")
            elif row["date"] < animals[row["animal"]]["birth_date"]:
                yield PlantedError(*where, "date", row["date"], "before birth")
            if not 0 < float(row["value"]) < (10_000 if "cell" in row["trait"] else 100):
                yield PlantedError(*where, "value", row["value"], "implausible")


def _is_date(text):
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def test_the_loop_is_a_loop(demo, tables):
    loop = next(e for e in demo.planted_errors if "ancestor" in e.what)
    ewe = tables["MOOR"]["animals"][loop.row - 2]
    daughter = next(row for row in tables["MOOR"]["animals"] if row["id"] == ewe["dam"])
    assert daughter["dam"] == ewe["id"]


@pytest.mark.parametrize(
    ("trait", "low", "high", "deviation"),
    [
        ("birth_weight", 4.2, 5.0, (0.6, 1.1)),
        ("weaning_weight", 30, 36, (4, 7)),
        ("milk_yield", 26, 32, (5, 8)),
        ("fat_percent", 4.0, 4.4, (0.4, 0.7)),
        ("protein_percent", 3.3, 3.6, (0.15, 0.35)),
    ],
)
def test_means_and_spread_are_plausible(demo, trait, low, high, deviation):
    files = [pd.read_csv(io.StringIO(f.records_csv)) for f in demo.farms if f.records_csv]
    values = pd.concat(files).query("trait == @trait and 0 < value < 100")["value"]
    assert low < values.mean() < high
    assert deviation[0] < values.std() < deviation[1]


def test_litters_have_the_wanted_size(tables):
    births: dict[tuple[str, str], int] = {}
    for row in tables["HILL"]["animals"]:
        if row["dam"]:
            birth = (row["dam"], row["birth_date"])
            births[birth] = births.get(birth, 0) + 1
    assert 1.6 < sum(births.values()) / len(births) < 1.8


def test_true_breeding_values_cover_all_animals_and_stay_out_of_the_files(demo, tables):
    tags = {row["id"] for files in tables.values() for row in files["animals"]}
    assert set(demo.true_breeding_values["id"]) == tags
    assert tuple(tables["HILL"]["animals"][0]) == ANIMAL_COLUMNS
    assert not {"breeding_value", "true_value"} & set(tables["HILL"]["records"][0])


def test_write_makes_one_folder_a_farm(demo, tmp_path):
    demo.write(tmp_path)
    assert (tmp_path / "HILL" / "animals.csv").read_text() == demo.by_code["HILL"].animals_csv
    assert (tmp_path / "POLD" / "records.csv").exists()
    assert not (tmp_path / "BULLS" / "records.csv").exists()
