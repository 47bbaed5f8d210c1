"""The `agrigen` command on files: results, exit codes, and nothing written for bad input."""

import io
import json
import signal
import subprocess
import sys

import jsonschema
import numpy as np
import pandas as pd
import pytest
import yaml

import agrigen as ag
from agrigen.cli import main
from agrigen.provenance import schema
from tests.agrigen.evaluation import examples

MODEL = """
data: records.csv
pedigree: pedigree.csv
traits: [gain]
effects:
  - {name: sex, type: fixed}
  - {name: a, type: animal}
variances: {a: 20, residual: 40}
"""


@pytest.fixture
def folder(tmp_path):
    examples.MRODE_3_1.to_csv(tmp_path / "records.csv", index=False)
    frame = examples.mrode_3_1_pedigree().to_frame()
    frame[["id", "sire", "dam"]].to_csv(tmp_path / "pedigree.csv", index=False)
    (tmp_path / "model.yaml").write_text(MODEL)
    return tmp_path


def test_evaluate_writes_what_the_model_file_promises(folder, capsys):
    assert main(["evaluate", str(folder / "model.yaml")]) == 0
    out = folder / "results"
    assert sorted(path.name for path in out.iterdir()) == [
        "breeding_values.csv",
        "provenance.json",
        "solutions.csv",
        "summary.json",
        "variances.csv",
    ]
    solutions = pd.read_csv(out / "solutions.csv")
    assert list(solutions) == [
        "effect",
        "trait",
        "level",
        "coefficient",
        "solution",
        "se",
        "reliability",
    ]
    animals = solutions[solutions.effect == "a"].solution
    assert list(animals.round(7)) == pytest.approx(
        examples.MRODE_3_1_EXPECTED["breeding_value"], abs=1e-6
    )
    variances = pd.read_csv(out / "variances.csv")
    names = ["effect", "trait_1", "trait_2", "coefficient_1", "coefficient_2", "value", "se"]
    assert list(variances) == [*names, "group"]
    assert list(variances.value) == [20, 40]
    jsonschema.validate(json.loads((out / "provenance.json").read_text()), schema())
    assert "heritability 0.333" in capsys.readouterr().out


def test_the_tables_are_the_same_bytes_again(folder):
    contents = []
    for _ in range(2):
        main(["evaluate", str(folder / "model.yaml")])
        contents.append((folder / "results" / "solutions.csv").read_bytes())
    assert contents[0] == contents[1]


def test_the_summary_as_json(folder, capsys):
    assert main(["evaluate", str(folder / "model.yaml"), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary == json.loads((folder / "results" / "summary.json").read_text())
    assert {"records", "animals", "solver", "iterations", "converged", "heritability"} <= set(
        summary
    )
    assert {"seconds", "peak_memory_mb", "version", "inputs", "log_likelihood"} <= set(summary)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("model.yaml", MODEL + "solver: fast\n", "solver is 'fast'"),
        ("records.csv", "animal,sex,gain\n99,M,1\n", "not in the pedigree: 99"),
        ("records.csv", "", "records.csv cannot be read"),
        ("pedigree.csv", "id,sire,dam\n1,2,\n2,1,\n", "A loop: 1 <- 2 <- 1"),
    ],
)
def test_bad_input_is_explained_and_nothing_written(folder, capsys, file, text, says):
    (folder / file).write_text(text)
    assert main(["evaluate", str(folder / "model.yaml")]) == 2
    assert says in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_one_line_for_each_problem(folder, capsys):
    (folder / "pedigree.csv").write_text("id,sire,dam\n1,1,\n2,2,\n")
    assert main(["inbreeding", str(folder / "pedigree.csv")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_no_convergence_is_exit_code_3_with_marked_results(folder, capsys, monkeypatch):
    monkeypatch.setattr("agrigen.evaluation.iterative.MAX_ITERATIONS", 1)
    (folder / "model.yaml").write_text(MODEL + "solver: pcg\n")
    assert main(["evaluate", str(folder / "model.yaml")]) == 3
    summary = json.loads((folder / "results" / "summary.json").read_text())
    assert summary["converged"] is False
    assert "did not converge" in capsys.readouterr().err


def test_relationship_of_two_animals(folder, capsys):
    assert main(["relationship", str(folder / "pedigree.csv"), "6", "8"]) == 0
    assert capsys.readouterr().out == "0.5\n"
    assert main(["relationship", str(folder / "pedigree.csv"), "6", "9"]) == 2
    assert "'9' is not in the pedigree" in capsys.readouterr().err


def test_inbreeding_as_csv(folder, capsys):
    (folder / "pedigree.csv").write_text("id,sire,dam\na,,\nb,a,\nc,a,b\n")
    assert main(["inbreeding", str(folder / "pedigree.csv")]) == 0
    frame = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert frame.to_dict("list") == {"id": ["a", "b", "c"], "inbreeding": [0, 0, 0.25]}


def test_the_version(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"agrigen {ag.__version__}\n"


def test_a_pedigree_file_that_is_not_there(tmp_path, capsys):
    assert main(["inbreeding", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["records.csv", "pedigree.csv"])
def test_rows_longer_than_the_header_are_refused(folder, capsys, name):
    """pandas would take the first cell for a row name: a sire would become the animal."""
    header, *rows = (folder / name).read_text().splitlines()
    (folder / name).write_text("\n".join([header, *(f"{row}," for row in rows)]))
    assert main(["evaluate", str(folder / "model.yaml")]) == 2
    assert "more cells than its header" in capsys.readouterr().err


def test_semicolons_and_other_encodings_are_named(folder, capsys):
    records = (folder / "records.csv").read_text()
    for content, reason in (
        (records.replace(",", ";").encode(), "separated by ';'"),
        (records.replace("sex", "säx").encode("cp1252"), "not UTF-8 text"),
    ):
        (folder / "records.csv").write_bytes(content)
        assert main(["evaluate", str(folder / "model.yaml")]) == 2
        assert reason in capsys.readouterr().err


def test_a_file_in_the_place_of_the_output_folder_is_named(folder, capsys):
    (folder / "results").write_text("")
    assert main(["evaluate", str(folder / "model.yaml")]) == 2
    assert "is a file. Name a folder" in capsys.readouterr().err


def test_an_interrupted_estimation_leaves_the_variances_it_reached(tmp_path):
    rng = np.random.default_rng(1)
    animals = 30_000
    parents = rng.integers(1, 2_000, (animals, 2)) * 2 + [0, 1]
    parents[:4_001] = 0
    ids = np.arange(1, animals + 1)
    pedigree = pd.DataFrame({"id": ids, "sire": parents[:, 0], "dam": parents[:, 1]})
    pedigree.to_csv(tmp_path / "pedigree.csv", index=False)
    records = {"animal": ids, "herd": ids % 97, "y": rng.normal(size=animals)}
    pd.DataFrame(records).to_csv(tmp_path / "records.csv", index=False)
    (tmp_path / "model.yaml").write_text(
        "data: records.csv\npedigree: pedigree.csv\nformula: y ~ herd + animal(animal)\n"
        "estimate: reml\noutput: out\n"
    )
    run = "import sys; from agrigen.cli import main; sys.exit(main(['evaluate', sys.argv[1]]))"
    notify = "import agrigen.variance.optimize as o; step = o._Climb.run\n"
    notify += "o._Climb.run = lambda *a: (print('started', flush=True), step(*a))[1]\n"
    command = [sys.executable, "-c", notify + run, str(tmp_path / "model.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    reached = yaml.safe_load((tmp_path / "out" / "variances.yaml").read_text())["variances"]
    assert set(reached) == {"a", "residual"}
    assert b"Put them into the model file" in errors
