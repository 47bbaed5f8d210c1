"""The commands between our files and those of other programs."""

import io

import pandas as pd
import pytest

from agrigen.cli import main
from tests.agrigen.reference.dense_blupf90 import solve_job, write_solutions

MODEL = """
data: records.csv
pedigree: pedigree.csv
traits: [weight]
effects:
  - {name: farm, type: fixed}
  - {name: a, type: animal}
variances: {a: 8.0, residual: 14.0}
inbreeding: false
output: results
"""


@pytest.fixture
def folder(flock, tmp_path):
    """A folder with a model file and its CSV files."""
    data, pedigree = flock
    data.to_csv(tmp_path / "records.csv", index=False)
    pedigree.to_frame()[["id", "sire", "dam"]].to_csv(tmp_path / "pedigree.csv", index=False)
    (tmp_path / "model.yaml").write_text(MODEL)
    return tmp_path


def breeding_values(path) -> pd.Series:
    """Written breeding values by animal."""
    frame = pd.read_csv(path / "solutions.csv").query("effect in ('a', 'effect2', 'animal')")
    return frame.set_index("level")["solution"]


def test_a_model_goes_to_blupf90_and_back(folder, capsys):
    assert main(["evaluate", str(folder / "model.yaml")]) == 0
    export = ["export", "blupf90", str(folder / "model.yaml"), "--output", str(folder / "job")]
    assert main(export) == 0
    assert "renf90.par" in capsys.readouterr().out
    job = str(folder / "job" / "renf90.par")
    assert main(["convert", "blupf90", job, "--output", str(folder / "back")]) == 0
    assert "written to" in capsys.readouterr().out
    assert main(["evaluate", str(folder / "back" / "model.yaml")]) == 0
    ours = breeding_values(folder / "results")
    there = breeding_values(folder / "back" / "results")
    assert (ours - there.reindex(ours.index)).abs().max() < 1e-8


def test_solutions_of_blupf90_are_printed_with_names(folder, capsys):
    model, job = str(folder / "model.yaml"), folder / "job"
    assert main(["export", "blupf90", model, "--output", str(job)]) == 0
    path = write_solutions(job / "solutions", solve_job(job / "renf90.par"))
    capsys.readouterr()
    assert main(["solutions", str(path), "--job", str(job)]) == 0
    frame = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert set(frame["effect"]) == {"(Intercept)", "farm", "a"}
    assert set(frame.query("effect == 'farm'")["level"]) == {"north", "south", "west"}


def test_an_instruction_is_written_and_read(folder, capsys):
    model, job = str(folder / "model.yaml"), folder / "job"
    assert main(["export", "renumf90", model, "--output", str(job)]) == 0
    convert = ["convert", "blupf90", str(job / "renum.par"), "--output", str(folder / "back")]
    assert main(convert) == 0
    assert (folder / "back" / "pedigree.csv").exists()


def test_a_job_that_cannot_be_read_is_bad_input(tmp_path, capsys):
    path = tmp_path / "none.par"
    assert main(["convert", "dmu", str(path), "--output", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
