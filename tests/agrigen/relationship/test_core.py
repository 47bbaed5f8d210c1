"""Cores of genotyped animals: who is chosen, what is made of them, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.effects import Core
from agrigen.relationship import core as choice
from agrigen.relationship.apy import CoreRelationship
from agrigen.relationship.core import choose_core, dimensions
from agrigen.relationship.implicit import implicit
from tests.agrigen.reference.dense_single_step import apy_inverse, genomic


def families(seed=1, *, missing=0.0, animals=90, markers=400):
    """A pedigree of half sibs, the dosages of its genotyped animals and their names."""
    rng = np.random.default_rng(seed)
    ids = [f"a{k}" for k in range(animals)]
    sires = [""] * 10 + [f"a{rng.integers(0, 4)}" for _ in range(animals - 10)]
    dams = [""] * 10 + [f"a{rng.integers(4, 10)}" for _ in range(animals - 10)]
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, markers), (animals - 5, markers))
    dosages = dosages.astype(np.int8)
    dosages[rng.random(dosages.shape) < missing] = -1
    genotypes = ag.Genotypes.from_dosages(dosages, ids[5:])
    return ag.Pedigree(ids, sires, dams), genotypes, dosages


def blended(pedigree, genotypes, weight=0.05):
    related = ag.PartialRelationship(pedigree, genotypes.ids)
    return implicit(genotypes).blended(weight, related).tuned(related, "chen"), related


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_products_are_those_of_the_matrix_that_is_never_formed(missing):
    pedigree, genotypes, dosages = families(missing=missing)
    g, related = blended(pedigree, genotypes)
    wanted = genomic(dosages, related.block, blend=0.05, tune="chen")
    np.testing.assert_allclose(g.times(np.eye(len(g))), wanted, atol=1e-12)
    np.testing.assert_allclose(g.relationship.matrix, wanted, atol=1e-12)
    np.testing.assert_allclose(g.diagonal, np.diag(wanted), atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("core", [[0], [3, 70, 71], list(range(0, 85, 2)), list(range(85))])
def test_the_inverse_by_a_core_is_the_one_of_its_formula(core, missing):
    pedigree, genotypes, dosages = families(missing=missing)
    g, related = blended(pedigree, genotypes)
    made = CoreRelationship.of(g, np.array(core))
    dense = genomic(dosages, related.block, blend=0.05, tune="chen")
    wanted = apy_inverse(dense, core)
    unit = np.eye(len(g))
    np.testing.assert_allclose(made.inverse_times(unit), wanted, atol=1e-10)
    np.testing.assert_allclose(made.inverse, wanted, atol=1e-10)
    np.testing.assert_allclose(made.inverse_diagonal, np.diag(wanted), atol=1e-10)
    np.testing.assert_allclose(made.times(unit), np.linalg.inv(wanted), atol=1e-10)
    np.testing.assert_allclose(made.diagonal, np.diag(dense), atol=1e-12)
    assert made.logdet == pytest.approx(-np.linalg.slogdet(wanted)[1], abs=1e-9)
    assert 0.0 <= made.explained <= 1.0


def test_a_pruned_core_is_that_of_cholesky_with_pivots(monkeypatch):
    pedigree, genotypes, dosages = families(2)
    g, related = blended(pedigree, genotypes)
    dense = genomic(dosages, related.block, blend=0.05, tune="chen")
    left, taken = dense.copy(), []
    for _ in range(25):
        pick = int(np.argmax(np.diag(left)))
        taken.append(pick)
        left = left - np.outer(left[pick], left[pick]) / left[pick, pick]
        left[pick, pick] = 0.0
    for block in (64, 7):
        monkeypatch.setattr(choice, "CANDIDATES", block)
        found = choose_core(Core(25, choose="pruning"), g, pedigree)
        assert found.tolist() == sorted(taken)


def test_a_core_by_contribution_passed_on_most_genes():
    pedigree, genotypes, _ = families(3)
    found = choose_core(Core(6, choose="contribution"), implicit(genotypes), pedigree)
    a = pd.DataFrame(0.0, index=pedigree.ids, columns=pedigree.ids)
    for animal, sire, dam in pedigree.to_frame()[["id", "sire", "dam"]].itertuples(index=False):
        a.loc[animal, animal] = 1.0
        for parent in filter(None, (sire, dam)):
            a.loc[animal] += 0.5 * a.loc[parent]
    genes = a.loc[genotypes.ids, genotypes.ids].sum()
    assert set(genotypes.ids[found]) == set(genes.sort_values(ascending=False).index[:6])


def test_the_number_of_dimensions_is_that_of_the_largest_eigenvalues(monkeypatch):
    _, genotypes, dosages = families(4)
    values = np.linalg.eigvalsh(genomic(dosages, 0.0))[::-1]
    held = np.cumsum(values) / values.sum()
    for share in (0.5, 0.9, 0.98):
        wanted = int(np.searchsorted(held, share)) + 1
        assert dimensions(implicit(genotypes), share) == wanted
    monkeypatch.setattr(choice, "EXACT", 0)
    estimated = dimensions(implicit(genotypes), 0.9)
    assert abs(estimated - int(np.searchsorted(held, 0.9)) - 1) <= 8
    assert estimated == dimensions(implicit(genotypes), 0.9)


def test_a_random_core_follows_its_seed():
    _, genotypes, _ = families()
    g = implicit(genotypes)
    one, two = (choose_core(Core(20, seed=seed), g, None).tolist() for seed in (1, 2))
    assert one == choose_core(Core(20), g, None).tolist()
    assert one != two
    assert len(set(one)) == 20


@pytest.mark.parametrize(
    ("given", "core"),
    [
        (5000, Core(5000)),
        ("98%", Core(0.98)),
        (["a", 7], Core(animals=("a", "7"))),
        ({"size": "95%", "choose": "pruning"}, Core(0.95, "pruning")),
        ({"size": 10, "choose": "random", "seed": 3}, Core(10, seed=3)),
    ],
)
def test_a_core_is_read_and_written_again(given, core):
    effect = ag.Genomic(method="single_step", core=given)
    assert effect.core == core
    mapping = ag.Model("y", [effect]).to_mapping()
    again = ag.load_model({**mapping, "variances": {"g": 1, "residual": 1}})
    assert again.model.effects[0].core == core


@pytest.mark.parametrize("core", [400, "98%"])
def test_a_formula_says_how_large_the_core_is(core):
    model = ag.Model("y", [ag.Genomic(method="single_step", core=core)])
    assert ag.Model.from_formula(model.formula) == model


@pytest.mark.parametrize(
    "core", [0, -3, 2.5, True, "many", "abc%", "120%", [], {"size": 3, "choose": "best"}, {"of": 3}]
)
def test_a_core_that_means_nothing_is_refused(core):
    with pytest.raises(ag.ModelError, match="core"):
        ag.Model("y", [ag.Genomic(core=core)])


def fit(genotypes, pedigree, **options):
    rng = np.random.default_rng(1)
    animals = list(genotypes.ids) if pedigree is None else list(pedigree.ids)
    records = pd.DataFrame({"animal": animals, "y": rng.normal(size=len(animals))})
    effect = ag.Genomic(method="gblup" if pedigree is None else "single_step", **options)
    return ag.evaluate(
        ag.Model("y", [effect]), records, pedigree, {"g": 1, "residual": 1}, genotypes=genotypes
    )


def test_more_core_animals_than_genotyped_ones_are_refused():
    pedigree, genotypes, _ = families()
    with pytest.raises(ag.ModelError, match="core has 400 animals, and 85 are genotyped"):
        fit(genotypes, pedigree, core=400)


def test_core_animals_without_genotypes_are_named():
    pedigree, genotypes, _ = families()
    with pytest.raises(ag.DataError, match="not genotyped: a1, stranger"):
        fit(genotypes, pedigree, core=["a9", "a1", "stranger"])


def test_a_core_by_contribution_needs_a_pedigree():
    _, genotypes, _ = families()
    with pytest.raises(ag.ModelError, match="needs a pedigree"):
        fit(genotypes, None, core={"size": 5, "choose": "contribution"})


def test_a_core_of_twins_is_refused_and_one_outside_is_named():
    _, _, dosages = families()
    dosages[1] = dosages[0]
    genotypes = ag.Genotypes.from_dosages(dosages, [f"t{k}" for k in range(len(dosages))])
    with pytest.raises(ag.SolveError, match=r"t1 given the core.*blend"):
        fit(genotypes[:, :], None, core=["t0", "t7"], tune="none")
    with pytest.raises(ag.SolveError, match="core animals are not positive definite"):
        CoreRelationship.of(implicit(genotypes), np.array([0, 1, 2]))


def test_a_pruned_core_larger_than_the_dimensions_of_g_is_refused():
    _, _, dosages = families()
    genotypes = ag.Genotypes.from_dosages(dosages[:, :20], [f"t{k}" for k in range(len(dosages))])
    with pytest.raises(ag.GenotypeError, match="more than the 20 dimensions"):
        choose_core(Core(40, choose="pruning"), implicit(genotypes), None)


def test_a_core_that_explains_little_is_noted():
    pedigree, genotypes, _ = families()
    result = fit(genotypes, pedigree, core=2)
    assert any("core of 2 animals explains" in note for note in result.summary["notes"])
    assert not any("core" in note for note in fit(genotypes, pedigree, core=85).summary["notes"])
