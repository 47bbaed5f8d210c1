"""The model file keeps its promise: what it accepts, and what it says otherwise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.files import evaluate_file, read_pedigree

MINIMAL = {
    "traits": ["gain"],
    "effects": [{"name": "a", "type": "animal"}],
    "variances": {"a": 20, "residual": 40},
}


def effect(**keys):
    return {"effects": [{"name": "a", "type": "animal", **keys}]}


def problems(change):
    with pytest.raises(ag.ModelError) as caught:
        ag.load_model({**MINIMAL, **change})
    return caught.value.problems


def test_every_key_of_a_single_trait_model():
    spec = ag.load_model(
        {
            "data": "records.csv",
            "pedigree": "pedigree.csv",
            "traits": ["gain"],
            "effects": [
                {"name": "herd", "type": "fixed", "column": "herd"},
                {
                    "name": "age",
                    "type": "covariate",
                    "column": "days",
                    "degree": 2,
                    "transform": "log",
                    "within": "sex",
                },
                {"name": "a", "type": "animal", "column": "ewe"},
                {"name": "pe", "type": "random", "traits": {"gain": "ewe"}},
            ],
            "weights": "w",
            "variances": {"a": [[20]], "pe": 5, "residual": 40},
            "estimate": "none",
            "inbreeding": False,
            "solver": "direct",
            "output": "out",
        }
    )
    assert spec.model == ag.Model(
        "gain",
        [
            ag.Fixed("herd", "herd"),
            ag.Covariate("age", "days", 2, "log", "sex"),
            ag.Animal("a", "ewe"),
            ag.Random("pe", traits={"gain": "ewe"}),
        ],
        weights="w",
        inbreeding=False,
    )
    assert spec.variances == {"a": 20.0, "pe": 5.0, "residual": 40.0}
    assert (spec.solver, str(spec.output), str(spec.data)) == ("direct", "out", "records.csv")


def test_the_defaults():
    spec = ag.load_model(MINIMAL)
    assert spec.model == ag.Model("gain", [ag.Animal("a", "animal")])
    assert (spec.solver, str(spec.output), spec.data) == ("auto", "results", None)


def test_an_empty_key_is_the_same_as_none():
    effects = [{"name": "a", "type": "animal", "degree": None, "column": None}]
    given = {**MINIMAL, "effects": effects, "weights": None, "inbreeding": None, "solver": None}
    assert ag.load_model(given) == ag.load_model(MINIMAL)


def test_a_model_comes_back_from_its_own_mapping():
    spec = ag.load_model(MINIMAL)
    again = ag.load_model({**spec.model.to_mapping(), "variances": spec.variances})
    assert again.model == spec.model


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"trait": "gain"}, "unknown_key", "Known are data, pedigree"),
        ({"traits": []}, "traits", "List the columns"),
        ({"traits": ["gain", "gain"]}, "traits", "listed twice"),
        ({"effects": "sex"}, "effects", "not a list of effects"),
        ({"effects": [{"type": "fixed"}]}, "effect_name", "Add name"),
        ({"effects": [{"name": "x", "type": "fix"}]}, "effect_type", "Use one of fixed"),
        ({"effects": [{"name": "x", "type": "fixed", "degree": 2}]}, "unknown_key", "'degree'"),
        ({"effects": [{"name": "x", "type": "fixed", "column": 3}]}, "option", "column of effect"),
        (
            {"effects": [{"name": "a", "type": "animal", "traits": ["fat"]}]},
            "effect_traits",
            "The model's traits are gain",
        ),
        ({"solver": "fast"}, "option", "auto or direct or pcg"),
        ({"estimate": "ml"}, "option", "none or reml or gibbs"),
        ({"inbreeding": "yes"}, "option", "true or false"),
        ({"variances": 3}, "option", "a number or a matrix by effect"),
        ({"weights": 3}, "option", "weights is 3"),
        ({"residual_by": [3]}, "option", "residual_by is [3]"),
        ({"data": 3}, "option", "data is 3"),
        ({"output": 3}, "option", "the name of a folder"),
        ({"effects": [{"name": "x", "type": ["fixed"]}]}, "effect_type", "Use one of fixed"),
        (effect(traits={"gain": 3}), "effect_traits", "a mapping from trait to column"),
        (effect(correlated_with="m"), "correlated_with", "Add the other effect"),
        (effect(correlated_with=["m"]), "correlated_with", "no random effect"),
        (effect(basis="dim"), "basis", "has the basis 'dim'"),
        (effect(basis={"legendre": "dim", "spline": "dim"}), "basis", "{spline: dim, knots"),
        (effect(basis={"legendre": "dim", "degree": 2}), "unknown_key", "legendre, order, range"),
        (effect(basis={"legendre": "dim", "order": 2}), "basis", "range: [4, 310]"),
        (effect(basis={"spline": "dim", "knots": 3}), "basis", "two or more rising"),
        (effect(relationship="mgs"), "relationship", "pedigree, sire_mgs"),
        ({"formula": "gain ~ animal(animal)"}, "formula", "leave out one"),
        ({"options": {"max_iterations": 5}}, "option", "estimate: reml or gibbs"),
        ({"options": 5}, "option", "options by name"),
        ({"estimate": "reml", "options": {"thin": 5}}, "unknown_key", "Known are max_iterations"),
        (
            {"estimate": "reml", "options": {"max_iterations": 0}},
            "option",
            "max_iterations of options is 0. Give a whole number from 1.",
        ),
        ({"estimate": "reml", "options": {"tolerance": 0}}, "option", "Give a number above 0"),
        ({"estimate": "reml", "options": {"fix": "a"}}, "option", "fix of options is 'a'"),
        ({"estimate": "gibbs", "options": {"seed": 1.5}}, "option", "a whole number from 0"),
        ({"estimate": "gibbs", "options": {"priors": {"a": 1}}}, "option", "Give flat"),
        (
            {"estimate": "gibbs", "options": {"iterations": 10, "burn_in": 10}},
            "option",
            "fewer than the 10 iterations",
        ),
        ({"groups": "G1"}, "option", "a list of names"),
        ({"gamma": 0.5}, "option", "groups too"),
        ({"groups": ["G1"], "gamma": [[1, 2]]}, "option", "a matrix of 1 rows and columns"),
        ({"groups": ["G1", "G2"], "gamma": [[1, "x"], [0, 1]]}, "option", "a matrix of 2 rows"),
        ({"variances": {"a": 1}}, "variance", "'residual'"),
        ({"effects": [{"name": "sex", "type": "fixed"}]}, "no_random", "animal or random"),
    ],
)
def test_what_is_wrong_is_named(change, kind, says):
    found = problems(change)
    assert kind in [problem.kind for problem in found]
    assert says in " ".join(map(str, found))


def test_genomic_effects_are_read():
    effect = {"name": "g", "type": "genomic", "method": "single_step", "blend": 0.1}
    given = {**MINIMAL, "effects": [effect], "variances": {"g": 1, "residual": 2}}
    spec = ag.load_model({**given, "genotypes": "chip.bed"})
    assert spec.genotypes == Path("chip.bed")
    assert spec.model.effects == (ag.Genomic("g", method="single_step", blend=0.1),)
    assert spec.model.to_mapping()["effects"][0]["type"] == "genomic"


def test_every_key_of_the_promise_is_read():
    spec = ag.load_model(
        {
            "data": "records.csv",
            "pedigree": "pedigree.csv",
            "groups": ["imported", 1990],
            "gamma": [[0.5, 0.1], [0.1, 0.6]],
            "traits": ["weight", "fat"],
            "effects": [
                {"name": "herd", "type": "fixed", "column": "herd:year"},
                {"name": "age", "type": "covariate", "column": "age", "degree": 2},
                {
                    "name": "curve",
                    "type": "covariate",
                    "basis": {"spline": "dim", "knots": [4, 60, 310]},
                    "within": "parity",
                },
                {"name": "a", "type": "animal", "column": "animal", "traits": ["fat"]},
                {
                    "name": "m",
                    "type": "animal",
                    "column": "dam",
                    "correlated_with": "a",
                    "traits": {"fat": "dam2"},
                },
                {"name": "pe", "type": "random", "column": "dam"},
                {
                    "name": "rr",
                    "type": "animal",
                    "column": "animal",
                    "traits": ["weight"],
                    "basis": {"legendre": "dim", "order": 2, "range": [4, 310]},
                },
                {"name": "s", "type": "animal", "column": "bull", "relationship": "sire_mgs"},
            ],
            "weights": "w",
            "residual_by": "sex",
            "variances": {
                "a": [[20, 1], [1, 10]],
                "pe": [[5, 0], [0, 5]],
                "rr": [[3, 0, 0], [0, 2, 0], [0, 0, 1]],
                "s": [[4, 0], [0, 4]],
                "residual": {"F": [[40, 11], [11, 30]], "M": [[50, 11], [11, 40]]},
            },
            "estimate": "gibbs",
            "options": {"iterations": 1000, "burn_in": 100, "thin": 2, "seed": 1, "chains": 2},
            "solver": "pcg",
        }
    )
    curve = ag.Basis("legendre", "dim", order=2, range=(4, 310))
    assert spec.model == ag.Model(
        ["weight", "fat"],
        [
            ag.Fixed("herd", "herd:year"),
            ag.Covariate("age", "age", 2),
            ag.Covariate(
                "curve", within="parity", basis=ag.Basis("spline", "dim", knots=(4, 60, 310))
            ),
            ag.Animal("a", traits=["fat"]),
            ag.Animal("m", "dam", {"fat": "dam2"}, "a"),
            ag.Random("pe", "dam"),
            ag.Animal("rr", "animal", ["weight"], basis=curve),
            ag.Animal("s", "bull", relationship="sire_mgs"),
        ],
        weights="w",
        residual_by="sex",
    )
    assert (spec.groups, spec.gamma) == (("imported", "1990"), [[0.5, 0.1], [0.1, 0.6]])
    assert (spec.estimate, spec.options["burn_in"], spec.solver) == ("gibbs", 100, "pcg")
    assert spec.variances["residual"]["M"] == [[50, 11], [11, 40]]
    again = ag.load_model({**spec.model.to_mapping(), "variances": spec.variances})
    assert again.model == spec.model
    assert again.variances == spec.variances


def test_a_formula_stands_for_traits_and_effects():
    given = {
        "formula": "gain ~ sex + linear(days)|sex + animal(animal)",
        "variances": MINIMAL["variances"],
        "weights": "w",
    }
    model = ag.load_model(given).model
    effects = [ag.Fixed("sex"), ag.Covariate("days|sex", "days", within="sex"), ag.Animal()]
    assert model == ag.Model("gain", effects, weights="w")


def test_what_is_wrong_in_a_formula_comes_with_the_rest():
    found = problems({"formula": "gain ~ ", "traits": None, "effects": None, "solver": "fast"})
    assert [problem.kind for problem in found] == ["formula", "option"]
    (problem,) = problems({"formula": 3, "traits": None, "effects": None})
    assert "Give one text" in problem.remedy


def test_an_estimate_needs_no_variances_and_starts_from_those_given():
    spec = ag.load_model({**MINIMAL, "estimate": "reml", "variances": None})
    assert (spec.estimate, spec.variances, spec.options) == ("reml", {}, {})
    spec = ag.load_model({**MINIMAL, "estimate": "reml", "variances": {"residual": 3}})
    assert spec.variances == {"residual": 3.0}


def test_an_estimate_takes_its_options():
    options = {"max_iterations": 5, "em_iterations": 2, "tolerance": 1e-6, "fix": ["residual"]}
    assert ag.load_model({**MINIMAL, "estimate": "reml", "options": options}).options == options
    gibbs = {**MINIMAL, "estimate": "gibbs"}
    assert ag.load_model(gibbs).options == {"seed": 1}
    assert ag.load_model({**gibbs, "options": {"seed": 7, "priors": "flat"}}).options == {
        "seed": 7,
        "priors": "flat",
    }


def test_a_file_estimates_its_variances(tmp_path):
    rng = np.random.default_rng(3)
    animals = np.arange(1, 121)
    parents = np.where(animals[:, None] > 30, rng.integers([1, 16], [16, 31], (120, 2)), 0)
    pd.DataFrame({"id": animals, "sire": parents[:, 0], "dam": parents[:, 1]}).to_csv(
        tmp_path / "pedigree.csv", index=False
    )
    own = rng.normal(size=120)
    weight = own + 0.5 * (parents > 0)[:, 0] * (own[parents[:, 0] - 1] + own[parents[:, 1] - 1])
    weight = np.repeat(weight, 3) + rng.normal(size=360)
    pd.DataFrame({"animal": np.repeat(animals, 3), "weight": weight}).to_csv(
        tmp_path / "records.csv", index=False
    )
    path = tmp_path / "model.yaml"
    path.write_text(
        "data: records.csv\npedigree: pedigree.csv\nformula: weight ~ animal(animal)\n"
        "estimate: reml\noptions: {max_iterations: 30}\n"
    )
    result = evaluate_file(ag.load_model(path))
    found = result.variances.set_index("effect")["value"]
    assert result.converged
    assert 0.8 < found["residual"] < 1.25  # 1, with a standard error of 0.09
    assert 0.5 < found["a"] < 2.0
    assert result.summary["estimate"] == "reml"


def test_a_pedigree_file_may_hold_maternal_grandsires(tmp_path):
    path = tmp_path / "bulls.csv"
    path.write_text("id,sire,mgs\n3,1,2\n4,1,3\n")
    assert read_pedigree(path).maternal == "grandsire"


def test_a_pedigree_file_may_hold_groups(tmp_path):
    path = tmp_path / "pedigree.csv"
    path.write_text("id,sire,dam\n3,old,new\n4,3,new\n")
    pedigree = read_pedigree(path, groups=("old", "new"), gamma=[[0.5, 0], [0, 0.5]])
    assert (len(pedigree), pedigree.groups) == (2, ("old", "new"))


def test_a_file_is_evaluated_with_everything_it_says(tmp_path):
    (tmp_path / "pedigree.csv").write_text("id,sire,dam\n3,1,2\n4,1,2\n5,3,4\n")
    rows = "".join(f"{3 + k % 3},{'FM'[k % 2]},{k % 7},{k % 5}\n" for k in range(20))
    (tmp_path / "records.csv").write_text("animal,sex,weight,fat\n" + rows)
    path = tmp_path / "model.yaml"
    path.write_text(
        "data: records.csv\npedigree: pedigree.csv\noutput: out\n"
        "formula: weight, fat ~ sex + animal(animal)\nresidual_by: sex\n"
        "variances: {a: [[2, 1], [1, 2]], residual: {F: [[3, 1], [1, 3]], M: [[4, 1], [1, 4]]}}\n"
    )
    spec = ag.load_model(path)
    result = evaluate_file(spec)
    assert spec.output == tmp_path / "out"
    assert len(result.breeding_values) == 2 * 5
    direct = ag.evaluate(
        spec.model,
        pd.read_csv(tmp_path / "records.csv"),
        ag.Pedigree.read_csv(tmp_path / "pedigree.csv"),
        spec.variances,
    )
    pd.testing.assert_frame_equal(result.solutions, direct.solutions)


def test_all_problems_come_together():
    found = problems({"solver": "fast", "inbreeding": 3, "colour": "red"})
    assert len(found) == 3


def test_a_file_needs_data_and_pedigree(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(
        "traits: [y]\neffects: [{name: a, type: animal}]\nvariances: {a: 1, residual: 1}\n"
    )
    with pytest.raises(ag.ModelError, match=r"names no data.*\n.*names no pedigree"):
        ag.load_model(path)


@pytest.mark.parametrize("text", ["traits: [y", "- 1\n- 2\n", ""])
def test_a_file_that_is_no_model(tmp_path, text):
    path = tmp_path / "model.yaml"
    path.write_text(text)
    with pytest.raises(ag.ModelError, match=r"model\.yaml"):
        ag.load_model(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ag.ModelError, match="cannot be read: No such file"):
        ag.load_model(tmp_path / "none.yaml")
