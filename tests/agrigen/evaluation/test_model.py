"""Typed models: what belongs together, which row is which, and what contradicts itself."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.model import (
    Component,
    block_components,
    block_name,
    component_names,
    effect_traits,
)

CURVE = ag.Basis("legendre", "dim", order=1, range=(4, 310))
TRAITS = ["milk", "fat"]


def problems(*effects, traits=TRAITS, **options):
    with pytest.raises(ag.ModelError) as caught:
        ag.Model(traits, effects, **options)
    return caught.value.problems


def said(*effects, **options):
    return " ".join(map(str, problems(*effects, **options)))


def names(model):
    return [[effect.name for effect in block] for block in model.blocks]


def test_correlated_effects_are_one_block():
    model = ag.Model(
        TRAITS,
        [
            ag.Animal("a"),
            ag.Random("pe", "animal"),
            ag.Animal("m", "dam", correlated_with="a"),
            ag.Random("litter"),
        ],
    )
    assert names(model) == [["a", "m"], ["pe"], ["litter"]]
    assert [block_name(block) for block in model.blocks] == ["a", "pe", "litter"]


def test_effects_are_correlated_through_a_third_and_in_either_direction():
    model = ag.Model(
        "y",
        [
            ag.Animal("a", "animal", correlated_with="g"),
            ag.Random("pe", "animal"),
            ag.Animal("m", "dam"),
            ag.Animal("g", "granddam", correlated_with="m"),
        ],
    )
    assert names(model) == [["a", "m", "g"], ["pe"]]


def test_rows_are_by_effect_then_trait_then_coefficient():
    model = ag.Model(
        TRAITS,
        [
            ag.Animal("a", basis=CURVE),
            ag.Animal("m", "dam", traits=["fat"], correlated_with="a"),
            ag.Random("pe", "animal"),
        ],
    )
    assert block_components(model, model.blocks[0]) == (
        Component("a", "milk", 0),
        Component("a", "milk", 1),
        Component("a", "fat", 0),
        Component("a", "fat", 1),
        Component("m", "fat"),
    )
    assert component_names(model)["pe"] == [Component("pe", "milk"), Component("pe", "fat")]


def test_traits_of_an_effect_are_in_the_order_of_the_model():
    model = ag.Model(TRAITS, [ag.Animal()])
    assert effect_traits(ag.Fixed("herd"), model) == {"milk": "herd", "fat": "herd"}
    assert effect_traits(ag.Fixed("h", "herd", ["fat"]), model) == {"fat": "herd"}
    renamed = ag.Fixed("hys", traits={"fat": "hys2", "milk": "hys1"})
    assert list(effect_traits(renamed, model).items()) == [("milk", "hys1"), ("fat", "hys2")]


def test_lists_mappings_and_one_name_are_all_understood():
    assert ag.Fixed("x", traits="fat") == ag.Fixed("x", traits=["fat"])
    assert ag.Fixed("x", traits={"fat": "c"}) == ag.Fixed("x", traits=(("fat", "c"),))
    assert len({ag.Animal(traits={"fat": "c"}), ag.Animal(traits={"fat": "c"})}) == 1


def test_one_trait_may_be_named_without_a_list():
    assert ag.Model("y", [ag.Animal()]) == ag.Model(["y"], [ag.Animal()])


def test_a_mapping_of_kinds_of_traits_waits_for_its_version():
    assert "List the columns" in said(ag.Animal(), traits={"calving": "threshold"})


@pytest.mark.parametrize(
    ("traits", "kind"),
    [([], "no_trait"), (["y", "y"], "traits"), ([3], "traits"), (None, "traits"), ([""], "traits")],
)
def test_traits_that_cannot_be(traits, kind):
    assert problems(ag.Animal(), traits=traits)[0].kind == kind


def test_effects_are_objects():
    assert "the effect 'a'" in said("a")


def test_names_are_unique_and_not_reserved():
    found = problems(ag.Fixed("x"), ag.Covariate("x"), ag.Random("residual"))
    assert [problem.kind for problem in found] == ["same_name", "reserved_name"]


def test_a_model_needs_a_random_effect():
    assert [problem.kind for problem in problems(ag.Fixed("herd"))] == ["no_random"]


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        (["protein"], "limited to the trait 'protein'. The model's traits are milk, fat."),
        ({"protein": "x"}, "limited to the trait 'protein'"),
        (["fat", "fat"], "names the trait 'fat' twice"),
        ([], "is limited to the traits ()"),
        (3, "is limited to the traits 3"),
        ({"fat": 3}, "a mapping from trait to column"),
    ],
)
def test_traits_that_an_effect_cannot_have(traits, says):
    assert says in said(ag.Fixed("herd", traits=traits), ag.Animal())


@pytest.mark.parametrize(
    ("effects", "says"),
    [
        ([ag.Animal(correlated_with="m")], "'m', which is no random effect of the model"),
        ([ag.Animal(correlated_with="a")], "correlated with 'a', itself"),
        ([ag.Animal(), ag.Random("pe", correlated_with="a")], "Give both the type animal"),
        (
            [ag.Random("x"), ag.Random("y", correlated_with="x")],
            "one has levels of y and the other of x",
        ),
        (
            [ag.Animal("a"), ag.Animal("s", "sire", None, "a", None, "sire_mgs")],
            "Give both the same relationship",
        ),
        ([ag.Animal(), ag.Animal("m", "dam", correlated_with="q")], "Name one of a."),
        ([ag.Fixed("h"), ag.Animal(correlated_with="h")], "Add the other effect."),
    ],
)
def test_correlations_that_cannot_be(effects, says):
    assert says in said(*effects)


def test_random_effects_of_one_column_may_be_correlated():
    effects = [
        ag.Random("p1", "cow", ["milk"]),
        ag.Random("p2", "cow", ["fat"], correlated_with="p1"),
    ]
    assert names(ag.Model(TRAITS, effects)) == [["p1", "p2"]]


def test_two_random_effects_that_no_record_tells_apart():
    assert "'a' and 'b' are the same for fat and milk" in said(ag.Animal("a"), ag.Animal("b"))
    assert "'p' and 'q' are the same for fat" in said(
        ag.Random("p", "cow"), ag.Random("q", "cow", ["fat"])
    )
    ag.Model(TRAITS, [ag.Animal("a"), ag.Random("pe", "animal")])
    ag.Model(TRAITS, [ag.Random("p", "cow"), ag.Random("q", "cow", basis=CURVE)])


def test_a_trait_does_not_explain_itself():
    found = problems(ag.Covariate("milk", traits=["fat"]), ag.Fixed("c", "fat"), ag.Animal())
    assert [problem.kind for problem in found] == ["own_trait"]
    assert "'c' explains the trait 'fat'" in found[0].message
    basis = ag.Basis("legendre", "milk", order=1, range=(0, 9))
    assert "explains the trait 'milk'" in said(ag.Animal(basis=basis))


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        (ag.Fixed("h", "herd:"), "'herd:', which lacks a column"),
        (ag.Covariate("x", within=":sex"), "':sex', which lacks a column"),
        (ag.Covariate("x", "age:weight"), "Effect 'x' reads the interaction"),
        (ag.Animal("b", "sire:dam"), "Only fixed and random effects"),
        (ag.Fixed("h", traits={"fat": ":"}), "lacks a column"),
        (ag.Fixed("h", 3), "column of effect 'h' is 3"),
        (ag.Covariate("x", within=3), "within of effect 'x' is 3"),
    ],
)
def test_interactions_stand_where_levels_are(effect, says):
    assert says in said(effect, ag.Animal())


def test_interactions_of_factors_random_effects_and_within():
    ag.Model("y", [ag.Fixed("a:b:c"), ag.Random("d:e"), ag.Covariate("x", within="a:b")])


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        (ag.Covariate("x", degree=0), "degree 0"),
        (ag.Covariate("x", degree=2.0), "from 1 to 6"),
        (ag.Covariate("x", degree=True), "degree True"),
        (ag.Covariate("x", transform="exp"), "Use one of log, sqrt, none"),
        (ag.Covariate("x", degree=2, basis=CURVE), "or the basis"),
        (ag.Covariate("x", "age", basis=CURVE), "Leave out the column"),
        (ag.Covariate("x", basis=CURVE, traits={"fat": "age"}), "traits without columns"),
        (ag.Animal("s", "sire", relationship="mgs"), "Use one of pedigree, sire_mgs"),
    ],
)
def test_declarations_that_contradict_themselves(effect, says):
    assert says in said(effect, ag.Animal())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"weights": "w", "residual_by": "w"}, "weights and residual_by both name 'w'"),
        ({"weights": "milk"}, "weights names the trait 'milk'"),
        ({"residual_by": "fat"}, "residual_by names the trait 'fat'"),
        ({"residual_by": 3}, "residual_by is 3"),
    ],
)
def test_the_residual_has_columns_of_its_own(options, says):
    assert says in said(ag.Animal(), **options)


def test_all_problems_come_together():
    found = problems(
        ag.Covariate("x", degree=0),
        ag.Animal(correlated_with="m", traits=["casein"]),
        weights="fat",
    )
    kinds = [problem.kind for problem in found]
    assert kinds == ["degree", "effect_traits", "correlated_with", "residual"]


def test_models_are_values():
    one = ag.Model(TRAITS, [ag.Fixed("herd"), ag.Animal()])
    assert len({one, ag.Model(TRAITS, [ag.Fixed("herd"), ag.Animal()])}) == 1
    with pytest.raises(AttributeError):
        one.weights = "w"


def test_correlated_effects_of_single_traits_are_the_effect_of_all():
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(60, 2)), columns=TRAITS)
    data["cow"] = rng.integers(0, 9, 60)
    data.loc[data.cow == 3, "milk"] = np.nan  # a level that the first effect does not have
    residual = [[2.0, 0.5], [0.5, 1.0]]
    apart = [ag.Random("p", "cow", ["milk"]), ag.Random("q", "cow", ["fat"], "p")]
    results = [
        ag.evaluate(
            ag.Model(TRAITS, effects),
            data,
            None,
            {"p": [[1.0, 0.3], [0.3, 1.0]], "residual": residual},
        ).solutions
        for effects in ([ag.Random("p", "cow")], apart)
    ]
    np.testing.assert_allclose(results[0].solution, results[1].solution, atol=1e-12)
