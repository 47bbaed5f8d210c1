"""3,397 lactations of 1,359 Holstein cows against gremlin's components and dense solutions."""

import json

import numpy as np
import pandas as pd
import pytest

import agrigen as ag

MODEL = ag.Model(
    "milk",
    [
        ag.Fixed("lact"),
        ag.Covariate("ldim", "dim", transform="log"),
        ag.Animal(column="id"),
        ag.Random("pe", "id"),
        ag.Random("herd"),
    ],
)


@pytest.fixture(scope="module")
def milk(reference):
    return reference / "milk"


@pytest.fixture(scope="module")
def gremlin(milk):
    return json.loads((milk / "M2_reml_gremlin.json").read_text())["M2"]


@pytest.fixture(scope="module")
def variances(gremlin):
    names = {"G.id2": "a", "G.pe2": "pe", "G.herd": "herd", "ResVar1": "residual"}
    return {names[row["component"]]: row["Estimate"] for row in gremlin["varcomp"]}


@pytest.fixture(scope="module")
def pedigree(milk):
    return ag.Pedigree.read_csv(milk / "pedCows.csv")


@pytest.fixture(scope="module")
def records(milk):
    return pd.read_csv(milk / "milk.csv")


@pytest.fixture(scope="module")
def result(records, pedigree, variances):
    return ag.evaluate(MODEL, records, pedigree, variances)


@pytest.fixture(scope="module")
def expected(milk, result):
    table = pd.read_csv(milk / "milk_M2_ebv_pev_all6547.csv", dtype={"id": str})
    return table.set_index("id").loc[result.breeding_values.id]


def test_breeding_values_of_every_animal(result, expected, variances):
    genetic_sd = np.sqrt(variances["a"])
    difference = result.breeding_values.breeding_value.to_numpy() - expected.ebv.to_numpy()
    assert np.abs(difference).max() < 1e-5 * genetic_sd


def test_error_variances_and_reliabilities_are_exact(result, expected):
    np.testing.assert_allclose(result.breeding_values.pev, expected.pev, rtol=1e-9)
    np.testing.assert_allclose(result.breeding_values.reliability, expected.rel_F, atol=1e-9)


def test_reliabilities_without_inbreeding_use_the_base_variance(
    records, pedigree, variances, result
):
    model = ag.Model(MODEL.traits, MODEL.effects, inbreeding=False)
    values = ag.evaluate(model, records, pedigree, variances).breeding_values
    # A few inbred animals without information would fall below zero: they are set to zero.
    expected = np.clip(1 - values.pev / variances["a"], 0, 1)
    np.testing.assert_allclose(values.reliability, expected, atol=1e-12)
    assert not np.allclose(values.pev, result.breeding_values.pev, rtol=1e-6)


def test_fixed_effects(result, milk):
    table = pd.read_csv(milk / "milk_M2_fixed.csv").sol
    fixed = result.solutions[result.solutions.effect.isin(["(Intercept)", "lact", "ldim"])]
    found = fixed[fixed.se.notna()].solution
    np.testing.assert_allclose(found, table, rtol=1e-9)


def test_the_likelihood_is_gremlins_plus_its_constant(result, gremlin):
    # gremlin leaves out -(n - p) / 2 log(2 pi): 3,397 records, 6 fixed effects.
    constant = -0.5 * (3397 - 6) * np.log(2 * np.pi)
    assert result.summary["log_likelihood"] == pytest.approx(gremlin["logLik"] + constant, abs=1e-4)


def test_conjugate_gradients_agree_with_the_factor(result, records, pedigree, variances):
    iterated = ag.evaluate(MODEL, records, pedigree, variances, solver="pcg")
    np.testing.assert_allclose(
        iterated.solutions.solution, result.solutions.solution, atol=1e-4, rtol=1e-6
    )
    assert iterated.summary["log_likelihood"] is None


def test_without_a_factor_reliabilities_are_approximate_and_say_so(
    result, records, pedigree, variances
):
    def reliability(**options):
        found = ag.evaluate(MODEL, records, pedigree, variances, solver="pcg", **options)
        return found, found.breeding_values.reliability

    exact = result.breeding_values.reliability
    found, quick = reliability()
    assert found.summary["reliability"] == "information"
    assert "error is not known" in found.summary["notes"][0]
    assert np.abs(quick - exact).mean() < 0.02
    assert reliability(reliability="none")[1].isna().all()
    with pytest.raises(ag.ModelError, match="need the direct solver"):
        reliability(reliability="exact")


def test_the_same_input_gives_the_same_bits(result, records, pedigree, variances):
    again = ag.evaluate(MODEL, records, pedigree, variances)
    pd.testing.assert_frame_equal(again.solutions, result.solutions, check_exact=True)
    pd.testing.assert_frame_equal(again.breeding_values, result.breeding_values, check_exact=True)


def test_the_summary_tells_what_was_used(result):
    summary = result.summary
    counts = {"read": 3397, "used": 3397, "dropped": 0}
    assert summary["records"] == {**counts, "reasons": {}, "by_trait": {"milk": 3397}}
    assert summary["animals"]["evaluated"] == 6547
    assert summary["animals"]["with_records"] == 1359
    assert summary["heritability"]["milk"] == pytest.approx(0.0734, abs=1e-4)
    assert summary["repeatability"]["milk"] == pytest.approx(0.2820, abs=1e-4)
    assert len(repr(result).splitlines()) < 24


def test_a_warm_start_needs_fewer_iterations(records, pedigree, variances):
    def run(start=None):
        options = {"solver": "pcg", "reliability": "none", "start": start}
        return ag.evaluate(MODEL, records, pedigree, variances, **options)

    cold = run()
    warm = run(cold)
    assert warm.summary["iterations"] < cold.summary["iterations"] / 4
    np.testing.assert_allclose(
        warm.breeding_values.breeding_value, cold.breeding_values.breeding_value, atol=1e-3
    )
