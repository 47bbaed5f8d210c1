"""G beside A22: correlations by hand, swapped samples found, and words."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.relationship import PartialRelationship
from agrigen.relationship.compare import compare_relationships
from agrigen.simulate import Genome, gene_drop


@pytest.fixture(scope="module")
def flock():
    rng = np.random.default_rng(2)
    known = range(40, 160)
    ids = [f"s{k}" for k in range(160)]
    sire = [""] * 40 + [f"s{2 * rng.integers(0, 5)}" for _ in known]
    dam = [""] * 40 + [f"s{1 + 2 * rng.integers(0, 20)}" for _ in known]
    pedigree = ag.Pedigree(ids, sire, dam)
    haplotypes = gene_drop(pedigree, Genome(10, loci_per_chromosome=150), frequency=0.5, rng=3)
    return pedigree, ag.Genotypes.from_dosages(haplotypes.sum(axis=1), list(pedigree.ids))


def compared(pedigree, genotypes):
    g = ag.grm(genotypes, frequencies="half")
    return compare_relationships(g, PartialRelationship(pedigree, g.ids))


def test_correlations_by_hand(flock):
    pedigree, genotypes = flock
    found = compared(pedigree, genotypes)
    g = ag.grm(genotypes, frequencies="half").matrix
    a = pedigree.relationship_matrix(list(genotypes.ids))
    low = np.tril_indices(160, -1)
    off = found.statistics.loc["off diagonal"]
    assert off.correlation == pytest.approx(np.corrcoef(a[low], g[low])[0, 1])
    assert off.slope == pytest.approx(np.polyfit(a[low], g[low], 1)[0])
    assert off.mean_g == pytest.approx(g[low].mean())
    own = found.statistics.loc["diagonal"]
    assert own.mean_a == pytest.approx(np.diag(a).mean())
    assert off.correlation > 0.9
    assert found.mismatched == []
    assert "0 samples fit the pedigree badly" in repr(found)


def test_swapped_samples_are_named(flock):
    pedigree, genotypes = flock
    ids = list(genotypes.ids)
    ids[0], ids[33] = ids[33], ids[0]  # a sire of many, and a founder of few
    found = compared(pedigree, ag.Genotypes.from_dosages(genotypes.dosages(), ids))
    assert "s0" in found.mismatched
    assert set(found.pairs.finding) == {"unexpected relatives", "not the recorded relatives"}
    assert (found.pairs["first"].eq("s0") | found.pairs["second"].eq("s0")).any()
    assert "fit the pedigree badly: " in repr(found)


def test_one_animal_sampled_twice_is_seen(flock):
    pedigree, genotypes = flock
    dosages = genotypes.dosages()
    dosages[35] = dosages[120]
    found = compared(pedigree, ag.Genotypes.from_dosages(dosages, genotypes.ids))
    top = found.pairs.iloc[0]
    assert {top["first"], top["second"]} == {"s35", "s120"}
    assert top["finding"] == "same animal"


def test_ids_in_any_order_give_a_low_correlation_in_words(flock):
    pedigree, genotypes = flock
    ids = np.random.default_rng(1).permutation(genotypes.ids)
    found = compared(pedigree, ag.Genotypes.from_dosages(genotypes.dosages(), ids))
    assert "The correlation is low" in repr(found)
    assert found.plot().axes


def test_other_animals_are_refused(flock):
    pedigree, genotypes = flock
    g = ag.grm(genotypes)
    with pytest.raises(ag.GenotypeError, match="of other animals, or in other order"):
        compare_relationships(g, PartialRelationship(pedigree, g.ids[::-1]))
    two = ag.grm(genotypes[:2])
    with pytest.raises(ag.GenotypeError, match="2 animals are too few"):
        compare_relationships(two, PartialRelationship(pedigree, two.ids))
