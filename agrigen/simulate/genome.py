"""The genome of a simulated species: chromosomes, their genetic lengths and where the loci are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Genome:
    """Chromosomes with evenly spaced loci on a genetic map.

    Parameters
    ----------
    chromosomes
        Number of autosomes (pairs).
    length_morgan
        Genetic length of a chromosome in Morgan: one number for all, or one for each.
    loci_per_chromosome
        Number of loci: one number for all chromosomes, or one for each.

    Attributes
    ----------
    position
        Position of each locus on its chromosome, shape (loci,), Morgan.
    chromosome
        Chromosome of each locus, shape (loci,), 0-based.
    chromosome_start
        First locus of each chromosome and, last, the number of loci; shape (chromosomes + 1,).

    Notes
    -----
    ``Genome(k, length_morgan=0, loci_per_chromosome=1)`` gives k independent loci.
    """

    chromosomes: int
    length_morgan: float | Sequence[float] = 1.0
    loci_per_chromosome: int | Sequence[int] = 100
    position: np.ndarray = field(init=False, repr=False)
    chromosome: np.ndarray = field(init=False, repr=False)
    chromosome_start: np.ndarray = field(init=False, repr=False)
    lengths: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lengths = _per_chromosome(self.length_morgan, self.chromosomes, "length_morgan", float)
        loci = _per_chromosome(
            self.loci_per_chromosome, self.chromosomes, "loci_per_chromosome", np.int64
        )
        if self.chromosomes < 1 or (loci < 1).any() or (lengths < 0).any():
            raise ValueError(
                "A genome needs at least one chromosome, each with at least one locus and a length "
                f"of 0 or more Morgan; got {self!r}."
            )
        positions = [
            (np.arange(count) + 0.5) / count * length
            for count, length in zip(loci, lengths, strict=True)
        ]
        object.__setattr__(self, "lengths", lengths)
        object.__setattr__(self, "position", np.concatenate(positions))
        object.__setattr__(self, "chromosome", np.repeat(np.arange(self.chromosomes), loci))
        object.__setattr__(self, "chromosome_start", np.concatenate([[0], np.cumsum(loci)]))

    @property
    def n_loci(self) -> int:
        """Number of loci on all chromosomes."""
        return int(self.chromosome_start[-1])


def haldane(distance_morgan: np.ndarray | float) -> np.ndarray:
    """Recombination fraction at a map distance, without interference: r = (1 - exp(-2d)) / 2.

    Parameters
    ----------
    distance_morgan
        Distance between two loci of one chromosome, Morgan.

    References
    ----------
    Haldane 1919, J. Genet. 8:299-309.
    """
    return 0.5 * (1.0 - np.exp(-2.0 * np.asarray(distance_morgan, dtype=float)))


def _per_chromosome(
    value: float | Sequence[float], chromosomes: int, name: str, dtype: type
) -> np.ndarray:
    values: np.ndarray = np.asarray(value, dtype=dtype)
    if values.ndim == 0:
        return np.full(chromosomes, values)
    if values.shape != (chromosomes,):
        raise ValueError(
            f"{name} has {values.size} values for {chromosomes} chromosomes; give one number, "
            "or one for each chromosome."
        )
    return values
