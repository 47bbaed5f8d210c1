"""Relationships of pairs and blocks, dominance, and A22 with its inverse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.relationship import PartialRelationship
from tests.agrigen.reference.pedigrees import dominance, meuwissen_luo
from tests.agrigen.reference.tabular import tabular_a
from tests.agrigen.strategies import parents, pedigree_of


@given(parents(), st.integers(0, 2**31))
@settings(deadline=None)
def test_pairs_and_blocks_are_entries_of_a(pair, seed):
    pedigree = pedigree_of(*pair)
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, len(pedigree), 12) for _ in range(2))
    expected = tabular_a(pedigree.sire, pedigree.dam)
    found = pedigree.relationships(pedigree.ids[a], pedigree.ids[b])
    np.testing.assert_allclose(found, expected[a, b], atol=1e-12)
    block = pedigree.relationship_matrix(pedigree.ids[a])
    np.testing.assert_allclose(block, expected[np.ix_(a, a)], atol=1e-12)


@given(parents(), st.integers(0, 2**31))
@settings(deadline=None)
def test_a_part_of_a_and_its_inverse_need_no_dense_matrix(pair, seed):
    pedigree = pedigree_of(*pair)
    rng = np.random.default_rng(seed)
    size = rng.integers(1, len(pedigree) + 1)
    ids = rng.choice(pedigree.ids, size, replace=False)
    part = PartialRelationship(pedigree, ids)
    a = pedigree.relationship_matrix(ids)
    x = rng.normal(size=(size, 2))
    np.testing.assert_allclose(part.block, a, atol=1e-12)
    np.testing.assert_allclose(part.times(x), a @ x, atol=1e-11)
    np.testing.assert_allclose(part.inverse_times(a @ x), x, atol=1e-9)
    np.testing.assert_allclose(part.inverse_times(a @ x[:, 0]), x[:, 0], atol=1e-9)
    np.testing.assert_allclose(part.inverse() @ a, np.eye(size), atol=1e-9)
    assert part.logdet == pytest.approx(np.linalg.slogdet(a)[1], abs=1e-9)


def test_a_part_with_metafounders():
    gamma = [[0.6, 0.2], [0.2, 0.9]]
    pedigree = ag.Pedigree(
        list("abcde"), ["g", "h", "a", "a", "c"], ["h", "h", "b", "g", "d"],
        groups=["g", "h"], gamma=gamma,
    )  # fmt: skip
    part = PartialRelationship(pedigree, ["e", "b"])
    a = pedigree.relationship_matrix(["e", "b"])
    np.testing.assert_allclose(part.inverse(), np.linalg.inv(a), atol=1e-12)


def test_animals_of_a_part_are_distinct_and_known():
    pedigree = ag.Pedigree(["1", "2"], ["", ""], ["", ""])
    with pytest.raises(ag.DataError) as caught:
        PartialRelationship(pedigree, ["1", "9", "1"])
    assert [problem.kind for problem in caught.value.problems] == ["unknown_animal", "duplicate"]


@given(parents())
@settings(deadline=None)
def test_dominance_equals_its_definition(pair):
    pedigree = pedigree_of(*pair)
    a = tabular_a(pedigree.sire, pedigree.dam)
    expected = dominance(pedigree.sire, pedigree.dam, a)
    np.testing.assert_allclose(pedigree.dominance_matrix(), expected, atol=1e-12)


def test_dominance_of_full_sibs_and_double_first_cousins():
    pedigree = ag.Pedigree(
        ["a", "b", "c", "d", "x", "y"],
        ["s", "s", "t", "t", "a", "b"],
        ["u", "u", "v", "v", "c", "d"],
    )
    d = pedigree.dominance_matrix(["a", "b", "x", "y"])
    expected = [[1, 0.25, 0, 0], [0.25, 1, 0, 0], [0, 0, 1, 0.0625], [0, 0, 0.0625, 1]]
    np.testing.assert_allclose(d, expected, atol=1e-15)


def test_dominance_of_the_pigs_of_mrode(reference):
    """Mrode, 3rd ed., chapter 12: animals 7 to 12 of table 12.1 (example 9.1 in the 2nd)."""
    frame = pd.read_csv(
        reference / "data" / "nadiv_pedigrees" / "Mrode9.csv", dtype=str, keep_default_na=False
    )
    pedigree = ag.Pedigree.from_frame(frame, id="pig")
    d = pedigree.dominance_matrix([str(i) for i in range(1, 13)])
    assert d[8, 9] == d[10, 11] == 0.25
    assert d[6, 8] == d[6, 9] == 0.0625
    assert d[6, 10] == d[8, 10] == d[9, 11] == 0.125


@pytest.mark.parametrize("name", ["Mrode2", "Mrode9", "FG90", "Wray90", "warcolak"])
def test_published_pedigrees_equal_the_oracle(reference, name):
    frame = pd.read_csv(
        reference / "data" / "nadiv_pedigrees" / f"{name}.csv", dtype=str, keep_default_na=False
    )
    frame.columns = frame.columns.str.lower()
    pedigree = ag.Pedigree.from_frame(frame.rename(columns={"pig": "id"}))
    f = meuwissen_luo(pedigree.sire, pedigree.dam)
    np.testing.assert_allclose(pedigree.inbreeding(), f, atol=1e-12)
    some = pedigree.ids[:: max(1, len(pedigree) // 60)]
    if len(pedigree) < 20:
        a = tabular_a(pedigree.sire, pedigree.dam)
        np.testing.assert_allclose(pedigree.relationship_matrix(), a, atol=1e-12)
        np.testing.assert_allclose(pedigree.ainverse() @ a, np.eye(len(a)), atol=1e-12)
    else:
        unit = np.zeros((len(pedigree), some.size))
        places = pedigree.index_many(some)
        unit[places, np.arange(some.size)] = 1.0
        block = pedigree.times(unit)[places]
        np.testing.assert_allclose(pedigree.relationship_matrix(some), block, atol=1e-12)
        np.testing.assert_allclose(pedigree.ainverse() @ pedigree.times(unit), unit, atol=1e-11)


def test_threads_change_no_digit(monkeypatch):
    from agrigen.pedigree import inbreeding, relationship

    rng = np.random.default_rng(2)
    n = 3000
    number = np.arange(1, n + 1)
    sire = np.where(number > 50, 2 * rng.integers(0, np.maximum(1, number // 5)) + 1, 0)
    dam = np.where(number > 50, 2 * rng.integers(0, np.maximum(1, number // 3)) + 2, 0)
    one = ag.Pedigree(number, sire, dam)
    f, block = one.inbreeding(), one.relationship_matrix(number[-100:])
    monkeypatch.setattr(inbreeding, "THREADS_ABOVE", 1)
    monkeypatch.setattr(relationship, "THREADS_ABOVE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    many = ag.Pedigree(number, sire, dam)
    np.testing.assert_array_equal(many.inbreeding(), f)
    np.testing.assert_array_equal(many.relationship_matrix(number[-100:]), block)
