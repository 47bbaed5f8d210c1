"""Relationships within and between base populations, from genotypes: Gamma of metafounders."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.genotypes import Genotypes
from agrigen.genotypes.base_frequency import group_frequencies
from agrigen.pedigree import Pedigree
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Floats

LEGARRA_2015 = Citation(
    "Legarra A, Christensen OF, Vitezica ZG, Aguilar I, Misztal I",
    2015,
    "Ancestral relationships using metafounders: finite ancestral populations and across "
    "population relationships. Genetics 200:455",
    "10.1534/genetics.115.177014",
    "metafounders",
)
GARCIA_BACCINO_2017 = Citation(
    "Garcia-Baccino CA, Legarra A, Christensen OF, Misztal I, Pocrnic I, Vitezica ZG, Cantet RJC",
    2017,
    "Metafounders are related to Fst fixation indices and reduce bias in single-step genomic "
    "evaluations. Genet Sel Evol 49:34",
    "10.1186/s12711-017-0309-2",
    "relationships of metafounders from allele frequencies of the base",
)


@dataclass(frozen=True, eq=False)
class Gamma:
    """Relationships of metafounders and the allele frequencies they come from.

    Attributes
    ----------
    groups, matrix
        Names, and Gamma in their order, as `Pedigree(groups=..., gamma=...)` takes it.
    frequencies
        Of the counted alleles in each base population, (groups, markers).
    animals
        Genotyped animals in terms of which the groups are estimated: the sum of their shares.
    """

    groups: tuple[str, ...]
    matrix: Floats
    frequencies: Floats
    animals: Floats
    citations: tuple[Citation, ...] = (LEGARRA_2015, GARCIA_BACCINO_2017)

    def to_frame(self) -> pd.DataFrame:
        """The matrix with names."""
        return pd.DataFrame(self.matrix, index=self.groups, columns=self.groups)

    def __repr__(self) -> str:
        table = self.to_frame().round(4).assign(animals=self.animals.round(1))
        return (
            f"Gamma of {len(self.groups)} base population{'s' * (len(self.groups) != 1)} from "
            f"{self.frequencies.shape[1]:,} markers\n{table.to_string()}"
        )


def gamma(genotypes: Genotypes, pedigree: Pedigree) -> Gamma:
    """Gamma of the unknown-parent groups of a pedigree, from genotypes of its animals.

    Frequencies of each base population are estimated by generalized least squares through the
    pedigree (Gengler et al. 2007), and Gamma is 8 times their mean square and mean product about
    0.5 over the markers: which allele is counted makes no difference.

    Parameters
    ----------
    genotypes
        Of animals of the pedigree.
    pedigree
        With groups of unknown parents and without a gamma; without groups there is one base
        population, called "base".

    Raises
    ------
    DataError
        If the genotyped animals cannot tell the groups apart.

    Notes
    -----
    Estimated frequencies vary more than true ones: with few genotyped animals of a group its
    diagonal is too large. Frequencies beyond 0 and 1 are set back.

    References
    ----------
    Legarra et al. 2015, Genetics 200:455; Garcia-Baccino et al. 2017, Genet Sel Evol 49:34.
    """
    if pedigree.gamma is not None:
        text = "The pedigree has relationships of metafounders already."
        raise ModelError([Problem("gamma", (), text, "Read it without gamma, with groups only.")])
    related = PartialRelationship(pedigree, genotypes.ids)
    shares = group_shares(pedigree, genotypes)
    names = tuple(map(str, pedigree.groups)) or ("base",)
    _check_shares(shares, names)
    frequencies = group_frequencies(genotypes, related, shares)
    apart = frequencies - 0.5
    matrix = 8.0 * apart @ apart.T / apart.shape[1]
    return Gamma(names, matrix, frequencies, shares.sum(axis=0))


def group_shares(pedigree: Pedigree, genotypes: Genotypes) -> Floats:
    """Share of the genes of each genotyped animal that come of each group; 1 without groups."""
    if not pedigree.groups:
        return np.ones((len(genotypes), 1))
    structure = pedigree.structure()
    unit = np.zeros((len(structure), len(pedigree.groups)))
    unit[len(pedigree) + np.arange(len(pedigree.groups)), np.arange(len(pedigree.groups))] = 1.0
    return np.asarray(structure.inherited(unit)[pedigree.index_many(genotypes.ids)])


def _check_shares(shares: Floats, names: tuple[str, ...]) -> None:
    absent = [name for name, total in zip(names, shares.sum(axis=0), strict=True) if total == 0]
    if absent:
        text = f"No genotyped animal descends from {name_some(absent)}."
        remedy = "Join such groups with others, or genotype their descendants."
        raise DataError([Problem("group", tuple(absent), text, remedy)])
    if np.linalg.matrix_rank(shares) < len(names):
        text = f"The genotyped animals have the same shares of some of {name_some(list(names))}."
        remedy = "Join groups, or genotype animals that have more of one of them."
        raise DataError([Problem("group", names, text, remedy)])
