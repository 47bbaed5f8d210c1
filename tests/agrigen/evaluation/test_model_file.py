"""The model file keeps its promise: what it accepts, and what it says otherwise."""

import pytest

import agrigen as ag

MINIMAL = {
    "traits": ["gain"],
    "effects": [{"name": "a", "type": "animal"}],
    "variances": {"a": 20, "residual": 40},
}


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
            ag.Random("pe", "ewe"),
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
        ({"variances": 3}, "option", "a number by effect"),
        ({"weights": 3}, "option", "weights is 3"),
        ({"variances": {"a": 1}}, "variance", "'residual'"),
        ({"effects": [{"name": "sex", "type": "fixed"}]}, "no_random", "animal or random"),
    ],
)
def test_what_is_wrong_is_named(change, kind, says):
    found = problems(change)
    assert kind in [problem.kind for problem in found]
    assert says in " ".join(map(str, found))


@pytest.mark.parametrize(
    "change",
    [
        {"traits": ["gain", "fat"]},
        {"genotypes": "chip.bed"},
        {"estimate": "reml"},
        {"estimate": "gibbs"},
        {"effects": [*MINIMAL["effects"], {"name": "g", "type": "genomic"}]},
        {
            "effects": [
                *MINIMAL["effects"],
                {"name": "m", "type": "animal", "column": "dam", "correlated_with": "a"},
            ]
        },
        {"effects": [{"name": "rr", "type": "animal", "basis": {"legendre": "dim", "order": 2}}]},
    ],
)
def test_models_of_later_versions_are_refused_with_what_is_supported(change):
    with pytest.raises(ag.NotAvailable, match="This version fits one trait with fixed"):
        ag.load_model({**MINIMAL, **change, "variances": MINIMAL["variances"]})


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
