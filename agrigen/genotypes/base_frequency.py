"""Allele frequencies of the base population, estimated through the pedigree."""

from typing import Protocol

import numpy as np

from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.types import Floats


class InverseRelationship(Protocol):
    """What knows relationships among the samples and can multiply with their inverse."""

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse of the relationships times a vector."""
        ...


def base_frequencies(genotypes: Genotypes, relationship: InverseRelationship) -> Floats:
    """Frequencies of the counted alleles among the founders, by generalized least squares.

    Dosages of a marker have the same expectation 2p in every animal, and covariances of the
    pedigree's relationships: the estimate is 1' A22^-1 m / (2 1' A22^-1 1), kept between 0 and 1.
    A missing dosage is first put at the mean of those observed.

    Parameters
    ----------
    genotypes
        Of the animals of `relationship`, in its order.
    relationship
        A22, with products of its inverse: `PartialRelationship(pedigree, genotypes.ids)`.

    References
    ----------
    Gengler, Mayeres & Szydlowski 2007, Animal 1:21; VanRaden 2008, J. Dairy Sci. 91:4414.
    """
    weights = relationship.inverse_times(np.ones(len(genotypes)))
    centered = CenteredGenotypes(genotypes)
    shift = centered.transposed_times(weights) / weights.sum()
    return np.clip(centered.frequencies + shift / 2, 0.0, 1.0)


def group_frequencies(
    genotypes: Genotypes, relationship: InverseRelationship, shares: Floats
) -> Floats:
    """The same of several base populations, (groups, markers).

    Parameters
    ----------
    shares
        Part of each animal's genes that comes of each population, (animals, groups): the dosages
        of an animal have the expectation 2 sum of share times frequency.
    """
    weights = np.column_stack([relationship.inverse_times(column) for column in shares.T])
    inside = shares.T @ weights
    centered = CenteredGenotypes(genotypes)
    sums = np.stack([centered.transposed_times(column) for column in weights.T])
    sums += 2 * weights.sum(axis=0)[:, None] * centered.frequencies
    return np.asarray(np.clip(np.linalg.solve(inside, sums) / 2, 0.0, 1.0))
