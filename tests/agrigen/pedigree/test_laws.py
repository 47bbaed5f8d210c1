"""Laws that hold for every pedigree, against the tabular method."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agrigen.reference.tabular import tabular_a
from tests.agrigen.strategies import parents, pedigree_of

TOLERANCE = 1e-12  # rounding of some hundred float64 operations on numbers near 1


@given(parents())
@settings(deadline=None)
def test_relationships_equal_the_tabular_method(pair):
    pedigree = pedigree_of(*pair)
    expected = tabular_a(pedigree.sire, pedigree.dam)
    np.testing.assert_allclose(pedigree.relationship_matrix(), expected, atol=TOLERANCE)
    np.testing.assert_allclose(1 + pedigree.inbreeding(), np.diag(expected), atol=TOLERANCE)


@given(parents())
@settings(deadline=None)
def test_a_times_its_inverse_is_the_identity(pair):
    pedigree = pedigree_of(*pair)
    product = pedigree.ainverse() @ pedigree.relationship_matrix()
    np.testing.assert_allclose(product, np.eye(len(pedigree)), atol=1e-10)


@given(parents(), st.integers(0, 2**31))
@settings(deadline=None)
def test_products_need_no_matrix(pair, seed):
    pedigree = pedigree_of(*pair)
    x = np.random.default_rng(seed).normal(size=len(pedigree))
    np.testing.assert_allclose(pedigree.times(x), pedigree.relationship_matrix() @ x, atol=1e-11)
    np.testing.assert_allclose(pedigree.inverse_times(x), pedigree.ainverse() @ x, atol=1e-11)


@given(parents(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_rows_changes_no_number(pair, random):
    order = list(range(len(pair[0])))
    random.shuffle(order)
    straight, shuffled = pedigree_of(*pair), pedigree_of(*pair, order=order)
    places = [shuffled.index(i) for i in straight.ids]
    np.testing.assert_allclose(shuffled.inbreeding()[places], straight.inbreeding(), atol=TOLERANCE)
    assert all(shuffled.sire < np.arange(len(shuffled)))
    assert all(shuffled.dam < np.arange(len(shuffled)))


@given(parents())
@settings(deadline=None)
def test_a_valid_order_is_kept(pair):
    assert list(pedigree_of(*pair).ids) == [f"a{i}" for i in range(len(pair[0]))]


@given(parents())
@settings(deadline=None)
def test_an_unrelated_founder_changes_nobody(pair):
    sire, dam = pair
    n = len(sire)
    more = pedigree_of(np.append(sire, -1), np.append(dam, -1))
    expected = pedigree_of(*pair).relationship_matrix()
    np.testing.assert_array_equal(more.relationship_matrix()[:n, :n], expected)
    assert not more.relationship_matrix()[n, :n].any()


@given(parents())
@settings(deadline=None)
def test_ancestors_and_descendants_are_each_other(pair):
    pedigree = pedigree_of(*pair)
    for animal in pedigree.ids:
        for ancestor in pedigree.ancestors(animal):
            assert animal in pedigree.descendants(ancestor)


def test_many_sires_in_one_pass_equal_the_tabular_method():
    # More sires than lanes, sires that descend from sires of the same batch, long lists.
    rng = np.random.default_rng(7)
    n = 400
    sire, dam = np.full(n, -1), np.full(n, -1)
    for i in range(40, n):
        sire[i] = 2 * rng.integers(max(0, i // 2 - 40), i // 2)
        dam[i] = 2 * rng.integers(max(0, i // 2 - 60), i // 2) + 1
        dam[i] = min(dam[i], i - 1 if i % 2 == 0 else i - 2)
    pedigree = pedigree_of(sire, dam)
    expected = np.diag(tabular_a(pedigree.sire, pedigree.dam)) - 1
    np.testing.assert_allclose(pedigree.inbreeding(), expected, atol=TOLERANCE)
    assert expected.max() > 0.05
