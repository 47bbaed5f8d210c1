"""Compiled loops of meiosis. Plain arrays in and out; the public side is agrigen.simulate."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def fill_gametes(
    parent_haplotypes: np.ndarray,
    parents: np.ndarray,
    out: np.ndarray,
    side: int,
    chromosome_start: np.ndarray,
    position: np.ndarray,
    first_strand: np.ndarray,
    crossover_start: np.ndarray,
    crossover: np.ndarray,
) -> None:
    """Write one gamete per parent into ``out[:, side, :]``.

    ``parents`` are rows of ``parent_haplotypes``; -1 leaves the output untouched.
    ``crossover[crossover_start[k]:crossover_start[k + 1]]`` are the sorted crossover positions
    (Morgan) of gamete-chromosome pair ``k = gamete * n_chromosomes + chromosome``.
    """
    n_chromosomes = len(chromosome_start) - 1
    for gamete in range(len(parents)):
        parent = parents[gamete]
        if parent < 0:
            continue
        for chromosome in range(n_chromosomes):
            pair = gamete * n_chromosomes + chromosome
            strand = first_strand[pair]
            next_crossover = crossover_start[pair]
            last_crossover = crossover_start[pair + 1]
            for locus in range(chromosome_start[chromosome], chromosome_start[chromosome + 1]):
                while next_crossover < last_crossover and (
                    crossover[next_crossover] < position[locus]
                ):
                    strand = 1 - strand
                    next_crossover += 1
                out[gamete, side, locus] = parent_haplotypes[parent, strand, locus]
