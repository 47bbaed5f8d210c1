"""Published iterates of REML, and components of real data by another program."""

import json

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from agrigen.variance.likelihood import Likelihood, expectation_step
from agrigen.variance.optimize import reml_on
from agrigen.variance.terms import to_list
from tests.agrigen.evaluation import test_milk

START = {"a": 0.2, "residual": 0.4}


@pytest.fixture(scope="module")
def mrode(reference):
    """Mrode and Pocrnic 2023, section 17.7: values computed to eight decimals."""
    return json.loads((reference / "worked_examples" / "ex_17_7_reml.json").read_text())


@pytest.fixture(scope="module")
def design(mrode):
    table = mrode["inputs"]["pedigree"]
    pedigree = ag.Pedigree(table["id"], table["sire"], table["dam"])
    model = ag.Model("y", [ag.Fixed("sex"), ag.Animal()])
    return build_design(model, pd.DataFrame(mrode["inputs"]["data"]), pedigree)


@pytest.fixture(scope="module")
def fit(design):
    return reml_on(design, as_covariances(design, START), tolerance=1e-12)


def test_every_iterate_of_average_information(mrode, fit):
    history = pd.DataFrame(fit.history)
    expected = mrode["computed"]
    # The book's last line is rounded from one step that no longer changes anything.
    np.testing.assert_allclose(history.a, expected["ai_s2a"], atol=6e-7)
    np.testing.assert_allclose(history.residual, expected["ai_s2e"], atol=6e-7)
    constant = -0.5 * 3 * np.log(2 * np.pi)  # left out in the book: 5 records, 2 fixed effects
    np.testing.assert_allclose(history.log_likelihood - constant, expected["logL"], atol=1e-7)


def test_the_printed_digits_of_the_book(mrode, fit):
    history = pd.DataFrame(fit.history)
    published = mrode["published"]
    for column, name in [("a", "ai_s2a"), ("residual", "ai_s2e")]:
        found = published[name]
        np.testing.assert_allclose(history[column], found["value"], atol=found["atol"])
    found = published["AIinv"]  # residual first
    np.testing.assert_allclose(fit.sampling[::-1, ::-1], found["value"], atol=found["atol"])


def test_the_first_step_of_em(mrode, design):
    matrices = to_list(as_covariances(design, START))
    point = Likelihood(design).at(matrices)
    residual, genetic = mrode["computed"]["em_first_iterate_s2e_s2a"]
    first = expectation_step(matrices, point.gradient(), [8, 5])
    assert first[0].item() == pytest.approx(genetic, abs=1e-8)
    # The book's residual is y'e / (n - rank), which rises faster than the EM of complete data.
    assert 0.4 * point.quadratic / 3 == pytest.approx(residual, abs=1e-8)


def test_em_reaches_the_same_top(design, fit):
    slow = reml_on(design, as_covariances(design, START), em_iterations=20, tolerance=1e-12)
    np.testing.assert_allclose(slow.matrices, fit.matrices, rtol=1e-5)
    assert {row["step"] for row in slow.history} == {"start", "EM", "AI"}


@pytest.fixture(scope="module")
def milk(reference):
    folder = reference / "milk"
    pedigree = ag.Pedigree.read_csv(folder / "pedCows.csv")
    return build_design(test_milk.MODEL, pd.read_csv(folder / "milk.csv"), pedigree)


def test_components_of_milk_yield_are_gremlins(reference, milk):
    expected = json.loads((reference / "milk" / "M2_reml_gremlin.json").read_text())["M2"]
    fit = reml_on(milk)
    values = [row["Estimate"] for row in expected["varcomp"]]  # a, pe, herd, residual
    errors = [row["Std..Error"] for row in expected["varcomp"]]
    np.testing.assert_allclose(np.ravel(fit.matrices), values, rtol=2e-5)
    np.testing.assert_allclose(fit.errors, errors, rtol=2e-5)
    constant = -0.5 * (3397 - 6) * np.log(2 * np.pi)
    assert fit.log_likelihood == pytest.approx(expected["logLik"] + constant, abs=1e-4)
    assert fit.converged
