"""What the reference page shows is what the program reads."""

import re
from pathlib import Path

import pytest
import yaml

import agrigen as ag
from agrigen.evaluation.declaration import EFFECT_KEYS
from agrigen.evaluation.files import KEYS
from agrigen.evaluation.options import ESTIMATION

PAGE = (Path(__file__).parents[3] / "docs/reference/evaluate.md").read_text(encoding="utf-8")
TERMS = re.findall(r"`([^`]+)`", PAGE.split("## Formula")[1].split("**A bare name")[0])


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_model_on_the_page_is_read(text):
    spec = ag.load_model(yaml.safe_load(text))
    assert ag.Model.from_formula(spec.model.formula).formula == spec.model.formula


def test_the_python_on_the_page_runs():
    (text,) = blocks("python")
    exec(compile(text, "evaluate.md", "exec"), {})


@pytest.mark.parametrize("term", [t.replace("\\|", "|") for t in TERMS if "(" in t or "[" in t])
def test_every_term_in_the_table_is_read(term):
    if term in ("animal()", "Model.from_formula", "print(model)"):
        return
    traits = "fat1, fat2" if "fat1" in term else "wwg, pwg"
    more = "" if "animal(" in term else " + animal(sire)"
    assert ag.Model.from_formula(f"{traits} ~ {term}{more}").effects


def test_every_key_stands_on_the_page():
    options = [option for known in ESTIMATION.values() for option in known]
    words = {*KEYS, *options, *(key for keys in EFFECT_KEYS.values() for key in keys)}
    absent = [key for key in words - {"type", "method"} if f"`{key}" not in PAGE]
    assert absent == []
