"""The sparse factor against dense linear algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import agrigen as ag
from agrigen.errors import SolveError
from agrigen.evaluation import dense, threads
from agrigen.evaluation import factor as module
from agrigen.evaluation.factor import Factor, Hints, dependent_columns


def lower_of(dense):
    """Lower triangle of a dense matrix, its zeros left out."""
    lower = csr_array(np.tril(dense))
    lower.sort_indices()
    return lower


def random_matrix(rng, n, width=1, density=0.05):
    """Symmetric positive definite, in dense blocks of `width`."""
    pattern = rng.random((n, n)) < density
    blocks = np.kron(pattern | pattern.T | np.eye(n, dtype=bool), np.ones((width, width)))
    values = rng.normal(size=blocks.shape) * blocks
    values = values + values.T
    return values + np.diag(np.abs(values).sum(axis=1) + 0.1)


def animal_matrix(rng, animals, herds, width=1):
    """Equations of records on all animals: overlapping generations, few sires."""
    sire = np.zeros(animals, np.int64)
    dam = np.zeros(animals, np.int64)
    for i in range(20, animals):
        sire[i] = 1 + rng.integers(0, max(1, i // 50)) * 10
        dam[i] = 2 + rng.integers(max(0, i - 200) // 10, i // 10) * 10
    pedigree = ag.Pedigree(np.arange(1, animals + 1), sire, dam)
    ainverse = np.linalg.inv(pedigree.relationship_matrix())
    ainverse[np.abs(ainverse) < 1e-9] = 0.0
    w = np.zeros((animals, animals + herds))
    w[np.arange(animals), np.arange(animals)] = 1.0
    w[np.arange(animals), animals + rng.integers(0, herds, animals)] = 1.0
    c = w.T @ w
    c[:animals, :animals] += ainverse
    c[animals:, animals:] += np.eye(herds)
    between = np.full((width, width), 0.3) + np.eye(width)
    late = np.ones(animals + herds, bool)
    late[:animals] = np.isin(np.arange(1, animals + 1), sire)
    rank = np.concatenate([-np.arange(animals), np.ones(herds, int)])
    return np.kron(c, between), Hints(np.repeat(rank, width), np.repeat(late, width))


def check(dense, factor):
    """Everything a factor gives, against NumPy."""
    lower = lower_of(dense)
    factor.factorize(lower.data)
    expected = np.linalg.inv(dense)
    entries = lower.tocoo()
    inverse = factor.inverse()
    scale = np.abs(expected).max()
    np.testing.assert_allclose(inverse.diagonal, np.diag(expected), rtol=1e-10)
    np.testing.assert_allclose(factor.inverse_diagonal(), inverse.diagonal, rtol=0)
    np.testing.assert_allclose(
        inverse.values, expected[entries.row, entries.col], rtol=1e-10, atol=1e-10 * scale
    )
    twice = np.where(entries.row == entries.col, 1.0, 2.0)
    assert (twice * entries.data * inverse.values).sum() == pytest.approx(factor.size, rel=1e-11)
    assert factor.logdet == pytest.approx(np.linalg.slogdet(dense)[1], rel=1e-11)
    b = np.random.default_rng(3).normal(size=(factor.size, 3))
    np.testing.assert_allclose(factor.solve(b), expected @ b, atol=1e-9 * scale)
    np.testing.assert_allclose(factor.solve(b[:, 1]), expected @ b[:, 1], atol=1e-9 * scale)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([1, 2, 4]), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_positive_definite_matrix_is_solved_and_inverted(seed, n, width, hinted):
    rng = np.random.default_rng(seed)
    dense = random_matrix(rng, n, width, rng.uniform(0, 0.2))
    size = n * width
    hints = Hints(rng.permutation(size), rng.random(size) < 0.1) if hinted else None
    check(dense, Factor(lower_of(dense), hints))


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("hinted", [True, False])
@pytest.mark.parametrize("tail", [1, 20, 12_000])
def test_an_animal_model_is_solved_and_inverted(monkeypatch, width, hinted, tail):
    monkeypatch.setattr(module, "TAIL_LIMIT", tail)
    dense, hints = animal_matrix(np.random.default_rng(width), 240, 6, width)
    factor = Factor(lower_of(dense), hints if hinted else None)
    assert 0 < factor.size - factor.sparse <= tail
    check(dense, factor)


def test_one_equation():
    check(np.array([[4.0]]), Factor(lower_of(np.array([[4.0]]))))


def test_a_full_matrix_has_no_sparse_columns():
    rng = np.random.default_rng(1)
    dense = random_matrix(rng, 30, density=1.0)
    factor = Factor(lower_of(dense))
    assert factor.sparse == 0
    check(dense, factor)


def test_unconnected_equations():
    check(np.diag(np.arange(1.0, 40.0)), Factor(lower_of(np.diag(np.arange(1.0, 40.0)))))


def test_equations_held_at_zero_stay_out_of_the_rest():
    dense, hints = animal_matrix(np.random.default_rng(5), 150, 4)
    lower = lower_of(dense)
    held = np.array([3, 77, 151])
    entries = lower.tocoo()
    out = np.isin(entries.row, held) | np.isin(entries.col, held)
    values = np.where(out, (entries.row == entries.col).astype(float), lower.data)
    factor = Factor(lower, hints).factorize(values)
    rest = np.setdiff1d(np.arange(154), held)
    inverse = factor.inverse()
    expected = np.diag(np.linalg.inv(dense[np.ix_(rest, rest)]))
    np.testing.assert_allclose(inverse.diagonal[rest], expected, rtol=1e-10)
    np.testing.assert_array_equal(inverse.diagonal[held], 1.0)
    assert factor.logdet == pytest.approx(np.linalg.slogdet(dense[np.ix_(rest, rest)])[1])


def test_the_same_pattern_takes_new_values_and_gives_the_same_bits():
    dense, hints = animal_matrix(np.random.default_rng(6), 300, 5, 2)
    lower = lower_of(dense)
    factor = Factor(lower, hints)
    b = np.ones(factor.size)
    first = factor.factorize(lower.data).inverse()
    solution = factor.solve(b)
    np.testing.assert_allclose(factor.factorize(2 * lower.data).solve(b), solution / 2, rtol=1e-12)
    again = factor.factorize(lower.data).inverse()
    np.testing.assert_array_equal(again.values, first.values)
    np.testing.assert_array_equal(factor.solve(b), solution)


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch):
    dense, hints = animal_matrix(np.random.default_rng(7), 300, 5)
    lower = lower_of(dense)
    results = []
    for count in (1, 2, 3):
        monkeypatch.setattr(threads, "THREADS", count)
        results.append(Factor(lower, hints).factorize(lower.data).inverse().values)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("n", [3, 64, 65, 200])
def test_large_dense_blocks_are_taken_piece_by_piece(monkeypatch, n):
    monkeypatch.setattr(dense, "BLOCK", 64)
    matrix = random_matrix(np.random.default_rng(n), n, density=1.0)
    u = np.asfortranarray(matrix)
    assert dense.cholesky(u)
    np.testing.assert_allclose(np.triu(u).T @ np.triu(u), matrix, atol=1e-10)
    np.testing.assert_allclose(dense.inverse(u), np.linalg.inv(matrix), atol=1e-13)
    matrix[n - 1, n - 1] = -1.0
    assert not dense.cholesky(np.asfortranarray(matrix))


@pytest.mark.parametrize("where", [0, 120, 241])
def test_equations_that_are_not_positive_definite_are_refused(where):
    dense, hints = animal_matrix(np.random.default_rng(8), 240, 6)
    dense[where, where] = -1.0
    lower = lower_of(dense)
    with pytest.raises(SolveError, match="not positive definite"):
        Factor(lower, hints).factorize(lower.data)


def test_hints_keep_the_factor_of_a_pedigree_thin():
    dense, hints = animal_matrix(np.random.default_rng(9), 800, 10)
    factor = Factor(lower_of(dense), hints)
    assert factor.nonzeros < 12 * factor.size
    assert factor.work < 2e6


@pytest.mark.parametrize("natural", [True, False])
def test_dependent_columns_are_found(natural):
    rng = np.random.default_rng(10)
    x = np.zeros((400, 30))
    x[np.arange(400), rng.integers(0, 12, 400)] = 1.0
    x[np.arange(400), 12 + rng.integers(0, 18, 400)] = 1.0
    dropped = dependent_columns(lower_of(x.T @ x), natural=natural)
    assert dropped.sum() == 1
    assert np.linalg.matrix_rank(x[:, ~dropped]) == 29
    if natural:
        assert dropped[29]


def test_thirty_thousand_columns_are_checked_for_dependence():
    rng = np.random.default_rng(11)
    n, levels = 60_000, 30_000
    codes = np.concatenate([np.arange(levels), rng.integers(0, levels, n - levels)])
    year = levels + rng.integers(0, 20, n)
    rows = np.repeat(np.arange(n), 2)
    x = csr_array((np.ones(2 * n), (rows, np.column_stack([codes, year]).ravel())))
    cross = (x.T @ x).tocoo()
    keep = cross.row >= cross.col
    lower = csr_array((cross.data[keep], (cross.row[keep], cross.col[keep])), shape=cross.shape)
    lower.sort_indices()
    dropped = dependent_columns(lower, natural=False)
    assert dropped.sum() == 1
