"""`agrigen pedigree check` and `agrigen pedigree summary` on files."""

import json

import pytest

from agrigen.cli import main

GOOD = """animal,sire,dam,born
s,g,,2000-01-01
d,g,h,2001-01-01
x,s,d,2003-01-01
y,s,x,2005-01-01
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "pedigree.csv"
        path.write_text(text)
        return str(path)

    return write


def test_a_good_pedigree_has_no_problems(file, capsys):
    assert main(["pedigree", "check", file(GOOD), "--id", "animal", "--groups", "g,h"]) == 0
    assert capsys.readouterr().out == "No problems.\n"


def test_every_problem_is_listed_with_its_kind(file, capsys):
    path = file("id,sire,dam\na,b,\nb,a,\nc,,a\n")
    assert main(["pedigree", "check", path]) == 2
    out = capsys.readouterr().out
    assert "loop: A loop: a <- b <- a" in out
    assert "both_sexes: Animal a is a sire (of b) and a dam (of c)." in out
    assert out.endswith("2 problems\n")
    assert main(["pedigree", "check", path, "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)
    assert [problem["kind"] for problem in problems] == ["loop", "both_sexes"]
    assert problems[0]["animals"] == ["a", "b"]


def test_the_summary_is_text_or_json(file, capsys):
    command = ["pedigree", "summary", file(GOOD), "--id", "animal", "--birth", "born"]
    command += ["--groups", "g,h"]
    assert main(command) == 0
    out = capsys.readouterr().out
    for part in ("Pedigree\n", "Gene origin of 2 animals", "Effective pop", "Generation intervals"):
        assert part in out
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["summary", "diversity", "effective_size", "generation_intervals"]
    assert found["summary"]["groups"] == 2
    assert found["generation_intervals"][0]["path"] == "sire to son"


def test_a_pedigree_of_founders_has_a_summary(file, capsys):
    assert main(["pedigree", "summary", file("id,sire,dam\n1,,\n2,,\n")]) == 0
    assert "Gene origin" not in capsys.readouterr().out


def test_a_file_that_is_not_there_is_bad_input(capsys):
    assert main(["pedigree", "check", "missing.csv"]) == 2
    assert "cannot be read" in capsys.readouterr().err
