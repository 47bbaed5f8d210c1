"""Gamma of metafounders and base frequencies of groups: by hand, and from simulated breeds."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.relationship import PartialRelationship
from agrigen.relationship.metafounders import gamma, group_shares


@pytest.fixture(scope="module")
def breeds():
    """Two breeds that split from one, three generations each, and crosses of the youngest."""
    rng = np.random.default_rng(3)
    markers = 4000
    ancestral = rng.uniform(0.05, 0.95, markers)
    p = np.clip(ancestral + rng.normal(0, 0.15, (2, markers)), 0.01, 0.99)
    ids, sires, dams, dosages = [], [], [], []

    def add(sire, dam, group):
        ids.append(f"a{len(ids)}")
        if sire is None:
            sires.append(group)
            dams.append(group)
            dosages.append(rng.binomial(2, p[int(group == "B")]))
        else:
            sires.append(f"a{sire}")
            dams.append(f"a{dam}")
            both = dosages[sire], dosages[dam]
            dosages.append(sum(rng.binomial(1, parent / 2) for parent in both))
        return len(ids) - 1

    parents = {}
    for group in "AB":
        males, females = ([add(None, None, group) for _ in range(30)] for _ in range(2))
        for _ in range(2):
            pairs = [(rng.choice(males), rng.choice(females)) for _ in range(60)]
            young = [add(*pair, group) for pair in pairs]
            males, females = young[:30], young[30:]
        parents[group] = males, females
    for _ in range(40):
        add(rng.choice(parents["A"][0]), rng.choice(parents["B"][1]), "")
    pedigree = ag.Pedigree(ids, sires, dams, groups=["A", "B"])
    chosen = np.arange(60, len(ids))
    genotypes = ag.Genotypes.from_dosages(np.array(dosages)[chosen], [ids[k] for k in chosen])
    return pedigree, genotypes, p, (ids, sires, dams)


def test_shares_of_groups_are_halved_in_every_generation(breeds):
    pedigree, genotypes, _, _ = breeds
    shares = group_shares(pedigree, genotypes)
    assert shares.shape == (len(genotypes), 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares[-40:], 0.5)


def test_frequencies_and_gamma_equal_dense_least_squares(breeds):
    pedigree, genotypes, _, _ = breeds
    found = gamma(genotypes, pedigree)
    a = PartialRelationship(pedigree, genotypes.ids).block
    q = group_shares(pedigree, genotypes)
    weighted = np.linalg.solve(a, q)
    means = np.linalg.solve(q.T @ weighted, weighted.T @ genotypes.dosages().astype(float))
    wanted = np.clip(means / 2, 0, 1)
    np.testing.assert_allclose(found.frequencies, wanted, atol=1e-10)
    by_hand = 8 * np.mean((wanted[:, None] - 0.5) * (wanted[None] - 0.5), axis=2)
    np.testing.assert_allclose(found.matrix, by_hand, atol=1e-12)


def test_gamma_is_that_of_the_true_frequencies(breeds):
    pedigree, genotypes, p, (ids, sires, dams) = breeds
    found = gamma(genotypes, pedigree)
    true = 8 * (p - 0.5) @ (p - 0.5).T / p.shape[1]
    # Frequencies of 60 founders have errors: 8 p q / 120 at most 0.02 more on the diagonal.
    np.testing.assert_allclose(found.matrix, true, atol=0.04)
    assert np.corrcoef(found.frequencies[0], p[0])[0, 1] > 0.95
    assert "2 base populations" in repr(found)
    ag.Pedigree(ids, sires, dams, groups=found.groups, gamma=found.matrix)


def test_which_allele_is_counted_makes_no_difference(breeds):
    pedigree, genotypes, _, _ = breeds
    turned = genotypes.dosages()
    turned[:, ::2] = 2 - turned[:, ::2]
    again = ag.Genotypes.from_dosages(turned, genotypes.ids)
    np.testing.assert_allclose(
        gamma(again, pedigree).matrix, gamma(genotypes, pedigree).matrix, atol=1e-10
    )


def test_without_groups_there_is_one_base(breeds):
    _, genotypes, _, (ids, sires, dams) = breeds
    one = ag.Pedigree(ids, ["" if s in "AB" else s for s in sires],
                      ["" if d in "AB" else d for d in dams])  # fmt: skip
    found = gamma(genotypes, one)
    assert found.groups == ("base",)
    base = ag.grm(genotypes, frequencies="base", pedigree=one).frequencies
    np.testing.assert_allclose(found.frequencies[0], base, atol=1e-10)


def test_groups_that_cannot_be_told_apart_are_named(breeds):
    pedigree, genotypes, _, (ids, sires, dams) = breeds
    with pytest.raises(ag.DataError, match="No genotyped animal descends from B"):
        gamma(genotypes[:60], pedigree)
    with pytest.raises(ag.DataError, match="the same shares of some of A, B"):
        gamma(genotypes[-40:], pedigree)
    known = ag.Pedigree(ids, sires, dams, groups=["A", "B"], gamma=[[0.5, 0.1], [0.1, 0.5]])
    with pytest.raises(ag.ModelError, match="has relationships of metafounders already"):
        gamma(genotypes, known)


def test_the_unified_additive_relationship_by_hand():
    """Powell et al. 2010: mean over markers of (x - 2p)(y - 2p) / 2pq, the diagonal of Yang."""
    x = np.array([[2, 1, 0, 1], [1, 1, 2, 0], [0, 2, 1, 1], [1, 0, 1, 2], [2, 1, 1, 0]])
    p = np.array([0.55, 0.4, 0.45, 0.35])
    found = ag.grm(ag.Genotypes.from_dosages(x, list("abcde")), "uar", frequencies=p).matrix
    for i in range(5):
        for j in range(5):
            pairs = zip(x[i], x[j], p, strict=True)
            if i == j:
                terms = [(a * a - (1 + 2 * f) * a + 2 * f * f) / (2 * f * (1 - f))
                         for a, _, f in pairs]  # fmt: skip
                assert found[i, i] == pytest.approx(1 + np.mean(terms), abs=1e-12)
            else:
                terms = [(a - 2 * f) * (b - 2 * f) / (2 * f * (1 - f)) for a, b, f in pairs]
                assert found[i, j] == pytest.approx(np.mean(terms), abs=1e-12)
