"""The equations against dense matrices, and the traces as their exact adjoint."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from agrigen.evaluation import system as system_module
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.system import System
from tests.agrigen.variance import designs

SEEDS = range(3)


@pytest.fixture(params=["places remembered", "places found again"], autouse=True)
def way(request, monkeypatch):
    """Large models take the slower way, which needs less memory."""
    limit = system_module.REMEMBERED if request.param == "places remembered" else 0
    monkeypatch.setattr(system_module, "REMEMBERED", limit)


@pytest.fixture(params=designs.KINDS, scope="module")
def kind(request):
    return designs.KINDS[request.param]


@pytest.fixture(params=SEEDS)
def case(kind, request):
    rng = np.random.default_rng(request.param)
    d = kind(rng)
    return d, designs.covariances_of(d, rng), rng


def full(system, values):
    lower = csr_array((values, system.lower.indices, system.lower.indptr)).toarray()
    return lower + np.tril(lower, -1).T


def expected(d, covariances):
    c = designs.dense(d, covariances).c
    c[d.pinned, :] = 0
    c[:, d.pinned] = 0
    c[d.pinned, d.pinned] = 1
    return c


def test_values_are_the_mixed_model_matrix(case):
    d, covariances, _ = case
    system = System(d)
    found = full(system, system.values(covariances))
    np.testing.assert_allclose(found, expected(d, covariances), atol=1e-12)


def test_the_pattern_is_sorted_and_has_no_needless_entry(case):
    d, covariances, _ = case
    lower = System(d).lower
    assert lower.indices.dtype == np.int32
    assert lower.has_canonical_format
    assert (lower.indices[lower.indptr[1:] - 1] == np.arange(d.size)).all()
    # W and K^-1 decide; covariances without zeros fill the whole pattern.
    assert lower.nnz <= np.count_nonzero(np.tril(expected(d, covariances))) * 1.3


def test_right_hand_side_and_products(case):
    d, covariances, rng = case
    system, m = System(d), designs.dense(d, covariances)
    kept = m.w * ~d.pinned
    y, x = d.records.y, rng.normal(size=(d.size, 2))
    v = rng.normal(size=(y.size, 3))
    np.testing.assert_allclose(system.rhs(covariances), kept.T @ np.linalg.solve(m.r, y))
    np.testing.assert_allclose(system.fitted(x), kept @ x, atol=1e-12)
    np.testing.assert_allclose(system.fitted(x[:, 0]), kept @ x[:, 0], atol=1e-12)
    np.testing.assert_allclose(system.adjoint(v), kept.T @ v, atol=1e-12)
    np.testing.assert_allclose(system.weighted(v, covariances), np.linalg.solve(m.r, v))


def test_determinants(case):
    d, covariances, _ = case
    system, m = System(d), designs.dense(d, covariances)
    random = slice(0, d.fixed.start)
    assert system.log_residual(covariances) == pytest.approx(np.linalg.slogdet(m.r)[1])
    penalty = -np.linalg.slogdet(m.penalty[random, random])[1]
    assert system.log_penalty(covariances) == pytest.approx(penalty)


def test_squares_of_random_effects_and_residuals(case):
    d, _covariances, rng = case
    system = System(d)
    x, e = rng.normal(size=d.size), rng.normal(size=d.records.y.size)
    for block, found in zip(d.blocks, system.block_squares(x), strict=True):
        u = x[block.span].reshape(block.levels, block.width)
        np.testing.assert_allclose(found, u.T @ designs.inverse_of(block.structure) @ u)
    found = system.residual_squares(e)
    assert np.trace(found.sum(axis=0)) == pytest.approx(
        sum(
            w * (e[a:b] ** 2).sum()
            for w, a, b in zip(
                d.records.weight, d.records.start[:-1], d.records.start[1:], strict=True
            )
        )
    )


def moved(covariances, where, row, column, step):
    """Covariances with one parameter changed."""
    blocks, residual = [g.copy() for g in covariances.blocks], covariances.residual.copy()
    matrix = blocks[where] if where >= 0 else residual[-1 - where]
    matrix[row, column] += step
    if row != column:
        matrix[column, row] += step
    return Covariances(tuple(blocks), residual)


def test_traces_are_the_adjoint_of_values(case):
    """sum of z dC/dtheta over the whole symmetric matrix, for any z."""
    d, covariances, rng = case
    system = System(d)
    z = rng.normal(size=system.lower.nnz)
    traces = system.traces(z)
    both = np.where(np.repeat(np.arange(d.size), np.diff(system.lower.indptr))
                    == system.lower.indices, 1.0, 2.0)  # fmt: skip
    step = 1e-5
    for where in range(-len(d.groups), len(d.blocks)):
        size = covariances.blocks[where].shape[0] if where >= 0 else d.records.observed.shape[1]
        for row, column in [(0, 0), (size - 1, size - 1), (size - 1, 0)]:
            up, down = (
                system.values(moved(covariances, where, row, column, s)) for s in (step, -step)
            )
            numeric = float((both * z) @ (up - down)) / (2 * step)
            analytic = derivative(system, covariances, traces, where, row, column)
            assert analytic == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def derivative(system, covariances, traces, where, row, column):
    """tr(Z dC) from the traces: -tr(M^-1 dM M^-1 T)."""

    def unit(size):
        out = np.zeros((size, size))
        out[row, column] = out[column, row] = 1.0
        return out

    if where >= 0:
        inverse = np.linalg.inv(covariances.blocks[where])
        return -np.trace(inverse @ unit(len(inverse)) @ inverse @ traces.blocks[where])
    total = 0.0
    rinv = system.residual_inverse(covariances)
    for p, group in enumerate(system.design.records.group):
        if group == -1 - where:
            total -= np.trace(rinv[p] @ unit(len(rinv[p])) @ rinv[p] @ traces.patterns[p])
    return total


def test_the_log_determinant_changes_as_the_traces_of_the_inverse_say(case):
    d, covariances, _ = case
    system = System(d)
    lower = system.lower
    rows = np.repeat(np.arange(d.size), np.diff(lower.indptr))
    inverse = np.linalg.inv(full(system, system.values(covariances)))
    traces = system.traces(inverse[rows, lower.indices])
    step = 1e-5
    for where in range(-len(d.groups), len(d.blocks)):
        up, down = (
            np.linalg.slogdet(full(system, system.values(moved(covariances, where, 0, 0, s))))[1]
            for s in (step, -step)
        )
        analytic = derivative(system, covariances, traces, where, 0, 0)
        assert analytic == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_a_pinned_level_of_a_block_is_alone(case):
    d, covariances, _ = case
    pinned = d.pinned.copy()
    pinned[[0, 3]] = True
    held = replace(d, pinned=pinned)
    system = System(held)
    found = full(system, system.values(covariances))
    np.testing.assert_allclose(found, expected(held, covariances), atol=1e-12)
    assert system.lower.indptr[1] - system.lower.indptr[0] == 1


def test_an_animal_twice_in_one_record_counts_twice():
    """Sire and maternal grandsire may be the same animal."""
    b = designs.block("a", [("a", "y", None)], designs.independent(2), 0)
    d = designs.design([(1.0, 0, [(0, 1.0, {0: 1.0, 2: 1.0})])] * 3, [b], 1)
    records = replace(
        d.records,
        first=np.array([0, 3, 5, 7], np.int64),
        column=np.array([0, 0, 2, 0, 2, 1, 2], np.int32),
        value=np.array([1.0, 0.5, 1, 1, 1, 1, 1]),
    )
    d = replace(d, records=records)
    covariances = Covariances((np.array([[2.0]]),), np.array([[[1.0]]]))
    system = System(d)
    np.testing.assert_allclose(
        full(system, system.values(covariances)), expected(d, covariances), atol=1e-12
    )
