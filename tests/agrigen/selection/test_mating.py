"""Mate allocation: no constraint is broken, and HiGHS finds no better plan."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import agrigen as ag
from agrigen.selection import kinship


def by_highs(value, capacity):
    """Most females mated, then the greatest sum: by an independent integer program."""
    n, m = value.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    upper = np.isfinite(value).ravel().astype(float)
    gain = np.where(np.isfinite(value), value, 0).ravel() + 1e4
    found = milp(
        -gain, integrality=np.ones(n * m), bounds=Bounds(0, upper),
        constraints=[LinearConstraint(rows, 0, 1), LinearConstraint(columns, 0, capacity)],
    )  # fmt: skip
    mated = round(found.x.sum())
    return mated, -found.fun - 1e4 * mated


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_plan_keeps_every_constraint_and_none_is_better(seed):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 10)), int(rng.integers(1, 5))
    f = rng.uniform(0, 0.3, (n, m)).round(2)
    carriers = rng.random((n, m)) < 0.2
    u, v = rng.normal(size=n).round(1), rng.normal(size=m).round(1)
    capacity = rng.integers(0, 4, m)
    plan = ag.mate(
        [f"f{i}" for i in range(n)], [f"m{i}" for i in range(m)], f, female_merit=u, male_merit=v,
        penalty=5, capacity=capacity, most_inbreeding=0.2, forbidden={"carriers": carriers},
        complete=False,
    )  # fmt: skip
    value = np.where((f > 0.2) | carriers, -np.inf, (u[:, None] + v) / 2 - 5 * f)
    mated = np.flatnonzero(plan.chosen >= 0)
    assert np.isfinite(value[mated, plan.chosen[mated]]).all()
    assert (np.bincount(plan.chosen[mated], minlength=m) <= capacity).all()
    best = by_highs(value, capacity)
    assert mated.size == best[0]
    assert plan.total == pytest.approx(best[1], abs=1e-6)
    assert len(plan.unmated) == n - mated.size
    for name, why in plan.unmated.items():
        row = int(name[1:])
        assert why.get("inbreeding", 0) == (f[row] > 0.2).sum()
        assert why.get("full", 0) == np.isfinite(value[row]).sum()


def test_a_female_without_a_male_is_named_with_the_reasons():
    forbidden = {"carriers": [[True, False], [False, False]]}
    with pytest.raises(
        ag.DataError,
        match=r"No male is left for ewe: inbreeding forbids 1 of 2; carriers forbids 1 of 2\.",
    ):
        ag.mate(["ewe", "other"], ["r", "s"], [[0, 0.25], [0, 0]], most_inbreeding=0.1,
                forbidden=forbidden)  # fmt: skip
    with pytest.raises(ag.DataError, match="2 may be but have no room"):
        ag.mate(["a", "b", "c"], ["r", "s"], np.zeros((3, 2)), capacity=1)


def test_without_merits_the_plan_has_the_least_inbreeding():
    f = np.array([[0.1, 0.2], [0.0, 0.3]])
    plan = ag.mate(["a", "b"], ["r", "s"], f, capacity=1)
    assert plan.chosen.tolist() == [1, 0] and plan.mean_inbreeding == pytest.approx(0.1)
    assert plan.second().tolist() == [0, 1]
    assert plan.to_frame()["male"].tolist() == ["s", "r"]
    assert "2 of 2 females" in repr(plan)


def test_kinship_is_the_inbreeding_that_progeny_would_have():
    pedigree = ag.Pedigree(list("abcde"), ["", "", "a", "a", "a"], ["", "", "b", "b", ""])
    found = kinship(pedigree, ["c", "b"], ["d", "e", "a"])
    assert found == pytest.approx(np.array([[0.25, 0.125, 0.25], [0.25, 0, 0]]))
    plan = ag.mate(["c"], ["d", "e"], pedigree)
    assert plan.to_frame()["male"].tolist() == ["e"]


def test_progeny_vary_by_mendelian_sampling_and_by_what_is_not_known():
    found = ag.expected_progeny([2.0, 2.0], [1.0, 1.0], variance=4, sire_inbreeding=[0, 0.5],
                                sire_se=[0.0, 1.0])  # fmt: skip
    assert found.mean.tolist() == [1.5, 1.5]
    assert found.mendelian_sd**2 == pytest.approx([2.0, 1.5])
    assert found.sd**2 == pytest.approx([2.0, 1.75])
    # Parents known for certain: the rest of the progeny is chance, so the accuracy is sqrt(1/2).
    assert found.accuracy[0] == pytest.approx(0.5**0.5)
    low, high = found.range(0.9)
    assert (high - low)[0] == pytest.approx(2 * 1.6449 * 2**0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"capacity": 1.5}, "no whole number"),
        ({"capacity": [1, 2, 3]}, "3 capacities for 2 males"),
        ({"female_merit": [1, np.nan]}, "or some miss"),
        ({"forbidden": {"x": [[True]]}}, "2 females x 2 males"),
    ],
)
def test_what_cannot_be_planned_is_refused(changed, words):
    with pytest.raises(ag.DataError, match=words):
        ag.mate(["a", "b"], ["r", "s"], np.zeros((2, 2)), **changed)
