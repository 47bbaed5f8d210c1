"""What the simulator refuses, and that it says why."""

import numpy as np
import pytest

from agrigen.simulate import (
    Genome,
    add_trait_a,
    founder_haplotypes,
    gene_drop,
    make_cross,
)


def test_a_genome_without_chromosomes_is_refused():
    with pytest.raises(ValueError, match="at least one chromosome"):
        Genome(0)


def test_lengths_must_match_the_chromosomes():
    with pytest.raises(ValueError, match="2 values for 3 chromosomes"):
        Genome(3, length_morgan=[1.0, 2.0])


def test_a_frequency_outside_zero_to_one_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        founder_haplotypes(2, Genome(1, 1, 2), frequency=1.2)


def test_a_parent_after_its_offspring_is_refused():
    with pytest.raises(ValueError, match="row 0 has a parent"):
        gene_drop((np.array([1, -1]), np.array([-1, -1])), Genome(1))


def test_founders_of_another_shape_are_refused():
    founders = founder_haplotypes(3, Genome(1), rng=1)
    with pytest.raises(ValueError, match="this pedigree needs"):
        gene_drop((np.array([-1, -1]), np.array([-1, -1])), Genome(1), founders=founders)


def test_a_mating_with_an_absent_parent_is_refused():
    founders = founder_haplotypes(2, Genome(1), rng=1)
    with pytest.raises(ValueError, match="names dam 5"):
        make_cross(founders, [0], [5], Genome(1))


def test_founders_without_variation_cannot_carry_a_trait():
    genome = Genome(2, 1.0, 5)
    with pytest.raises(ValueError, match="founders must differ"):
        add_trait_a(
            founder_haplotypes(5, genome, frequency=1.0), genome, ["x"], mean=[0], variance=[1],
            qtl_per_chromosome=2, rng=1,
        )  # fmt: skip
