"""Allele and genotype frequencies, with one copy of X (Z of birds) where a sex has one."""

import numpy as np
import pandas as pd

from agrigen.genotypes.container import Genotypes
from agrigen.species import Kind, Species, species
from agrigen.types import Flags, Floats, Integers


def frequencies(genotypes: Genotypes, *, kind: str | Species | None = None) -> pd.DataFrame:
    """Genotype counts and frequency of the counted allele of every marker.

    Parameters
    ----------
    kind
        The species, which says what chromosomes are; without it every number is an autosome.

    Returns
    -------
    pandas.DataFrame
        marker, chromosome, position, counted, other, two, one, none, missing, alleles (observed),
        frequency, minor_frequency.

    Notes
    -----
    Off autosomes a sample of the sex with one copy counts half, as `plink2 --freq` does; samples
    of unknown sex count as having two.
    """
    counts = genotypes.counts()
    alleles = 2.0 * counts[:, :3].sum(axis=1)
    copies = 2.0 * counts[:, 0] + counts[:, 1]
    rule = species(kind)
    markers = genotypes.markers
    kinds = rule.kinds(markers.chromosomes, markers.positions, markers.assembly, placed=False)
    single = np.flatnonzero(kinds == Kind.SHARED)
    if single.size:
        part = halved(genotypes, single, genotypes.samples.sex == rule.single_copy_sex)
        copies[single] -= part[0]
        alleles[single] -= part[1]
    frequency = np.divide(copies, alleles, out=np.full(copies.size, np.nan), where=alleles > 0)
    return pd.DataFrame(
        {
            "marker": markers.names, "chromosome": markers.chromosomes,
            "position": markers.positions, "counted": markers.counted, "other": markers.other,
            "two": counts[:, 0], "one": counts[:, 1], "none": counts[:, 2],
            "missing": counts[:, 3], "alleles": alleles, "frequency": frequency,
            "minor_frequency": np.minimum(frequency, 1 - frequency),
        }
    )  # fmt: skip


def halved(genotypes: Genotypes, markers: Integers, single: Flags) -> tuple[Floats, Floats]:
    """Half the copies, and half the alleles, of the samples that have one chromosome."""
    if not single.any():
        return np.zeros(markers.size), np.zeros(markers.size)
    counts = genotypes[single, markers].counts()
    return counts[:, 0] + 0.5 * counts[:, 1], counts[:, :3].sum(axis=1).astype(float)


def expected_homozygosity(frequency: Floats, observed: Integers, *, small_sample: bool) -> Floats:
    """1 - 2pq, with Nei's n / (n - 1) of n observed alleles where asked."""
    heterozygosity = 2 * frequency * (1 - frequency)
    if small_sample:
        alleles = 2.0 * observed
        heterozygosity *= np.divide(alleles, alleles - 1, out=np.ones_like(alleles),
                                    where=alleles > 1)  # fmt: skip
    return 1 - heterozygosity
