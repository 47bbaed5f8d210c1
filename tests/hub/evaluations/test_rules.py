"""What outsiders may read of a published evaluation, and which effect an animal is judged by."""

import agrigen as ag
from hub.evaluations import rules

MATERNAL = ag.Model(
    ["birth_weight", "weaning_weight"],
    [
        ag.Fixed("farm_year", "farm:year"),
        ag.Animal("m", "dam", traits=["weaning_weight"], correlated_with="a"),
        ag.Animal("a"),
        ag.Covariate("age", "age_days", within="sex"),
    ],
    residual_by="farm",
)


def test_every_column_that_a_model_reads_is_known():
    columns = rules.columns_of(MATERNAL)
    assert columns == {"farm", "year", "dam", "animal", "age_days", "sex"}


def test_an_animal_is_judged_by_its_own_genes_first():
    genetic = rules.genetic_effects(MATERNAL)
    assert [(one["name"], one["role"]) for one in genetic] == [("a", "direct"), ("m", "maternal")]
    assert rules.effects_of(genetic, "weaning_weight") == ["a", "m"]
    assert rules.effects_of(genetic, "birth_weight") == ["a"]
    assert rules.role_of(genetic, "m") == "maternal"


def test_names_of_residual_groups_are_hidden_wherever_they_stand():
    model = {"variances": {"a": 1, "residual": {"HILL": 2.0, "BROOK": 3.0}}, "residual_by": "farm"}
    names = rules.level_names(model, {"residual_groups": ["HILL", "MOOR"]})
    assert names == ["BROOK", "HILL", "MOOR"]
    rows = [{"effect": "HILL", "group": "HILL"}, {"trait_1": "weight [HILL]", "group": None}]
    hidden = rules.masked({"model": model, "residual_groups": ["HILL"], "rows": rows}, names)
    assert hidden["model"]["variances"] == {"a": 1, "residual": {"group 2": 2.0, "group 1": 3.0}}
    assert hidden["residual_groups"] == ["group 2"]
    assert hidden["rows"] == [
        {"effect": "HILL", "group": "group 2"},
        {"trait_1": "weight [group 2]", "group": None},
    ]


def test_an_outsider_sees_no_mean_of_few_animals_of_others():
    rows = [{"birth_year": 2020, "others": 4}, {"birth_year": 2021, "others": 5}]
    assert rules.shown_trends(rows, everything=False) == [{"birth_year": 2021}]
    assert rules.shown_trends(rows, everything=True) == [{"birth_year": 2020}, {"birth_year": 2021}]


def test_an_outsider_reads_no_remarks():
    found = {"notes": ["Farm HILL has one record."], "history": [{"residual[HILL](weight)": 2.0}]}
    shown = rules.shown_diagnostics(found, ["HILL"], everything=False)
    assert shown == {"notes": [], "history": [{"residual[group 1](weight)": 2.0}]}
    assert rules.shown_diagnostics(found, ["HILL"], everything=True) == found


def test_an_interrupted_estimation_can_start_where_it_is_inside_the_space():
    model = ag.Model("weight", [ag.Animal("a"), ag.Animal("m", "dam", correlated_with="a")])
    inside = {"a": [[2.0, 0.5], [0.5, 1.0]], "residual": 3.0}
    assert rules.start_from(model, inside) == inside
    outside = {"a": [[1.0, 2.0], [2.0, 1.0]], "residual": 3.0}
    assert [rules.start_from(model, one) for one in (None, outside)] == [None, None]


def test_samples_that_would_be_kept_are_counted():
    options = {"iterations": 12_000, "burn_in": 2_000, "thin": 5, "chains": 2}
    assert rules.kept_samples(options) == 4_000
    assert rules.kept_samples({}) == 0


def test_a_model_is_shown_without_the_animals_that_it_names():
    genomic = {"name": "g", "type": "genomic", "core": ["one", "two"]}
    model = {"traits": ["weight"], "effects": [genomic], "contrasts": [{"weights": {"one": 1}}]}
    assert rules.naming_animals(model)
    assert rules.without_animals(model) == {
        "traits": ["weight"],
        "effects": [{"name": "g", "type": "genomic", "core": 2}],
    }
    assert not rules.naming_animals({"traits": ["weight"], "effects": [{**genomic, "core": 50}]})
