"""What the lesson teaches is true: inbreeding by theory, genes handed down agree."""

import numpy as np
import pytest

from dashboards.voila.matings import MATINGS, Flock, family_strands

# Falconer & Mackay 1996, Introduction to Quantitative Genetics, table 5.1.
THEORY = {
    "Unrelated": [0, 0, 0],
    "Half sibs": [0.125, 0.21875, 0.3047],
    "Full sibs": [0.25, 0.375, 0.5],
    "Sire × daughter": [0.25, 0.375, 0.4375],
}


@pytest.mark.parametrize("mating", MATINGS)
def test_inbreeding_follows_theory_and_dropped_genes_agree(mating):
    for generation, expected in enumerate(THEORY[mating], start=1):
        line = MATINGS[mating](generation)
        assert line.inbreeding() == pytest.approx(expected, abs=1e-4)
        assert line.dropped(10_000, rng=1) == pytest.approx(expected, abs=5 * 0.5 / 100)


def test_whole_genomes_vary_around_the_pedigree():
    shares = MATINGS["Full sibs"](1).dropped_genomes(400, rng=2)
    assert shares.mean() == pytest.approx(0.25, abs=5 * shares.std() / 20)
    assert 0.02 < shares.std() < 0.08


def test_lambs_average_between_their_parents():
    flock = Flock.make()
    ram, ram_value = flock.nearest(3.0)
    ewe, ewe_value = flock.nearest(0.0, other_than=ram)
    lambs = flock.lambs(ram, ewe, 1000, rng=3)
    middle = (ram_value + ewe_value) / 2
    assert lambs.mean() == pytest.approx(middle, abs=5 * lambs.std() / np.sqrt(1000))


def test_a_lamb_has_one_strand_of_each_parent():
    strands = family_strands(4, 5, rng=4)
    assert strands.shape == (4, 2, 5, 60)
    assert set(np.unique(strands[:, 0])) <= {0, 1}
    assert set(np.unique(strands[:, 1])) <= {2, 3}
