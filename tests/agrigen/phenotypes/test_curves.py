"""Lactation curves: exact on their own kind, equal to a fit one by one, and their sums."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import curve_basis, fit_curves
from tests.agrigen.phenotypes import herd


@given(st.floats(10, 40), st.floats(-0.08, 0.02), st.floats(-20, 0))
@settings(deadline=None)
def test_a_wilmink_curve_is_found_again(level, slope, start):
    day = np.arange(5, 300, 25.0)
    milk = curve_basis(day) @ [level, slope, start] + 30
    found = fit_curves(pd.DataFrame({"lactation": 1, "dim": day, "milk": milk}))
    assert found.coefficients[0] == pytest.approx([level + 30, slope, start], abs=1e-6)
    every = curve_basis(np.arange(1, 306.0)) @ [level + 30, slope, start]
    assert found.daily()[0] == pytest.approx(every)


def test_legendre_polynomials_are_those_of_the_models():
    days = np.arange(1, 306.0)
    basis = ag.Basis("legendre", "dim", order=4, range=(1, 305))
    assert curve_basis(days, kind="legendre", order=4) == pytest.approx(basis.evaluate(days))
    product = curve_basis(days, kind="legendre", order=4)
    # Orthonormal over -1 to 1, so nearly over the days.
    assert product.T @ product * 2 / 305 == pytest.approx(np.eye(5), abs=0.05)


@pytest.mark.parametrize("kind", ["wilmink", "legendre"])
def test_many_at_once_are_as_one_by_one(reference, kind):
    tests = herd.monthly(reference)
    tests = tests[tests["lactation"] < 60]
    found = fit_curves(tests, kind=kind)
    for place, name in enumerate(found.names):
        rows = tests[tests["lactation"] == name]
        X = curve_basis(rows["dim"].to_numpy(float), kind=kind)
        if len(rows) < X.shape[1]:
            assert np.isnan(found.coefficients[place]).all()
            continue
        expected = np.linalg.lstsq(X, rows["milk"].to_numpy())[0]
        assert found.coefficients[place] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_the_peak_and_the_yield_of_a_lactation_milked_daily(reference):
    days = herd.daily(reference)
    row = fit_curves(days).to_frame().iloc[0]
    assert row["yield_305"] == pytest.approx(days["milk"][:305].sum(), rel=0.01)
    assert 30 <= row["peak_day"] <= 120
    assert "Wilmink" in ag.cite(fit_curves(days))


def test_what_cannot_be_is_refused():
    tests = pd.DataFrame({"lactation": 1, "dim": [1, 2], "milk": [20, 21]})
    with pytest.raises(ag.DataError, match="Give one of wilmink, legendre"):
        fit_curves(tests, kind="wood")
    with pytest.raises(ag.DataError, match="The order is 11"):
        fit_curves(tests, kind="legendre", order=11)
    with pytest.raises(ag.DataError, match="The curve has 1 days"):
        fit_curves(tests, kind="legendre", days=1)
