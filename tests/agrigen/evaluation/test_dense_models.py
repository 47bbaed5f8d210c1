"""Particular models against dense algebra: fixed solutions and their errors included."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.evaluation.cases import Case, covariance, records
from tests.agrigen.reference.dense_model import NONE, dense_model

A = {"name": "a", "type": "animal"}
M = {"name": "m", "type": "animal", "column": "mother"}
CURVE = {"legendre": "day", "order": 1, "range": [1, 10]}
BOTH = ["y1", "y2"]


def matrix(size, scale=1.0):
    return covariance(np.random.default_rng(7), size, scale)


def random(name, column, **more):
    return {"name": name, "type": "random", "column": column, **more}


def curve(order):
    return {"legendre": "day", "order": order, "range": [1, 10]}


def case(effects, variances, traits, count):
    """Forty or more records of ten animals of three generations."""
    rows = [(f"a{i}", "", "") for i in range(4)]
    rows += [(f"a{i}", f"a{2 * (i // 6)}", f"a{2 * (i // 7) + 1}") for i in range(4, 10)]
    data = records(np.random.default_rng(1), 10, count)
    return Case({"traits": traits, "effects": effects, "inbreeding": True}, data, rows, variances)


MODELS = {
    "a random effect that reads another column for each trait": (
        [A, {"name": "h", "type": "random", "traits": {"y1": "herd", "y2": "pen"}}],
        {"a": 2, "h": 2},
        BOTH,
    ),
    "a level and a slope of herds that covary": (
        [
            A,
            random("h", "herd"),
            random("slope", "herd", correlated_with="h", basis=curve(1)),
        ],
        {"a": 1, "h": 3},
        ["y1"],
    ),
    "a fixed curve within pens": (
        [A, {"name": "c", "type": "covariate", "basis": curve(2), "within": "pen"}],
        {"a": 1},
        ["y1"],
    ),
    "a fixed spline": (
        [A, {"name": "c", "type": "covariate", "basis": {"spline": "day", "knots": [1, 4, 10]}}],
        {"a": 1},
        ["y1"],
    ),
    "a cubic within herds": (
        [A, {"name": "c", "type": "covariate", "column": "age", "degree": 3, "within": "herd"}],
        {"a": 1},
        ["y1"],
    ),
    "logarithm and square root": (
        [
            A,
            {"name": "l", "type": "covariate", "column": "age", "transform": "log"},
            {"name": "s", "type": "covariate", "column": "day", "transform": "sqrt"},
        ],
        {"a": 1},
        ["y1"],
    ),
    "two genetic effects that do not covary": ([A, M], {"a": 1, "m": 1}, ["y1"]),
    "other random effects for each trait": (
        [{**A, "traits": ["y1"]}, random("p", "animal", traits=["y2"])],
        {"a": 1, "p": 1},
        BOTH,
    ),
    "a trait of the animal and one of its mother": (
        [{**A, "traits": {"y1": "animal", "y2": "mother"}}],
        {"a": 2},
        BOTH,
    ),
    "an interaction of three columns": (
        [A, {"name": "f", "type": "fixed", "column": "herd:pen:half"}],
        {"a": 1},
        ["y1"],
    ),
    "curves of different order over different columns that covary": (
        [
            {**A, "basis": curve(2)},
            {
                **M,
                "correlated_with": "a",
                "basis": {"legendre": "age", "order": 1, "range": [0, 10]},
            },
        ],
        {"a": 5},
        ["y1"],
    ),
    "a random interaction alone": ([random("i", "herd:year")], {"i": 1}, ["y1"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_solution_and_its_error(name):
    effects, sizes, traits = MODELS[name]
    variances = {block: matrix(size) for block, size in sizes.items()}
    variances["residual"] = matrix(len(traits), 5.0)
    made = case(effects, variances, traits, 60)
    result = made.evaluate(solver="direct")
    dense = made.dense()
    at, expected = dense.at(variances), dense.predictions(variances)

    table = result.solutions.assign(coefficient=result.solutions.coefficient.fillna(NONE))
    keys = ["effect", "trait", "level", "coefficient"]
    random_names = [effect.name for effect in result.model.random]
    found = table[table.effect.isin(random_names)].astype({"coefficient": int}).set_index(keys)
    found = found.loc[pd.MultiIndex.from_frame(expected[keys])]
    np.testing.assert_allclose(found.solution, expected.value, atol=1e-9)
    np.testing.assert_allclose(found.se**2, expected.pev, atol=1e-9)

    fixed = table[~table.effect.isin(random_names) & table.se.notna()]
    np.testing.assert_allclose(fixed.solution, at.b, atol=1e-7)
    np.testing.assert_allclose(fixed.se, np.sqrt(np.diag(at.b_variance)), rtol=1e-7)
    assert result.summary["fixed_rank"] == at.x.shape[1]
    assert result.summary["log_likelihood"] == pytest.approx(at.log_likelihood, abs=1e-7)

    iterated = made.evaluate(solver="pcg").solutions
    np.testing.assert_allclose(iterated.solution, result.solutions.solution, atol=1e-7)


@pytest.mark.parametrize("inbreeding", [True, False])
def test_sires_and_maternal_grandsires(inbreeding):
    """A bull may stand as sire and as maternal grandsire; some here are inbred."""
    rows = [("1", "", ""), ("2", "", ""), ("3", "1", "2"), ("4", "1", "2"), ("5", "3", "1")]
    rows += [("6", "3", "4"), ("7", "5", "3")]
    rng = np.random.default_rng(5)
    data = pd.DataFrame(
        {"sire": rng.choice([row[0] for row in rows], 30), "y": rng.normal(size=30)}
    )
    effect = {"name": "s", "type": "animal", "column": "sire", "relationship": "sire_mgs"}
    words = {"traits": ["y"], "effects": [effect], "inbreeding": inbreeding}
    variances = {"s": 1.0, "residual": 3.0}
    pedigree = ag.Pedigree(*map(list, zip(*rows, strict=True)), maternal="grandsire")
    model = ag.load_model({**words, "variances": variances}).model
    values = ag.evaluate(model, data, pedigree, variances).breeding_values.set_index("id")
    expected = dense_model(words, data, rows).predictions(variances).set_index("level")
    expected = expected.loc[values.index]
    np.testing.assert_allclose(values.breeding_value, expected.value, atol=1e-12)
    np.testing.assert_allclose(values.pev, expected.pev, atol=1e-12)
    if inbreeding:
        reliability = 1 - expected.pev / expected.scale
        np.testing.assert_allclose(values.reliability, reliability, atol=1e-12)


@pytest.mark.parametrize("seed", [20, 53, 62, 275])
def test_the_rank_of_fixed_effects_and_groups_that_use_up_the_records(seed):
    """As many columns as records, nearly dependent: their cross-products cannot tell the rank."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(12):
        known = [i > 1 and rng.random() < 0.5]
        sire = f"a{2 * rng.integers(0, (i + 1) // 2)}" if known[0] else rng.choice(["g1", "g2"])
        known.append(i > 1 and rng.random() < 0.5)
        dam = f"a{1 + 2 * rng.integers(0, i // 2)}" if known[1] else rng.choice(["g2", "g3"])
        rows.append((f"a{i}", str(sire), str(dam)))
    groups = tuple(sorted({name for row in rows for name in row[1:] if name[0] == "g"}))
    effects = [
        {"name": "year", "type": "fixed"},
        {"name": "age", "type": "covariate", "degree": 2, "within": "pen"},
        {"name": "cell", "type": "fixed", "column": "herd:pen"},
        A,
        {**M, "correlated_with": "a", "traits": ["y1"]},
    ]
    data = records(rng, 12, 11)
    variances = {"a": covariance(rng, 3), "residual": covariance(rng, 2, 5)}
    words = {"traits": BOTH, "effects": effects, "inbreeding": True}
    made = Case(words, data, rows, variances, groups)
    found = made.evaluate(solver="direct").summary["fixed_rank"]
    assert found == made.dense().x.shape[1]
