"""The likelihood against dense algebra; its gradient against differences of itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agrigen.evaluation.arrays import Covariances
from agrigen.variance.likelihood import Direction, Likelihood
from agrigen.variance.terms import to_list
from tests.agrigen.variance import designs

CASES = st.tuples(st.sampled_from(sorted(designs.KINDS)), st.integers(0, 10_000))


def case(kind, seed):
    rng = np.random.default_rng(seed)
    d = designs.KINDS[kind](rng)
    return d, designs.covariances_of(d, rng), rng


@settings(max_examples=25, deadline=None)
@given(CASES)
def test_the_likelihood_is_that_of_dense_matrices(chosen):
    d, covariances, _ = case(*chosen)
    found = Likelihood(d).at(to_list(covariances)).value
    assert found == pytest.approx(designs.dense_log_likelihood(d, covariances), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(CASES)
def test_the_gradient_is_the_slope_of_the_likelihood(chosen):
    d, covariances, rng = case(*chosen)
    likelihood, matrices = Likelihood(d), to_list(covariances)
    gradient = likelihood.at(matrices).gradient()
    for k, m in enumerate(matrices):
        change = rng.normal(size=m.shape)
        change = change + change.T
        up, down = (
            likelihood.at([*matrices[:k], m + s * change, *matrices[k + 1 :]]).value
            for s in (1e-5, -1e-5)
        )
        assert np.sum(gradient[k] * change) == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("kind", designs.KINDS)
def test_the_average_information_is_that_of_dense_matrices(kind):
    d, covariances, rng = case(kind, 5)
    matrices = to_list(covariances)
    directions = []
    for k, m in enumerate(matrices):
        change = rng.normal(size=m.shape)
        directions.append(Direction(k, change + change.T))
    point = Likelihood(d).at(matrices)
    found = point.information(directions)
    np.testing.assert_allclose(found, dense_information(d, covariances, directions), rtol=1e-8)


def dense_information(d, covariances, directions):
    kept = np.flatnonzero(~d.pinned[d.fixed]) + d.fixed.start
    x = designs.dense(d, covariances).w[:, kept]
    vi = np.linalg.inv(variance(d, covariances))
    p = vi - vi @ x @ np.linalg.solve(x.T @ vi @ x, x.T @ vi)
    f = np.column_stack(
        [
            (variance(d, changed(covariances, way)) - variance(d, covariances)) @ p @ d.records.y
            for way in directions
        ]
    )
    return 0.5 * f.T @ p @ f


def changed(covariances, direction):
    blocks, residual = list(covariances.blocks), covariances.residual.copy()
    if direction.term < len(blocks):
        blocks[direction.term] = blocks[direction.term] + direction.change
    else:
        residual[direction.term - len(blocks)] += direction.change
    return Covariances(tuple(blocks), residual)


def variance(d, covariances):
    """V is linear in the matrices, so that any symmetric ones will do."""
    v = designs.dense(
        d, Covariances(tuple(np.eye(b.width) for b in d.blocks), covariances.residual)
    ).r
    w = designs.dense(
        d, Covariances(tuple(np.eye(b.width) for b in d.blocks), covariances.residual)
    ).w
    for b, g in zip(d.blocks, covariances.blocks, strict=True):
        k = np.linalg.inv(designs.inverse_of(b.structure))
        v = v + w[:, b.span] @ np.kron(k, g) @ w[:, b.span].T
    return v
