"""Blocks on other processes: the same bits however many there are, and what moving data costs."""

import numpy as np
import pytest

import agrigen as ag


@pytest.fixture(scope="module")
def genotypes() -> ag.Genotypes:
    random = np.random.default_rng(3)
    dosages = random.binomial(2, random.uniform(0.1, 0.9, 700), (333, 700)).astype(np.int8)
    dosages[random.random(dosages.shape) < 0.01] = -1
    return ag.Genotypes.from_dosages(dosages, [f"animal {n}" for n in range(333)])


@pytest.mark.parametrize("count", [1, 4])
def test_relationships_are_the_same_bits_from_one_and_from_four_workers(
    genotypes: ag.Genotypes, count: int
) -> None:
    alone = ag.grm(genotypes)
    with ag.Workers(count) as workers:
        assert len(workers) == count
        there = ag.grm(genotypes, workers=workers)
        moved = workers.moved
    np.testing.assert_array_equal(there.matrix, alone.matrix)
    assert moved.sent == count * genotypes.packed.nbytes
    triangle = 8 * 333**2 / 2
    assert triangle <= moved.received <= 2.5 * triangle
    assert "MB sent" in str(moved)


def test_what_workers_cannot_do_is_said(genotypes: ag.Genotypes) -> None:
    with ag.Workers(1) as workers, pytest.raises(ag.NotAvailable, match="vanraden1 only"):
        ag.grm(genotypes, "vanraden2", workers=workers)
    with pytest.raises(ag.ModelError, match="0 workers"):
        ag.Workers(0)
