"""Unknown-parent groups, metafounders and maternal grandsires."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from tests.agrigen.reference.pedigrees import qp_inverse, tabular_with_metafounders
from tests.agrigen.reference.tabular import tabular_a
from tests.agrigen.strategies import parents, pedigree_of

GROUPS = ["north", "south"]


@st.composite
def grouped(draw):
    """Names of parents, where some unknown ones are of a group; each group is used."""
    sire, dam = draw(parents(largest=20))
    n = len(sire)
    choice = st.sampled_from(["", *GROUPS])
    columns = []
    for parent in (sire, dam):
        names = [f"a{p}" if p >= 0 else draw(choice) for p in parent]
        columns.append(names)
    # Two founders more, so that both groups have offspring.
    ids = [*(f"a{i}" for i in range(n)), "b0", "b1"]
    return ids, [*columns[0], "north", "south"], [*columns[1], "south", "south"]


def gammas():
    """Positive definite 2 x 2 matrices with a diagonal below 2."""
    part = st.floats(0.05, 1.9)
    return st.tuples(part, part, st.floats(-0.9, 0.9)).map(
        lambda v: [[v[0], v[2] * np.sqrt(v[0] * v[1])], [v[2] * np.sqrt(v[0] * v[1]), v[1]]]
    )


def levels(pedigree):
    """Parents as levels, groups behind the animals."""
    structure = pedigree.structure()
    return structure.sire, structure.dam


@given(grouped(), gammas())
@settings(deadline=None)
def test_metafounders_equal_the_tabular_method(columns, gamma):
    pedigree = ag.Pedigree(*columns, groups=GROUPS, gamma=gamma)
    n = len(pedigree)
    expected = tabular_with_metafounders(*levels(pedigree), np.array(gamma))
    np.testing.assert_allclose(pedigree.inbreeding(), np.diag(expected)[:n] - 1, atol=1e-12)
    np.testing.assert_allclose(pedigree.relationship_matrix(), expected[:n, :n], atol=1e-11)
    inverse = pedigree.ainverse().toarray()
    np.testing.assert_allclose(inverse, np.linalg.inv(expected), rtol=1e-6, atol=1e-6)
    structure = pedigree.structure()
    np.testing.assert_allclose(structure.scale, np.diag(expected), atol=1e-12)
    assert structure.logdet == pytest.approx(np.linalg.slogdet(expected)[1], abs=1e-9)
    assert pedigree.relationship("north", "south") == pytest.approx(gamma[0][1])


@given(grouped())
@settings(deadline=None)
def test_the_inverse_with_fixed_groups_is_that_of_quaas(columns):
    pedigree = ag.Pedigree(*columns, groups=GROUPS)
    inverse = pedigree.ainverse().toarray()
    expected = qp_inverse(*levels(pedigree), 2, pedigree.mendelian())
    np.testing.assert_allclose(inverse, expected, atol=1e-12)
    structure = pedigree.structure()
    assert np.isnan(structure.scale[len(pedigree) :]).all()
    assert not structure.base.any()
    ungrouped = [["" if p in GROUPS else p for p in column] for column in columns[1:]]
    plain = ag.Pedigree(columns[0], *ungrouped)
    np.testing.assert_array_equal(pedigree.inbreeding(), plain.inbreeding())
    n = len(plain)
    np.testing.assert_allclose(inverse[:n, :n], plain.ainverse().toarray(), atol=1e-12)


def test_rows_of_an_inverse_in_which_every_parent_is_known_or_grouped_sum_to_zero():
    # Adding a constant to all animals and groups changes no difference: K-inverse 1 = 0.
    pedigree = ag.Pedigree(
        list("abcd"), ["g", "h", "a", "a"], ["h", "h", "b", "g"], groups=["g", "h"]
    )
    np.testing.assert_allclose(pedigree.ainverse().sum(axis=1), 0, atol=1e-14)


@given(grouped())
@settings(deadline=None)
def test_unrelated_metafounders_that_are_not_inbred_are_ordinary_founders(columns):
    # gamma = I: a metafounder is an animal that may be sire and dam at once.
    pedigree = ag.Pedigree(*columns, groups=GROUPS, gamma=np.eye(2))
    sire, dam = levels(pedigree)
    n = len(pedigree)
    order = [n, n + 1, *range(n)]
    place = np.append(np.argsort(order), -1)
    moved = [place[np.append([-1, -1], p)] for p in (sire, dam)]
    expected = tabular_a(*moved)[2:, 2:]
    np.testing.assert_allclose(pedigree.relationship_matrix(), expected, atol=1e-12)


@given(grouped())
@settings(deadline=None)
def test_metafounders_of_zero_relationship_change_no_inbreeding(columns):
    zero = ag.Pedigree(*columns, groups=GROUPS, gamma=np.zeros((2, 2)))
    fixed = ag.Pedigree(*columns, groups=GROUPS)
    np.testing.assert_allclose(zero.inbreeding(), fixed.inbreeding(), atol=1e-14)
    with pytest.raises(ag.PedigreeError, match="gamma is singular"):
        zero.structure()


def test_groups_of_mrode_example_3_4(reference):
    example = json.loads((reference / "worked_examples" / "ex_3_4.json").read_text())
    given = example["inputs"]["pedigree"]
    name = {-1: "sires", -2: "dams"}
    columns = [[name.get(p, p) for p in given[role]] for role in ("sire", "dam")]
    pedigree = ag.Pedigree(given["id"], *columns, groups=["sires", "dams"])
    rows = pedigree.ainverse().toarray()[8:]
    computed, published = (example[k]["Ainv_group_rows"] for k in ("computed", "published"))
    np.testing.assert_allclose(rows, computed, atol=1e-8)
    np.testing.assert_allclose(rows, published["value"], atol=published["atol"])


@pytest.mark.parametrize("name", ["Q1988", "Mrode3"])
def test_published_pedigrees_with_groups(reference, name):
    frame = pd.read_csv(
        reference / "data" / "nadiv_pedigrees" / f"{name}.csv", dtype=str, keep_default_na=False
    )
    frame = frame.rename(columns={"calf": "id"})
    animals = frame[~frame["id"].str.startswith("g")]
    if name == "Q1988":  # phantom parents without phenotypes are not needed: groups stand instead
        animals = animals[animals["id"].str.isupper()]
    parents_of = {"sire": "sireGG", "dam": "damGG"}
    pedigree = ag.Pedigree.from_frame(animals, **parents_of, groups=["g1", "g2"])
    assert pedigree.groups == ("g1", "g2")
    expected = qp_inverse(*levels(pedigree), 2, pedigree.mendelian())
    np.testing.assert_allclose(pedigree.ainverse().toarray(), expected, atol=1e-12)
    np.testing.assert_allclose(pedigree.ainverse().sum(axis=1), 0, atol=1e-14)


def test_groups_are_no_animals_anywhere():
    pedigree = ag.Pedigree(["1", "2"], ["g", "1"], ["g", ""], groups=["g"])
    assert list(pedigree.ids) == ["1", "2"]
    assert pedigree.sire.tolist() == [-1, 0]
    assert "g" not in pedigree
    assert pedigree.implied_founders == []
    assert pedigree.to_frame().iloc[0][["sire", "dam"]].tolist() == ["g", "g"]
    assert str(pedigree) == (
        "Pedigree of 2 animals, 1 founders, 1 generations, 1 groups of unknown parents"
    )


def kinds(*columns, **details):
    return [problem.kind for problem in ag.Pedigree.check(*columns, **details)]


def test_groups_that_cannot_be():
    columns = (["1", "2"], ["g", "1"], ["", ""])
    assert kinds(*columns, groups=["g"]) == []
    assert kinds(*columns, groups=["g", "h"]) == ["unused_group"]
    assert kinds(*columns, groups=["g", "g"]) == ["group_name"]
    assert kinds(*columns, groups=["g", "0"]) == ["group_name"]
    assert kinds(["1", "g"], ["g", ""], ["", ""], groups=["g"]) == ["group_has_row"]
    numbers = ([1, 2], [-5, 1], [-7, -7])
    assert kinds(*numbers, groups=[-5, -7]) == []
    assert kinds(*numbers, groups=[-5, -8]) == ["unused_group"]


@pytest.mark.parametrize(
    ("gamma", "reason"),
    [
        ([[0.5]], "shape"),
        ([[0.5, 0.2], [0.1, 0.5]], "not symmetric"),
        ([[2.5, 0], [0, 1]], "relationship 2.5 with itself"),
        ([[0.1, 0.9], [0.9, 0.1]], "not positive semidefinite"),
        ([[np.nan, 0], [0, 1]], "not finite"),
    ],
)
def test_a_gamma_that_cannot_be(gamma, reason):
    with pytest.raises(ag.PedigreeError, match=reason):
        ag.Pedigree(["1"], ["g"], ["h"], groups=["g", "h"], gamma=gamma)


def test_inbreeding_of_metafounders_cannot_be_left_out():
    pedigree = ag.Pedigree(["1"], ["g"], ["g"], groups=["g"], gamma=[[0.5]])
    assert pedigree.inbreeding().tolist() == [0.25]
    with pytest.raises(ag.DataError, match="inbreeding cannot be left out"):
        pedigree.structure(inbreeding=False)


def test_fixed_groups_have_no_covariance():
    pedigree = ag.Pedigree(["1"], ["g"], ["g"], groups=["g"])
    with pytest.raises(ValueError, match="no covariance"):
        pedigree.structure().times(np.ones(2))
    assert pedigree.times(np.ones(1)).tolist() == [1.0]


@given(parents())
@settings(deadline=None)
def test_grandsires_stand_for_unrelated_daughters_of_theirs(pair):
    """Even animals are males; the dam of an animal is put in where a grandsire is known."""
    sire, grandsire = pair[0], np.where(pair[1] >= 0, pair[1] // 2 * 2, -1)
    name = [f"a{i}" for i in range(len(sire))] + [""]
    columns = name[:-1], [name[p] for p in sire], [name[p] for p in grandsire]
    pedigree = ag.Pedigree(*columns, maternal="grandsire")
    full = ([], [], [])
    for i, s, d in zip(*columns, strict=True):
        if d:
            for column, value in zip(full, (f"dam of {i}", d, ""), strict=True):
                column.append(value)
        for column, value in zip(full, (i, s, f"dam of {i}" if d else ""), strict=True):
            column.append(value)
    expected = ag.Pedigree(*full).relationship_matrix(pedigree.ids)
    np.testing.assert_allclose(pedigree.relationship_matrix(), expected, atol=1e-12)
    np.testing.assert_allclose(pedigree.inbreeding(), np.diag(expected) - 1, atol=1e-12)
    structure = pedigree.structure(relationship="sire_mgs")
    assert structure.weights == (0.5, 0.25)
    identity = structure.inverse_times(expected)
    np.testing.assert_allclose(identity, np.eye(len(pedigree)), atol=1e-10)
    if len(pedigree) > 1:
        pairs = pedigree.relationships(pedigree.ids, pedigree.ids[::-1])
        np.testing.assert_allclose(pairs, np.diag(expected[:, ::-1]), atol=1e-12)


def test_a_pedigree_of_dams_gives_grandsires():
    pedigree = ag.Pedigree(["x"], ["s"], ["d"]).structure(relationship="sire_mgs")
    assert (1 / pedigree.precision).tolist() == [1, 1, 0.75]
    whole = ag.Pedigree(["d", "x"], ["g", "s"], ["", "d"]).structure(relationship="sire_mgs")
    by_name = dict(zip(whole.names, 1 / whole.precision, strict=True))
    assert by_name == {"g": 1, "s": 1, "d": 0.75, "x": 0.6875}


def test_grandsires_are_not_taken_for_dams():
    pedigree = ag.Pedigree(["x"], ["s"], ["s"], maternal="grandsire")
    with pytest.raises(ag.ModelError, match="maternal grandsires, not dams"):
        pedigree.structure()


def test_structures_of_random_pedigrees_multiply_as_their_matrices():
    rng = np.random.default_rng(5)
    sire = np.array([-1, -1, -1, 0, 0, 2, 4, 2])
    dam = np.array([-1, -1, -1, 1, 1, 3, 3, -1])
    for inbreeding in (True, False):
        structure = pedigree_of(sire, dam).structure(inbreeding=inbreeding)
        lower = structure.inverse_lower().toarray()
        inverse = lower + np.tril(lower, -1).T
        x = rng.normal(size=(8, 3))
        np.testing.assert_allclose(structure.inverse_times(x), inverse @ x, atol=1e-12)
        np.testing.assert_allclose(structure.times(inverse @ x), x, atol=1e-12)
        np.testing.assert_allclose(structure.times(inverse @ x[:, 0]), x[:, 0], atol=1e-12)
