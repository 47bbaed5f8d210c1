"""Bayesian effects in a model file: one door, the same files."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

import agrigen as ag
from agrigen.cli import main
from tests.agrigen.bayes.flock import flock

pytestmark = pytest.mark.filterwarnings("ignore::agrigen.errors.ConvergenceWarning")
OPTIONS = {"iterations": 400, "burn_in": 100, "thin": 1, "chains": 2, "seed": 4}


@pytest.fixture
def folder(tmp_path):
    genotypes, data, _, _ = flock(missing=0.02)
    genotypes.write(tmp_path / "chip.bed")
    data.to_csv(tmp_path / "records.csv", index=False)
    pd.DataFrame({"id": data["id"], "sire": "", "dam": ""}).to_csv(
        tmp_path / "pedigree.csv", index=False
    )
    return tmp_path


def model(**changes):
    return {
        "data": "records.csv",
        "genotypes": "chip.bed",
        "traits": ["y"],
        "effects": [
            {"name": "sex", "type": "fixed"},
            {"name": "g", "type": "genomic", "column": "id", "method": "bayes_c"},
        ],
        "options": OPTIONS | {"priors": {"heritability": 0.4, "pi": 0.9}},
    } | changes


def run(folder, spec):
    path = folder / "model.yaml"
    path.write_text(yaml.safe_dump(spec))
    return main(["evaluate", str(path)])


def test_a_model_file_writes_the_usual_tables(folder, capsys):
    assert run(folder, model()) in (0, 3)
    out = folder / "results"
    effects = pd.read_csv(out / "snp_effects.csv")
    assert {"marker", "value", "sd", "inclusion"} <= set(effects.columns)
    solutions = pd.read_csv(out / "solutions.csv")
    assert set(solutions.effect) == {"(Intercept)", "sex", "g"}
    variances = pd.read_csv(out / "variances.csv")
    assert list(variances.effect) == ["g", "residual"]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["bayes"]["method"] == "bayes_c"
    assert {row["parameter"] for row in summary["bayes"]["parameters"]} >= {"genetic", "residual"}
    assert summary["converged"] is (run(folder, model()) == 0)
    values = pd.read_csv(out / "breeding_values.csv").set_index("id")
    genotypes = ag.Genotypes.read(folder / "chip.bed")
    same = ag.bayes("y ~ sex + genomic(id)", pd.read_csv(folder / "records.csv"), genotypes,
                    method="bayes_c", priors={"heritability": 0.4, "pi": 0.9}, rng=4,
                    iterations=400, burn_in=100, thin=1, chains=2)  # fmt: skip
    np.testing.assert_allclose(
        values.breeding_value, same.breeding_values.breeding_value, rtol=1e-12
    )


def test_a_polygenic_effect_and_a_single_step_need_the_pedigree(folder, capsys):
    effects = [
        {"name": "g", "type": "genomic", "column": "id", "method": "bayes_b", "single_step": True},
        {"name": "a", "type": "animal", "column": "id"},
    ]
    assert run(folder, model(effects=effects, pedigree="pedigree.csv")) in (0, 3)
    values = pd.read_csv(folder / "results" / "breeding_values.csv")
    assert set(values.effect) == {"g", "a"}
    assert len(values) == 160
    capsys.readouterr()
    assert run(folder, model(effects=effects[:1])) == 2
    assert "names no pedigree" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"iterations": 10, "burn_in": 20}}, "fewer than the 10 iterations"),
        ({"options": {"laps": 10}}, "A Bayesian effect has the key 'laps'"),
        ({"options": {"priors": {"h2": 0.5}}}, "The priors have the key 'h2'"),
        ({"options": {"priors": "flat"}}, "priors by name"),
        ({"estimate": "reml", "options": {}}, "has no estimate"),
        ({"variances": {"g": 1.0, "residual": 1.0}}, "has no variances"),
        ({"traits": ["y", "w"]}, "has 2 traits"),
    ],
)
def test_bad_model_files_are_refused_in_words(folder, capsys, changes, words):
    assert run(folder, model(**changes)) == 2
    assert words in capsys.readouterr().err


def test_other_methods_have_no_single_step_key(folder, capsys):
    effects = [{"name": "g", "type": "genomic", "column": "id", "single_step": True}]
    assert run(folder, model(effects=effects, options={})) == 2
    assert "method: single_step" in capsys.readouterr().err


def test_reml_refuses_a_bayesian_effect(folder):
    data = pd.read_csv(folder / "records.csv")
    with pytest.raises(ag.ModelError, match=r"Fit it with ag\.bayes"):
        ag.reml(ag.Model("y", [ag.Genomic("g", "id", method="bayes_c")]), data,
                genotypes=ag.Genotypes.read(folder / "chip.bed"))  # fmt: skip
