"""`agrigen lactation`: test days in, yields out."""

import io

import pandas as pd
import pytest

from agrigen.cli import main

ICAR = (
    [14, 42, 72, 104, 130, 158, 184, 216, 242, 270],
    [28.2, 24.8, 26.6, 23.2, 20.2, 17.8, 13.2, 9.6, 5.8, 4.4],
    [3.65, 3.45, 3.40, 3.55, 3.85, 4.05, 4.45, 4.65, 4.95, 5.25],
)


@pytest.fixture
def file(tmp_path):
    """The example of the guideline, and a cow in progress."""
    dim, milk, fat = ICAR
    icar = pd.DataFrame({"lactation": "icar", "dim": dim, "milk": milk, "fat": fat, "end": 281})
    young = pd.DataFrame({"lactation": "young", "dim": [20, 50], "milk": [28.0, 30.0]})
    path = tmp_path / "tests.csv"
    pd.concat([icar, young]).to_csv(path, index=False)
    return path


def test_the_example_of_icar_comes_out(file, capsys):
    assert main(["lactation", str(file)]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out), index_col="lactation")
    assert found.loc["icar", "milk_kg"] == 4960.0
    assert found.loc["icar", "fat_kg"] == pytest.approx(189.52, abs=0.005)
    assert pd.isna(found.loc["young", "milk_305_kg"])


def test_lactations_in_progress_are_projected_on_wish(file, tmp_path):
    output = tmp_path / "yields.csv"
    assert main(["lactation", str(file), "--project", "-o", str(output)]) == 0
    found = pd.read_csv(output, index_col="lactation")
    assert pd.isna(found.loc["icar", "projected_kg"])
    assert 6000 < found.loc["young", "projected_kg"] < 9500
    assert 0.4 < found.loc["young", "reliability"] < 0.9


def test_where_all_are_finished_nothing_is_projected(file, capsys):
    whole = pd.read_csv(file)
    whole[whole["lactation"] == "icar"].to_csv(file, index=False)
    assert main(["lactation", str(file), "--project"]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert found["projected_kg"].isna().all()


def test_a_column_that_is_missing_is_named(file, capsys):
    assert main(["lactation", str(file), "--milk", "kg"]) == 2
    assert "There is no column 'kg'" in capsys.readouterr().err
