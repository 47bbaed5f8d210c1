"""The simulator against closed forms. Bounds are about five standard errors of the Monte Carlo."""

import numpy as np
import pytest

from agrigen.simulate import (
    Genome,
    add_trait_a,
    founder_haplotypes,
    gene_drop,
    haldane,
    make_cross,
    realized_coancestry,
    realized_inbreeding,
)


def tabular_relationship(sires, dams):
    """Additive relationships by the tabular method (Henderson 1976): the slow, sure way."""
    n = len(sires)
    a = np.zeros((n, n))
    for i in range(n):
        parents = [p for p in (sires[i], dams[i]) if p >= 0]
        for j in range(i):
            a[i, j] = a[j, i] = 0.5 * sum(a[j, p] for p in parents)
        a[i, i] = 1 + (0.5 * a[sires[i], dams[i]] if len(parents) == 2 else 0.0)
    return a


@pytest.fixture(scope="module")
def inbred_pedigree():
    """Full sibs mated for generations, a half-sib cross, and an animal with one known parent."""
    sires = np.array([-1, -1, 0, 0, 2, 2, 4, 0, -1, 6])
    dams = np.array([-1, -1, 1, 1, 3, 3, 5, 3, 3, 8])
    return sires, dams


def test_mean_identity_by_descent_is_the_pedigree_inbreeding(inbred_pedigree):
    independent_loci = Genome(20_000, length_morgan=0, loci_per_chromosome=1)
    labels = gene_drop(inbred_pedigree, independent_loci, rng=1)
    expected = np.diag(tabular_relationship(*inbred_pedigree)) - 1
    assert np.abs(realized_inbreeding(labels) - expected).max() < 5 * 0.5 / np.sqrt(20_000)


def test_mean_coancestry_is_half_the_additive_relationship(inbred_pedigree):
    labels = gene_drop(inbred_pedigree, Genome(20_000, 0, 1), rng=2)
    expected = tabular_relationship(*inbred_pedigree) / 2
    for first, second in [(2, 3), (4, 7), (6, 9), (8, 0), (1, 0)]:
        simulated = realized_coancestry(labels, first, second)
        assert abs(simulated - expected[first, second]) < 5 * 0.5 / np.sqrt(20_000)


def test_linked_loci_have_the_same_expected_inbreeding(inbred_pedigree):
    genome = Genome(26, length_morgan=1.3, loci_per_chromosome=50)
    random = np.random.default_rng(3)
    drops = [
        realized_inbreeding(gene_drop(inbred_pedigree, genome, rng=random)) for _ in range(300)
    ]
    expected = np.diag(tabular_relationship(*inbred_pedigree)) - 1
    error = np.std(drops, axis=0) / np.sqrt(len(drops))
    assert (np.abs(np.mean(drops, axis=0) - expected) <= 5 * error + 1e-12).all()


@pytest.mark.parametrize("distance", [0.05, 0.25, 1.0])
def test_recombination_fraction_follows_haldanes_map_function(distance):
    gametes = 40_000
    genome = Genome(1, length_morgan=2 * distance, loci_per_chromosome=2)
    parent = np.array([[[0, 0], [1, 1]]], dtype=np.int8)
    parents = np.zeros(gametes, dtype=int)
    offspring = make_cross(parent, parents, parents, genome, rng=4)
    recombinant = (offspring[:, :, 0] != offspring[:, :, 1]).mean()
    assert genome.position[1] - genome.position[0] == pytest.approx(distance)
    assert abs(recombinant - haldane(distance)) < 5 * 0.5 / np.sqrt(2 * gametes)


def test_chromosomes_assort_independently():
    parent = np.array([[[0, 0], [1, 1]]], dtype=np.int8)
    parents = np.zeros(40_000, dtype=int)
    offspring = make_cross(parent, parents, parents, Genome(2, 1.0, 1), rng=5)
    assert abs((offspring[:, :, 0] != offspring[:, :, 1]).mean() - 0.5) < 5 * 0.5 / np.sqrt(80_000)


def test_mendelian_sampling_variance_is_half_the_additive_variance():
    """Among progeny of non-inbred parents, around the mid-parent (Bulmer 1971)."""
    genome = Genome(400, length_morgan=0, loci_per_chromosome=1)
    random = np.random.default_rng(6)
    founders = founder_haplotypes(4_000, genome, frequency=0.4, rng=random)
    (trait,) = add_trait_a(
        founders, genome, ["weight"], mean=[30], variance=[9.0], qtl_per_chromosome=1,
        scale="genic", rng=random,
    )  # fmt: skip
    sires, dams = np.arange(2_000), np.arange(2_000, 4_000)
    progeny = np.repeat(np.arange(2_000), 5)
    offspring = make_cross(founders, sires[progeny], dams[progeny], genome, rng=random)
    parents = trait.bv(founders)
    sampling = trait.bv(offspring) - 0.5 * (parents[sires] + parents[dams])[progeny]
    assert np.var(sampling) == pytest.approx(4.5, rel=5 * np.sqrt(2 / 2_000))
    assert abs(sampling.mean()) < 5 * np.sqrt(4.5 / len(sampling))


def test_expected_allele_frequency_stays_constant():
    genome = Genome(5_000, length_morgan=0, loci_per_chromosome=1)
    random = np.random.default_rng(7)
    sires = np.concatenate(
        [np.full(20, -1), random.integers(0, 10, 60), random.integers(20, 50, 60)]
    )
    dams = np.concatenate(
        [np.full(20, -1), random.integers(10, 20, 60), random.integers(50, 80, 60)]
    )
    alleles = gene_drop((sires, dams), genome, frequency=0.3, rng=random)
    # Loci are independent, animals are not: the error is that of the mean over loci.
    by_locus = alleles[-60:].mean(axis=(0, 1))
    assert abs(by_locus.mean() - 0.3) < 5 * by_locus.std() / np.sqrt(genome.n_loci)


def test_founders_have_the_wanted_frequencies_with_and_without_disequilibrium():
    genome = Genome(2, 1.0, 100)
    frequency = np.linspace(0.05, 0.95, genome.n_loci)
    for scale in (None, 0.05):
        alleles = founder_haplotypes(
            4_000, genome, frequency=frequency, disequilibrium_morgan=scale, rng=8
        )
        assert np.abs(alleles.mean(axis=(0, 1)) - frequency).max() < 5 * 0.5 / np.sqrt(8_000)


def test_disequilibrium_decays_with_distance_and_ends_at_the_chromosome():
    genome = Genome(2, 1.0, 50)
    alleles = founder_haplotypes(3_000, genome, disequilibrium_morgan=0.1, rng=9)
    r = np.corrcoef(alleles.reshape(-1, genome.n_loci), rowvar=False)
    assert r[0, 1] > r[0, 5] > r[0, 15] + 0.05
    assert abs(r[49, 50]) < 0.07


def test_traits_have_exactly_the_wanted_covariance_among_the_founders():
    genome = Genome(10, 1.0, 30)
    founders = founder_haplotypes(200, genome, rng=10)
    traits = add_trait_a(
        founders, genome, ["milk", "fat"], mean=[30, 4], variance=[7.5, 0.1],
        correlation=[[1, -0.4], [-0.4, 1]], rng=10,
    )  # fmt: skip
    covariance = np.cov([trait.bv(founders) for trait in traits])
    expected = [[7.5, -0.4 * np.sqrt(0.75)], [-0.4 * np.sqrt(0.75), 0.1]]
    assert np.allclose(covariance, expected, rtol=1e-10)
    assert traits[0].bv(founders).mean() == pytest.approx(0, abs=1e-10)


def test_phenotypes_have_the_wanted_heritability_and_repeatability():
    genome = Genome(50, 0, 1)
    founders = founder_haplotypes(20_000, genome, rng=11)
    (trait,) = add_trait_a(
        founders,
        genome,
        ["milk"],
        mean=[30],
        variance=[7.5],
        qtl_per_chromosome=1,
        rng=11,
    )
    trait = trait.set_var_e(heritability=0.3, permanent=0.2)
    phenotype = trait.pheno(founders, records=2, rng=12)
    assert trait.heritability == pytest.approx(0.3)
    assert np.var(phenotype) == pytest.approx(25, rel=0.04)
    assert np.corrcoef(phenotype.T)[0, 1] == pytest.approx(0.5, abs=5 / np.sqrt(20_000))
    assert np.corrcoef(trait.bv(founders), phenotype[:, 0])[0, 1] ** 2 == pytest.approx(
        0.3, abs=0.03
    )


def test_the_same_seed_gives_the_same_genes(inbred_pedigree):
    genome = Genome(5, 1.0, 20)
    first, second = (gene_drop(inbred_pedigree, genome, rng=13) for _ in range(2))
    assert (first == second).all()
    assert (first != gene_drop(inbred_pedigree, genome, rng=14)).any()
