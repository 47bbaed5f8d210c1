"""Optimum contributions: constraints hold, and an independent solver finds nothing better."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import agrigen as ag
from agrigen.relationship import PartialRelationship


def case(seed):
    """A few candidates with ties in merit, relationships, and bounds of some kind."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 14))
    root = rng.normal(size=(n, n + 3))
    k = root @ root.T / (n + 3) / 2 + np.eye(n) / 2 + 0.2
    sex = np.array(["M", "F"] * n)[:n]
    bounds = {"lowest": rng.choice([0.0, 0.02]), "highest": rng.choice([0.5, 0.3])}
    if n < 6:
        bounds = {}
    return [f"a{i}" for i in range(n)], rng.normal(size=n).round(1), sex, k, bounds, rng


def by_slsqp(u, sex, k, bounds, *, penalty=None, coancestry=None):
    """The greatest objective that SciPy's sequential quadratic programming finds."""
    male = (sex == "M").astype(float)
    sums = [{"type": "eq", "fun": lambda c, m=m: c @ m - 0.5} for m in (male, 1 - male)]
    weight = penalty or 0.0
    if coancestry is not None:
        sums.append({"type": "ineq", "fun": lambda c: 2 * coancestry - c @ k @ c,
                     "jac": lambda c: -2 * k @ c})  # fmt: skip
    found = minimize(
        lambda c: -(u @ c - weight * c @ k @ c),
        np.where(male > 0, 0.5 / male.sum(), 0.5 / (1 - male).sum()),
        jac=lambda c: -(u - 2 * weight * k @ c),
        bounds=[(bounds.get("lowest", 0), bounds.get("highest", 0.5))] * u.size,
        constraints=sums, method="SLSQP", options={"maxiter": 1000, "ftol": 1e-12},
    )  # fmt: skip
    return -found.fun


def check(found, u, sex, k, bounds):
    c = found.contribution
    for one in ("M", "F"):
        assert c[sex == one].sum() == pytest.approx(0.5, abs=1e-12)
    assert (c >= bounds.get("lowest", 0) - 1e-12).all()
    assert (c <= bounds.get("highest", 0.5) + 1e-12).all()
    assert found.merit == pytest.approx(u @ c)
    assert found.coancestry == pytest.approx(c @ k @ c / 2, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 5))
def test_a_penalty_gives_what_an_independent_solver_gives(seed, penalty):
    ids, u, sex, k, bounds, _ = case(seed)
    found = ag.optimum_contributions(ids, u, sex, k, penalty=penalty, **bounds)
    check(found, u, sex, k, bounds)
    mine = found.merit - 2 * penalty * found.coancestry
    assert mine >= by_slsqp(u, sex, k, bounds, penalty=penalty) - 1e-6
    assert 0 <= found.gap < 1e-6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.001, 1.1))
def test_a_limit_of_coancestry_holds_and_nothing_better_is_below_it(seed, share):
    ids, u, sex, k, bounds, _ = case(seed)
    least = ag.optimum_contributions(ids, u, sex, k, penalty=1e9, **bounds).coancestry
    most = ag.optimum_contributions(ids, u, sex, k, penalty=0, **bounds).coancestry
    limit = least + share * (most - least) + 1e-6
    found = ag.optimum_contributions(ids, u, sex, k, coancestry=limit, **bounds)
    check(found, u, sex, k, bounds)
    assert found.coancestry <= limit + 1e-8
    assert found.merit >= by_slsqp(u, sex, k, bounds, coancestry=limit) - 1e-6
    # Along the frontier less relationship always costs merit.
    assert (np.diff(found.frontier["merit"]) <= 1e-9).all()


def test_two_unrelated_animals_of_a_sex_in_closed_form():
    # Males a, b: c'Kc of them is x² + (1/2 - x)²; the slope of the merit is met at
    # x = 1/4 + (u_a - u_b) / (4 penalty).
    found = ag.optimum_contributions(
        ["a", "b", "c"], [3.0, 2.0, 0.0], ["M", "M", "F"], np.eye(3), penalty=4
    )
    assert found.contribution == pytest.approx([0.25 + 1 / 16, 0.25 - 1 / 16, 0.5])


def test_females_that_are_decided_leave_the_choice_of_males():
    u, sex, k = np.array([3.0, 2.0, 1.0, 0.0, 0.0]), np.array(list("MMMFF")), np.eye(5)
    fixed = {"lowest": [0, 0, 0, 0.25, 0.25], "highest": [0.5, 0.5, 0.5, 0.25, 0.25]}
    found = ag.optimum_contributions(list("abcde"), u, sex, k, penalty=2, **fixed)
    assert found.contribution == pytest.approx([0.375, 0.125, 0, 0.25, 0.25])
    both = {"lowest": [0.5, 0, 0, 0.5, 0], "highest": [0.5, 0, 0, 0.5, 0]}
    found = ag.optimum_contributions(list("abcde"), u, sex, k, penalty=2, **both)
    assert found.contribution.tolist() == [0.5, 0, 0, 0.5, 0] and found.gap == 0


def test_a_pedigree_its_block_and_its_matrix_give_the_same():
    rng = np.random.default_rng(5)
    sires, dams = [""] * 20, [""] * 20
    for i in range(20, 160):
        sires.append(f"x{2 * rng.integers((i - 20) // 2, i // 2)}")
        dams.append(f"x{2 * rng.integers((i - 20) // 2, i // 2) + 1}")
    pedigree = ag.Pedigree([f"x{i}" for i in range(160)], sires, dams)
    ids = [f"x{i}" for i in range(100, 160)]
    sex = ["M" if i % 2 == 0 else "F" for i in range(100, 160)]
    u = rng.normal(size=60)
    kinds = (pedigree, PartialRelationship(pedigree, ids), pedigree.relationship_matrix(ids))
    found = [ag.optimum_contributions(ids, u, sex, k, inbreeding_rate=0.0) for k in kinds]
    for other in found[1:]:
        assert other.contribution == pytest.approx(found[0].contribution, abs=1e-7)
    matings = found[0].matings(30)
    assert matings.sum() == 60 and (matings[found[0].contribution == 0] == 0).all()
    assert "males" in repr(found[0])
    assert found[0].to_frame()["contribution"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"coancestry": 0.0001, "penalty": None}, "cannot be below 0.125"),
        ({"coancestry": 0.1}, "Give one of penalty"),
        ({"highest": 0.2}, "Bounds of M sum to"),
        ({"lowest": 0.4, "highest": 0.3}, "Bounds of a, b, c, d cannot be met"),
        ({"merit": [1, np.nan, 1, 1]}, "b: without merit"),
        ({"ids": ["a", "a", "c", "d"]}, "a: named twice"),
        ({"sex": ["M", "M", "M", "M"]}, "No candidate is F"),
        ({"relationship": np.eye(3)}, "of the 4 candidates"),
    ],
)
def test_what_cannot_be_is_refused(changed, words):
    given = {"ids": list("abcd"), "merit": [1, 2, 3, 4], "sex": list("MMFF"),
             "relationship": np.eye(4), "penalty": 1.0, **changed}  # fmt: skip
    positional = [given.pop(name) for name in ("ids", "merit", "sex", "relationship")]
    with pytest.raises(ag.DataError, match=words):
        ag.optimum_contributions(*positional, **given)
