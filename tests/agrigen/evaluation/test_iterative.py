"""Conjugate gradients against dense matrices: products, solutions, stopping, warm starts."""

from dataclasses import replace

import numpy as np
import pytest

from agrigen.errors import Cancelled
from agrigen.evaluation import operator as operators
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.iterative import product, solve_iterative
from agrigen.pedigree.structure import Structure
from tests.agrigen.variance import designs


def with_groups(rng, base):
    """Single trait; unknown parents are two groups, which a parent can share with the other."""
    d = designs.single(rng)
    old = d.blocks[0].structure
    n = old.sire.size
    names = np.append(old.names, ["g1", "g2"])
    sire, dam = (
        np.where(p < 0, n + rng.integers(2, size=n), p).astype(np.int32)
        for p in (old.sire, old.dam)
    )
    structure = Structure(
        names, old.logdet, np.ones(n + 2), sire=sire, dam=dam, precision=old.precision, base=base
    )
    return shifted(d, structure, 2)


def shifted(d, structure, more):
    """The design with a longer first block."""
    records = d.records
    after = d.blocks[0].span.stop
    column = np.where(records.column >= after, records.column + more, records.column)
    first = replace(d.blocks[0], structure=structure)
    rest = [replace(b, offset=b.offset + more) for b in d.blocks[1:]]
    pinned = np.insert(d.pinned, after, [False] * more)
    if not structure.base.any():
        pinned[after + more - 1] = True
    return replace(
        d,
        records=replace(records, column=column.astype(np.int32)),
        blocks=(first, *rest),
        fixed=slice(d.fixed.start + more, d.fixed.stop + more),
        pinned=pinned,
    )


KINDS = {
    **designs.KINDS,
    "fixed groups": lambda rng: with_groups(rng, np.zeros((2, 2))),
    "metafounders": lambda rng: with_groups(rng, np.array([[2.0, -0.5], [-0.5, 3.0]])),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture(params=range(3))
def case(kind, request):
    rng = np.random.default_rng(request.param)
    d = kind(rng)
    return d, designs.covariances_of(d, rng), rng


def dense(d, covariances):
    """C and the right-hand side, pinned unknowns apart."""
    m = designs.dense(d, covariances)
    c, b = m.c, m.w.T @ np.linalg.solve(m.r, d.records.y)
    c[d.pinned, :] = 0
    c[:, d.pinned] = 0
    c[d.pinned, d.pinned] = 1
    b[d.pinned] = 0
    return c, b


def test_the_product_is_that_of_the_dense_matrix(case):
    d, covariances, rng = case
    c, _ = dense(d, covariances)
    times = product(d, covariances)
    for _ in range(3):
        x = rng.normal(size=d.size)
        np.testing.assert_allclose(times(x), c @ x, atol=1e-11)


def test_solutions_are_those_of_the_dense_equations(case):
    d, covariances, _ = case
    c, b = dense(d, covariances)
    x, convergence = solve_iterative(d, covariances)
    np.testing.assert_allclose(x, np.linalg.solve(c, b), atol=1e-9, rtol=1e-9)
    assert convergence.converged
    assert convergence.iterations == convergence.history.size
    assert convergence.residual == pytest.approx(
        np.linalg.norm(b - c @ x) / np.linalg.norm(b), abs=1e-14
    )


def test_the_stated_error_bounds_the_real_one(case):
    """Stopped early, no random effect is further off than the record of the iterations says."""
    d, covariances, _ = case
    c, b = dense(d, covariances)
    exact = np.linalg.solve(c, b)
    for accuracy in (1e-1, 1e-3, 1e-5):
        x, convergence = solve_iterative(d, covariances, tolerance=0.5, accuracy=accuracy)
        for block, g in zip(d.blocks, covariances.blocks, strict=True):
            wrong = np.abs(x - exact)[block.span].reshape(block.levels, block.width)
            animals = block.levels - (0 if block.structure.base is None else 2)
            sds = np.sqrt(np.outer(block.structure.scale, np.diag(g)))[:animals]
            rounding = 1e-11
            assert (wrong[:animals] / sds).max() <= convergence.error + rounding


def test_an_earlier_solution_is_a_head_start(case):
    d, covariances, _ = case
    x, cold = solve_iterative(d, covariances)
    again, warm = solve_iterative(d, covariances, start=x)
    np.testing.assert_allclose(again, x, atol=1e-9, rtol=1e-9)
    assert warm.converged
    assert warm.iterations <= max(cold.iterations, 15)


def test_a_start_from_nonsense_ends_at_the_same_solutions(case):
    d, covariances, rng = case
    x, _ = solve_iterative(d, covariances)
    start = 1e3 * rng.normal(size=d.size)
    again, convergence = solve_iterative(d, covariances, start=start)
    assert convergence.converged
    np.testing.assert_allclose(again, x, atol=1e-8, rtol=1e-8)
    assert (start[d.pinned] != 0).all()
    assert (again[d.pinned] == 0).all()


def test_one_thread_or_two_give_the_same_bits(case, monkeypatch):
    d, covariances, _ = case
    one, _ = solve_iterative(d, covariances)
    monkeypatch.setattr(operators, "THREADS_FROM", 1)
    monkeypatch.setattr(operators.os, "cpu_count", lambda: 2)
    two, _ = solve_iterative(d, covariances)
    assert (one == two).all()


def test_many_fixed_columns_are_preconditioned_by_their_diagonal(case, monkeypatch):
    d, covariances, _ = case
    full, _ = solve_iterative(d, covariances)
    for limit in ("FIXED_ENTRIES", "FACTOR_ENTRIES"):
        with monkeypatch.context() as patch:
            patch.setattr(operators, limit, 1)
            x, convergence = solve_iterative(d, covariances)
        assert convergence.converged
        np.testing.assert_allclose(x, full, atol=1e-9, rtol=1e-9)


def test_cross_products_of_fixed_columns(case):
    d, covariances, _ = case
    c, _ = dense(d, covariances)
    products = operators.FixedProducts(d)
    lower = products.lower.copy()
    lower.data = products.values(operators.pattern_inverses(d, covariances))
    kept = np.ix_(products.kept, products.kept)
    np.testing.assert_allclose(lower.toarray(), np.tril(c[kept]), atol=1e-12)


def test_the_table_of_cross_products_grows():
    rng = np.random.default_rng(4)
    levels = 150
    rows = []
    for _ in range(20_000):
        i, j = rng.integers(levels, size=2)
        entries = {0: 1.0, 1 + int(i): 1.0, 1 + levels + int(j): rng.normal()}
        rows.append((float(rng.uniform(1, 2)), 0, [(0, rng.normal(), entries)]))
    b = designs.block("c", [("c", "y", None)], designs.independent(1), 0)
    d = designs.design(rows, [b], 2 * levels)
    covariances = Covariances((np.eye(1),), np.ones((1, 1, 1)))
    records = d.records
    x = np.zeros((len(rows), d.size))
    x[np.repeat(np.arange(len(rows)), 3), records.column] = records.value
    expected = np.tril((x.T * records.weight) @ x)[1:, 1:]
    products = operators.FixedProducts(d)
    lower = products.lower.copy()
    lower.data = products.values(operators.pattern_inverses(d, covariances))
    np.testing.assert_allclose(lower.toarray(), expected, atol=1e-9)


def test_records_of_zeros_have_solutions_of_zeros(kind):
    rng = np.random.default_rng(1)
    d = kind(rng)
    covariances = designs.covariances_of(d, rng)
    x, convergence = solve_iterative(d, covariances, data=np.zeros(d.records.y.size))
    assert not x.any()
    assert convergence.converged
    assert convergence.residual == 0.0


def test_too_few_iterations_are_told(case):
    d, covariances, _ = case
    x, convergence = solve_iterative(d, covariances, max_iterations=2)
    assert not convergence.converged
    assert convergence.iterations == 2
    assert np.isfinite(x).all()


def test_a_mean_of_a_million_does_not_hide_the_breeding_values(kind):
    rng = np.random.default_rng(5)
    d = kind(rng)
    covariances = designs.covariances_of(d, rng)
    w = designs.dense(d, covariances).w
    raised = d.records.y + 1e6 * w[:, d.fixed.start :].sum(axis=1)
    x, _ = solve_iterative(d, covariances)
    y, convergence = solve_iterative(d, covariances, data=raised)
    assert convergence.converged
    np.testing.assert_allclose(y[: d.fixed.start], x[: d.fixed.start], atol=1e-6)


def test_progress_moves_and_cancel_stops():
    rng = np.random.default_rng(1)
    d = designs.single(rng)
    covariances = designs.covariances_of(d, rng)
    told = []
    solve_iterative(d, covariances, progress=lambda fraction, words: told.append((fraction, words)))
    assert told
    assert all(0.0 <= fraction <= 1.0 for fraction, _ in told)
    assert "relative residual" in told[0][1]
    with pytest.raises(Cancelled, match="iteration"):
        solve_iterative(d, covariances, cancel=lambda: True)


def test_an_interrupt_keeps_the_solutions_so_far():
    rng = np.random.default_rng(1)
    d = designs.single(rng)

    def stop(*_):
        raise KeyboardInterrupt

    x, convergence = solve_iterative(d, designs.covariances_of(d, rng), progress=stop)
    assert not convergence.converged
    assert x.any()
