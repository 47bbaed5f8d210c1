"""Meiosis and gene dropping: alleles handed down a pedigree, crossovers included."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from agrigen._kernels.meiosis import fill_gametes
from agrigen.random import Seed, generator
from agrigen.simulate.founders import founder_haplotypes
from agrigen.simulate.genome import Genome

UNKNOWN = -1


def make_cross(
    haplotypes: np.ndarray,
    sires: np.ndarray | Sequence[int],
    dams: np.ndarray | Sequence[int],
    genome: Genome,
    *,
    rng: Seed = None,
) -> np.ndarray:
    """Offspring of given matings, one for each pair.

    The number of crossovers on a chromosome of length L Morgan is Poisson with mean L and they
    fall uniformly along it: no interference (Haldane 1919). The first strand is either with
    probability 1/2, so chromosomes assort independently.

    Parameters
    ----------
    haplotypes
        Haplotypes of the possible parents, shape (animals, 2, loci).
    sires, dams
        Rows of ``haplotypes``, shape (offspring,).
    genome
        Where the loci are.
    rng
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        Haplotypes of the offspring, shape (offspring, 2, loci), same dtype; side 0 comes from
        the sire, side 1 from the dam.

    References
    ----------
    Haldane 1919, J. Genet. 8:299-309. The name follows AlphaSimR's makeCross.
    """
    parents = np.asarray(sires, dtype=np.int64), np.asarray(dams, dtype=np.int64)
    _check_rows(*parents, len(haplotypes))
    random = generator(rng)
    offspring = np.empty((len(parents[0]), 2, genome.n_loci), dtype=haplotypes.dtype)
    for side, rows in enumerate(parents):
        _meiosis(haplotypes, rows, offspring, side, genome, random)
    return offspring


def gene_drop(
    pedigree: Any,
    genome: Genome,
    *,
    founders: np.ndarray | None = None,
    frequency: np.ndarray | float | None = None,
    rng: Seed = None,
) -> np.ndarray:
    """Drop alleles from founders through a pedigree.

    Parameters
    ----------
    pedigree
        An ``agrigen.Pedigree``, or a pair of integer arrays (sires, dams) with -1 for unknown;
        parents stand before their offspring.
    genome
        Where the loci are.
    founders
        Haplotypes of the animals without a known parent, in pedigree order, shape
        (founders, 2, loci). Then every animal has both parents known or neither.
    frequency
        Frequency of allele 1 in the gametes of unknown parents, one number or shape (loci,).
        Without ``founders`` and ``frequency`` every gamete of an unknown parent has a label of its
        own, 2i (sire of animal i unknown) or 2i + 1 (dam): two alleles are identical by descent
        exactly when their labels are equal.
    rng
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        Haplotypes, shape (animals, 2, loci): int32 labels, else int8 alleles.

    References
    ----------
    MacCluer, VandeBerg, Read & Ryder 1986, Zoo Biol. 5:147-160,
    doi:10.1002/zoo.1430050209 (gene dropping).
    """
    sires, dams = parent_arrays(pedigree)
    random = generator(rng)
    haplotypes = _start(sires, dams, genome, founders, frequency, random)
    for animals in _generations(sires, dams):
        # A view of the generation is not enough: fancy indexing copies, so write back.
        block = haplotypes[animals]
        _meiosis(haplotypes, sires[animals], block, 0, genome, random)
        _meiosis(haplotypes, dams[animals], block, 1, genome, random)
        haplotypes[animals] = block
    return haplotypes


def parent_arrays(pedigree: Any) -> tuple[np.ndarray, np.ndarray]:
    """Integer parents of a pedigree, -1 for unknown, checked to stand before their offspring."""
    if isinstance(pedigree, tuple):
        sires, dams = (np.asarray(parents, dtype=np.int64) for parents in pedigree)
    else:
        sires = np.asarray(pedigree.sire, dtype=np.int64)
        dams = np.asarray(pedigree.dam, dtype=np.int64)
    if sires.shape != dams.shape or sires.ndim != 1:
        raise ValueError("The arrays of sires and dams must have one entry for each animal.")
    late = np.flatnonzero(np.maximum(sires, dams) >= np.arange(len(sires)))
    if late.size:
        raise ValueError(
            f"Parents must stand before their offspring; the animal in row {late[0]} has a parent "
            "in the same or a later row. agrigen.Pedigree sorts animals so."
        )
    return sires, dams


def realized_inbreeding(haplotypes: np.ndarray) -> np.ndarray:
    """Share of loci whose two alleles are identical by descent, shape (animals,), in [0, 1].

    ``haplotypes`` are labels from :func:`gene_drop` without founders or frequency. The
    expectation over gene drops is the pedigree inbreeding coefficient.
    """
    return (haplotypes[:, 0] == haplotypes[:, 1]).mean(axis=1)


def realized_coancestry(haplotypes: np.ndarray, first: int, second: int) -> float:
    """Share of identical alleles, one drawn from each of two animals, in [0, 1].

    Its expectation is the coancestry, half the additive relationship.
    """
    return float((haplotypes[first][:, None] == haplotypes[second][None]).mean())


def _start(
    sires: np.ndarray,
    dams: np.ndarray,
    genome: Genome,
    founders: np.ndarray | None,
    frequency: np.ndarray | float | None,
    random: np.random.Generator,
) -> np.ndarray:
    animals = len(sires)
    if founders is not None:
        return _with_founders(sires, dams, genome, founders)
    if frequency is not None:
        # Alleles of animals with known parents are drawn too and then overwritten.
        return founder_haplotypes(animals, genome, frequency=frequency, rng=random)
    labels = np.arange(2 * animals, dtype=np.int32).reshape(animals, 2, 1)
    return np.repeat(labels, genome.n_loci, axis=2)


def _with_founders(
    sires: np.ndarray, dams: np.ndarray, genome: Genome, founders: np.ndarray
) -> np.ndarray:
    half_known = np.flatnonzero((sires == UNKNOWN) != (dams == UNKNOWN))
    if half_known.size:
        raise ValueError(
            f"The animal in row {half_known[0]} has one known parent; with founders=, animals have "
            "both parents known or neither. Add the missing parent as a founder."
        )
    is_founder = sires == UNKNOWN
    wanted = (int(is_founder.sum()), 2, genome.n_loci)
    if founders.shape != wanted:
        raise ValueError(f"founders has shape {founders.shape}; this pedigree needs {wanted}.")
    haplotypes = np.empty((len(sires), 2, genome.n_loci), dtype=founders.dtype)
    haplotypes[is_founder] = founders
    return haplotypes


def _generations(sires: np.ndarray, dams: np.ndarray) -> list[np.ndarray]:
    depth = np.zeros(len(sires), dtype=np.int64)
    for animal, (sire, dam) in enumerate(zip(sires, dams, strict=True)):
        depth[animal] = 1 + max(depth[sire] if sire >= 0 else -1, depth[dam] if dam >= 0 else -1)
    return [np.flatnonzero(depth == level) for level in range(1, depth.max(initial=0) + 1)]


def _meiosis(
    haplotypes: np.ndarray,
    parents: np.ndarray,
    out: np.ndarray,
    side: int,
    genome: Genome,
    random: np.random.Generator,
) -> None:
    gametes = len(parents)
    counts = random.poisson(genome.lengths, size=(gametes, genome.chromosomes)).ravel()
    start = np.concatenate([[0], np.cumsum(counts)])
    pair = np.repeat(np.arange(len(counts)), counts)
    crossover = random.random(start[-1]) * genome.lengths[pair % genome.chromosomes]
    crossover = crossover[np.lexsort((crossover, pair))]
    strand = random.integers(0, 2, size=len(counts), dtype=np.int8)
    fill_gametes(
        haplotypes, parents, out, side, genome.chromosome_start, genome.position, strand, start,
        crossover,
    )  # fmt: skip


def _check_rows(sires: np.ndarray, dams: np.ndarray, animals: int) -> None:
    for name, rows in (("sire", sires), ("dam", dams)):
        wrong = np.flatnonzero((rows < 0) | (rows >= animals))
        if wrong.size:
            raise ValueError(
                f"Mating {wrong[0]} names {name} {rows[wrong[0]]}; rows of the parents' haplotypes "
                f"run from 0 to {animals - 1}."
            )
