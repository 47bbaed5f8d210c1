"""Haplotypes of founders: animals whose ancestors are not simulated."""

from statistics import NormalDist

import numpy as np

from agrigen.random import Seed, generator
from agrigen.simulate.genome import Genome


def founder_haplotypes(
    animals: int,
    genome: Genome,
    *,
    frequency: np.ndarray | float = 0.5,
    disequilibrium_morgan: float | None = None,
    rng: Seed = None,
) -> np.ndarray:
    """Draw founders in Hardy-Weinberg proportions.

    Parameters
    ----------
    animals
        Number of founders.
    genome
        Where the loci are.
    frequency
        Frequency of allele 1, one number or shape (loci,), in [0, 1].
    disequilibrium_morgan
        None for linkage equilibrium. Otherwise the distance in Morgan over which the correlation
        of a latent normal variable along the haplotype falls to 1/e; an allele is 1 where that
        variable is below the normal quantile of its frequency.
    rng
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        Alleles 0 or 1, int8, shape (animals, 2, loci); side 0 is paternal, side 1 maternal.

    Notes
    -----
    The latent variable is a first-order autoregression (a Gaussian copula), which keeps each
    allele frequency exact in expectation. It imitates decay of disequilibrium with distance; it is
    no model of the history of a population.
    """
    random = generator(rng)
    frequency = _frequencies(frequency, genome)
    shape = (animals, 2, genome.n_loci)
    if disequilibrium_morgan is None:
        return (random.random(shape) < frequency).astype(np.int8)
    normal = NormalDist()
    threshold = np.array(
        [normal.inv_cdf(p) if 0 < p < 1 else np.copysign(np.inf, p - 0.5) for p in frequency]
    )
    latent = _autoregression(random.standard_normal(shape), genome, disequilibrium_morgan)
    return (latent < threshold).astype(np.int8)


def _frequencies(frequency: np.ndarray | float, genome: Genome) -> np.ndarray:
    values = np.broadcast_to(np.asarray(frequency, dtype=float), (genome.n_loci,))
    outside = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if outside.size:
        raise ValueError(
            f"Allele frequencies lie in [0, 1]; locus {outside[0]} has {values[outside[0]]}."
        )
    return values


def _autoregression(noise: np.ndarray, genome: Genome, scale_morgan: float) -> np.ndarray:
    if scale_morgan <= 0:
        raise ValueError(f"disequilibrium_morgan must be above 0, not {scale_morgan}.")
    latent = noise.copy()
    for locus in range(1, genome.n_loci):
        if genome.chromosome[locus] != genome.chromosome[locus - 1]:
            continue
        distance = genome.position[locus] - genome.position[locus - 1]
        correlation = np.exp(-distance / scale_morgan)
        latent[:, :, locus] = (
            correlation * latent[:, :, locus - 1] + np.sqrt(1 - correlation**2) * noise[:, :, locus]
        )
    return latent
