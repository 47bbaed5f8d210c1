"""Laws of BLUP on random herds, against dense linear algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, tril

import agrigen as ag
from agrigen.evaluation.factor import Factor, dependent_columns
from tests.agrigen.reference.dense import dense_blup, reml_log_likelihood
from tests.agrigen.strategies import herds

VARIANCES = {"a": 3.0, "pe": 1.5, "herd": 2.0, "residual": 5.0}
MODEL = ag.Model(
    "y",
    [
        ag.Fixed("year"),
        ag.Covariate("age", degree=2),
        ag.Animal(),
        ag.Random("pe", "animal"),
        ag.Random("herd"),
    ],
    weights="w",
)


def indicator(column, levels):
    return (np.asarray(column)[:, None] == np.asarray(levels)[None, :]).astype(float)


def dense_parts(pedigree, frame):
    """X with all levels and raw powers, (Z, K) of each random effect, residual variances."""
    x = np.column_stack(
        [np.ones(len(frame)), indicator(frame.year, [2020, 2021]), frame.age, frame.age**2]
    )
    a = indicator(frame.animal, pedigree.ids)
    herd = indicator(frame.herd, sorted(set(frame.herd)))
    terms = [
        (a, 3.0 * pedigree.relationship_matrix()),
        (a, 1.5 * np.eye(len(pedigree))),
        (herd, 2.0 * np.eye(herd.shape[1])),
    ]
    return x, terms, 5.0 / frame.w.to_numpy()


@given(herds())
@settings(deadline=None, max_examples=60)
def test_blup_equals_dense_generalized_least_squares(herd):
    pedigree, frame = herd
    result = ag.evaluate(MODEL, frame, pedigree, VARIANCES, solver="direct")
    x, terms, residual = dense_parts(pedigree, frame)
    b, us, pevs = dense_blup(frame.y.to_numpy(), x, terms, residual)
    values = result.breeding_values
    np.testing.assert_allclose(values.breeding_value, us[0], atol=1e-6)
    np.testing.assert_allclose(values.pev, pevs[0], rtol=1e-6)
    if np.linalg.matrix_rank(x) == x.shape[1]:
        fixed = result.solutions[result.solutions.se.notna()].iloc[: x.shape[1]].solution
        np.testing.assert_allclose(fixed, b, atol=1e-5, rtol=1e-5)
        expected = reml_log_likelihood(frame.y.to_numpy(), x, terms, residual)
        assert result.summary["log_likelihood"] == pytest.approx(expected, rel=1e-7, abs=1e-6)


@given(herds())
@settings(deadline=None, max_examples=40)
def test_direct_equals_conjugate_gradients(herd):
    pedigree, frame = herd
    direct = ag.evaluate(MODEL, frame, pedigree, VARIANCES, solver="direct")
    iterated = ag.evaluate(MODEL, frame, pedigree, VARIANCES, solver="pcg")
    np.testing.assert_allclose(
        iterated.breeding_values.breeding_value,
        direct.breeding_values.breeding_value,
        atol=1e-6,
    )


@given(herds(), st.floats(0.5, 20))
@settings(deadline=None, max_examples=30)
def test_the_unit_of_the_trait_does_not_matter(herd, factor):
    pedigree, frame = herd
    scaled = {name: value * factor**2 for name, value in VARIANCES.items()}
    one = ag.evaluate(MODEL, frame, pedigree, VARIANCES).breeding_values
    other = ag.evaluate(MODEL, frame.assign(y=frame.y * factor), pedigree, scaled).breeding_values
    np.testing.assert_allclose(
        other.breeding_value, factor * one.breeding_value, atol=1e-6 * factor
    )
    np.testing.assert_allclose(other.reliability, one.reliability, atol=1e-8)


@given(herds())
@settings(deadline=None, max_examples=30)
def test_the_order_of_the_records_does_not_matter(herd):
    pedigree, frame = herd
    one = ag.evaluate(MODEL, frame, pedigree, VARIANCES).breeding_values
    other = ag.evaluate(MODEL, frame[::-1], pedigree, VARIANCES).breeding_values
    np.testing.assert_allclose(other.breeding_value, one.breeding_value, atol=1e-8)
    assert list(other.records) == list(one.records)


@given(st.integers(1, 60), st.floats(0, 0.4), st.integers(0, 2**31))
@settings(deadline=None)
def test_the_factor_solves_and_inverts_any_pattern(n, density, seed):
    rng = np.random.default_rng(seed)
    half = np.where(rng.random((n, n)) < density, rng.normal(size=(n, n)), 0.0)
    matrix = half @ half.T + np.eye(n)
    lower = tril(csr_array(matrix), format="csr")
    lower.sort_indices()
    factor = Factor(lower).factorize(lower.data)
    b = rng.normal(size=n)
    np.testing.assert_allclose(matrix @ factor.solve(b), b, atol=1e-8)
    np.testing.assert_allclose(factor.inverse_diagonal(), np.diag(np.linalg.inv(matrix)))
    assert factor.logdet == pytest.approx(np.linalg.slogdet(matrix)[1], abs=1e-8)


def test_the_factor_of_a_large_sparse_matrix_keeps_most_columns_sparse():
    rng = np.random.default_rng(3)
    n, links = 3000, 4000
    i, j = rng.integers(0, n, links), rng.integers(0, n, links)
    graph = csr_array((np.full(links, -1.0), (i, j)), shape=(n, n))
    graph = (graph + graph.T).tocsr()
    degree = np.asarray(abs(graph).sum(axis=1)).ravel()
    graph.setdiag(degree + 1.0)
    lower = tril(graph, format="csr")
    lower.sort_indices()
    factor = Factor(lower).factorize(lower.data)
    assert sorted(factor.order) == list(range(n))
    assert 0 < factor.sparse < n
    inverse = np.linalg.inv(graph.toarray())
    np.testing.assert_allclose(factor.inverse_diagonal(), np.diag(inverse), rtol=1e-10)


@pytest.mark.parametrize("natural", [True, False])
def test_dependent_columns_are_found(natural):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(30, 6))
    x[:, 3] = x[:, 0] - 2 * x[:, 2]
    x[:, 5] = 0.0
    lower = tril(csr_array(x.T @ x), format="csr")
    lower.sort_indices()
    dropped = dependent_columns(lower, natural=natural)
    kept = x[:, ~dropped]
    assert np.linalg.matrix_rank(kept) == kept.shape[1] == 4
    if natural:
        assert list(np.flatnonzero(dropped)) == [3, 5]
