"""Curves: Legendre polynomials as Mrode prints them, and linear splines."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Legendre

import agrigen as ag

LACTATION = ag.Basis("legendre", "dim", order=4, range=(4, 310))
KNOTS = (4.0, 60.0, 150.0, 310.0)
SPLINE = ag.Basis("spline", "dim", knots=KNOTS)
TEST_DAYS = [4, 38, 72, 106, 140, 174, 208, 242, 276, 310]

# Coefficients of the powers of x, as Mrode (chapter 9) derives them: 0.7071; 1.2247;
# -0.7906, 2.3717; -2.8062, 4.6771; 0.7955, -7.9550, 9.2808.
LAMBDA = np.sqrt([[1 / 2], [3 / 2], [5 / 2], [7 / 2], [9 / 2]]) * [
    [1, 0, 0, 0, 0],
    [0, 1, 0, 0, 0],
    [-1 / 2, 0, 3 / 2, 0, 0],
    [0, -3 / 2, 0, 5 / 2, 0],
    [3 / 8, 0, -30 / 8, 0, 35 / 8],
]


def refused(basis):
    with pytest.raises(ag.ModelError) as caught:
        ag.Model("milk", [ag.Animal(basis=basis)])
    return " ".join(map(str, caught.value.problems))


def test_legendre_polynomials_are_those_of_mrode():
    x = -1 + 2 * (np.array(TEST_DAYS) - 4) / 306
    powers = x[:, None] ** np.arange(5)
    np.testing.assert_allclose(
        LACTATION.evaluate(np.array(TEST_DAYS)), powers @ LAMBDA.T, atol=1e-13
    )
    assert LAMBDA[4].round(4).tolist() == [0.7955, 0.0, -7.9550, 0.0, 9.2808]


def test_the_curve_of_mrode_9_1_has_the_published_coefficients(reference):
    example = json.loads((reference / "worked_examples/ex_9_1.json").read_text())
    data, given = example["inputs"]["data"], example["inputs"]["var"]
    animals = np.array(data["animal"])
    x = np.hstack(
        [
            np.array(data["htd"])[:, None] == np.arange(1, 10),  # the tenth is held at 0
            LACTATION.evaluate(np.array(data["dim"])),
        ]
    )
    p = example["inputs"]["pedigree"]
    relationship = np.linalg.inv(ag.Pedigree(p["id"], p["sire"], p["dam"]).ainverse().toarray())
    genetic = given["a"] * relationship[np.ix_(animals - 1, animals - 1)]
    permanent = given["pe"] * (animals[:, None] == animals)
    precision = np.linalg.inv(genetic + permanent + given["e"] * np.eye(animals.size))
    b = np.linalg.solve(x.T @ precision @ x, x.T @ precision @ np.array(data["fat"]))
    curve = example["published"]["curve"]
    np.testing.assert_allclose(b[9:], curve["value"], atol=curve["atol"])


def test_legendre_polynomials_are_those_of_numpy():
    t = np.linspace(4, 310, 50)
    x = -1 + 2 * (t - 4) / 306
    expected = [Legendre.basis(k)(x) * np.sqrt((2 * k + 1) / 2) for k in range(5)]
    np.testing.assert_allclose(LACTATION.evaluate(t), np.transpose(expected), atol=1e-14)


def test_legendre_polynomials_are_orthonormal():
    nodes, weights = np.polynomial.legendre.leggauss(12)
    basis = ag.Basis("legendre", "x", order=6, range=(-1, 1))
    phi = basis.evaluate(nodes)
    np.testing.assert_allclose(phi.T @ (weights[:, None] * phi), np.eye(7), atol=1e-13)


@given(st.lists(st.floats(4, 310), min_size=1))
def test_splines_sum_to_one_and_stay_between_zero_and_one(t):
    values = SPLINE.evaluate(np.array(t))
    np.testing.assert_allclose(values.sum(axis=1), 1.0, atol=1e-12)
    assert values.min() >= -1e-12


def test_splines_are_linear_between_their_knots():
    np.testing.assert_allclose(SPLINE.evaluate(np.array(KNOTS)), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(
        SPLINE.evaluate(np.array([32.0, 105.0])), [[0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0]]
    )
    t = np.linspace(4, 310, 99)
    np.testing.assert_allclose(SPLINE.evaluate(t) @ np.array(KNOTS), t)


def test_a_missing_value_has_no_place_on_the_curve():
    for basis in (LACTATION, SPLINE):
        values = basis.evaluate(np.array([4.0, np.nan]))
        assert values.shape == (2, basis.size)
        assert np.isnan(values[1]).all()
        assert np.isfinite(values[0]).all()


def test_values_outside_the_range_are_named_by_record():
    with pytest.raises(ag.DataError) as caught:
        LACTATION.evaluate(np.array([4.0, 3.0, np.nan, 311.0]))
    (problem,) = caught.value.problems
    assert problem.kind == "outside_range"
    assert "outside 4 to 310" in problem.message
    assert "in record 2, 4 (lowest 3, highest 311)" in problem.message


def test_rounding_at_the_end_of_the_range_is_no_error():
    t = np.array([0.1 * 3])  # 0.30000000000000004
    assert ag.Basis("legendre", "x", order=1, range=(0, 0.3)).evaluate(t).shape == (1, 2)


def test_size_and_limits():
    assert (LACTATION.size, LACTATION.limits) == (5, (4.0, 310.0))
    assert (SPLINE.size, SPLINE.limits) == (4, (4.0, 310.0))


def test_lists_and_tuples_are_the_same():
    assert ag.Basis("legendre", "dim", order=4, range=[4, 310]) == LACTATION


@pytest.mark.parametrize(
    ("basis", "says"),
    [
        (ag.Basis("cubic", "dim"), "Use one of legendre, spline"),
        (ag.Basis("legendre", "", order=1, range=(0, 1)), "Name a column"),
        (ag.Basis("legendre", "dim", range=(4, 310)), "of order None"),
        (ag.Basis("legendre", "dim", order=2.5, range=(4, 310)), "of order 2.5"),
        (ag.Basis("legendre", "dim", order=-1, range=(4, 310)), "from 0 to 20"),
        (ag.Basis("legendre", "dim", order=2), "range None"),
        (ag.Basis("legendre", "dim", order=2, range=(310, 4)), "range [310, 4]"),
        (ag.Basis("legendre", "dim", order=2, range=(4, np.inf)), "range [4, inf]"),
        (ag.Basis("legendre", "dim", 2, (4, 310), (4, 310)), "Leave out knots"),
        (ag.Basis("spline", "dim", knots=(4,)), "knots [4]"),
        (ag.Basis("spline", "dim", knots=(4, 4, 310)), "rising numbers"),
        (ag.Basis("spline", "dim", order=1, knots=(4, 310)), "Leave out order"),
        ({"legendre": "dim"}, "Give a Basis"),
    ],
)
def test_curves_that_cannot_be(basis, says):
    assert says in refused(basis)
