"""`agrigen qc` and `agrigen parentage`, as a person types them."""

import json

import pandas as pd
import pytest

from agrigen.cli import main
from agrigen.genotypes import Genotypes

from .flock import flock


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flock")
    sheep = flock()
    sheep.genotypes().write(folder / "flock.bed")
    sire = ["s1" if id == "l0" else s for id, s in zip(sheep.ids, sheep.sire, strict=True)]
    birth = [{"l": 2002, "g": 2004}.get(id[0], 2000) for id in sheep.ids]
    pd.DataFrame({"id": sheep.ids, "sire": sire, "dam": sheep.dam, "birth": birth}).to_csv(
        folder / "pedigree.csv", index=False
    )
    return folder


def test_qc_prints_writes_the_report_and_the_clean_genotypes(files, tmp_path, capsys):
    (tmp_path / "rules.yaml").write_text("minor_frequency: 0.02\nhardy_weinberg: 1.0e-8\n")
    code = main([
        "qc", str(files / "flock.bed"), "--species", "sheep",
        "--pedigree", str(files / "pedigree.csv"), "--rules", str(tmp_path / "rules.yaml"),
        "--hardy-weinberg", "off", "--output", str(tmp_path / "qc"),
        "--write", str(tmp_path / "clean.bed"),
    ])  # fmt: skip
    assert code == 0
    shown = capsys.readouterr().out
    assert "110 of 110 samples" in shown
    assert "found 1 samples: conflicts with the recorded parents" in shown
    rules = json.loads((tmp_path / "qc" / "filter.json").read_text())["rules"]
    assert rules["minor_frequency"] == 0.02
    assert rules["hardy_weinberg"] is None
    assert len(Genotypes.read(tmp_path / "clean.bed").markers) <= 1500


def test_parentage_names_the_wrong_sire_and_the_right_one(files, capsys, tmp_path):
    arguments = ["parentage", str(files / "flock.bed"), "--species", "sheep",
                 "--pedigree", str(files / "pedigree.csv"), "--birth", "birth"]  # fmt: skip
    assert main([*arguments, "--output", str(tmp_path)]) == 0
    assert "l0: sire s0 instead of s1" in capsys.readouterr().out
    assert len(pd.read_csv(tmp_path / "pairs.csv")) == 160
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"accepted": 159, "excluded": 1}


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (["--species", "dragon"], "Name one of sheep"),
        (["--minor-frequency", "7"], "Give a share from 0 to 1"),
        (["--rules", "RULES"], "are not names with values"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(files, extra, text, capsys, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("- a list\n")
    extra = [str(rules) if word == "RULES" else word for word in extra]
    assert main(["qc", str(files / "flock.bed"), *extra]) == 2
    assert text in capsys.readouterr().err
