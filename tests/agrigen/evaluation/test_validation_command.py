"""The command that validates a model file."""

import io

import pandas as pd
import pytest

import agrigen as ag
from agrigen.cli import main
from tests.agrigen.evaluation.test_validation import VARIANCES, population

MODEL = """
data: records.csv
pedigree: pedigree.csv
traits: [milk]
effects:
  - {name: farm, type: fixed}
  - {name: age, type: covariate}
  - {name: a, type: animal}
variances: {a: 0.4, residual: 0.6}
"""


@pytest.fixture
def model(tmp_path):
    """A model file with its records and pedigree."""
    data, pedigree, _ = population(1, animals=80)
    data.to_csv(tmp_path / "records.csv", index=False)
    pedigree.to_frame()[["id", "sire", "dam"]].to_csv(tmp_path / "pedigree.csv", index=False)
    (tmp_path / "model.yaml").write_text(MODEL)
    return str(tmp_path / "model.yaml")


def test_a_cut_gives_the_table_of_the_library(model, capsys):
    assert main(["validate", model, "--column", "generation", "--after", "2", "--csv"]) == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    data, pedigree, _ = population(1, animals=80)
    spec = ag.load_model(model)
    ours = ag.validate(spec.model, data, pedigree, VARIANCES, column="generation", after=2).table
    assert table["dispersion"].tolist() == pytest.approx(ours["dispersion"].tolist(), abs=1e-9)


def test_parts_are_hidden_one_at_a_time(model, capsys):
    assert main(["validate", model, "--folds", "3"]) == 0
    assert "Validation in 3 folds" in capsys.readouterr().out
    assert main(["validate", model, "--column", "date", "--after", "2022-06-30"]) == 0


def test_one_way_of_hiding_is_needed(model, capsys):
    assert main(["validate", model]) == 2
    assert main(["validate", model, "--folds", "3", "--column", "date", "--after", "2"]) == 2
    assert "Say what to hide" in capsys.readouterr().err
