"""What genomic relationships are to a model: the covariance structure of its levels."""

from dataclasses import dataclass, replace

import numpy as np

from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.effects import Genomic
from agrigen.genotypes import Genotypes
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.pedigree import Pedigree
from agrigen.pedigree.structure import Dense, Structure
from agrigen.relationship.genomic import GenomicRelationship, grm
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Floats

RIDGE = 1e-8
"""Added to the diagonal of G, in units of its mean, where centring made it singular: the effects
of the animals then add up to nearly zero, as those of centred markers do exactly."""

SINGLE_STEP_BLEND = 0.05
SINGLE_STEP_TUNE = "chen"


@dataclass(frozen=True, eq=False)
class GenomicCovariance:
    """A structure and what is needed to find the effects of its markers.

    Attributes
    ----------
    inverse
        Of the genomic relationships that were used.
    share
        What a unit of the unblended, untuned G is in them.
    constant
        What tuning added to every element: the variance of a mean that all genotyped animals share.
    """

    structure: Structure
    genotypes: Genotypes
    relationship: GenomicRelationship
    inverse: Floats
    share: float
    constant: float = 0.0

    def marker_effects(self, values: Floats) -> Floats:
        """Effects of the markers from breeding values of the genotyped animals.

        a = share / scale Z' G^-1 u, which maximizes their likelihood (VanRaden 2008; Wang et al.
        2012); with G unblended, Z a = u exactly.
        """
        centered = CenteredGenotypes(self.genotypes, self.relationship.frequencies)
        effects = centered.transposed_times(self.inverse @ values)
        effects[~self.relationship.markers] = 0.0
        return self.share / self.relationship.scale * effects

    @property
    def places(self) -> np.ndarray:
        """Levels of the genotyped animals."""
        if self.structure.dense is None:
            raise ValueError("a genomic structure has a dense part")
        return self.structure.dense.places


def genomic_covariance(
    effect: Genomic, genotypes: Genotypes, pedigree: Pedigree | None, *, inbreeding: bool
) -> GenomicCovariance:
    """The structure of an effect of genotyped animals, or of all animals of a pedigree.

    `gblup` and `snp`: G of the genotyped animals. `single_step`: the inverse of H is that of A
    plus, for the genotyped animals, that of G less that of A22 (Aguilar et al. 2010; Christensen
    and Lund 2010).

    Raises
    ------
    ModelError, DataError
        Without a pedigree where one is needed, or for genotyped animals that are not in it.
    SolveError
        If two animals have the same genotypes and nothing is blended in.
    """
    related = None
    single = effect.method == "single_step"
    blend = effect.blend if effect.blend is not None else SINGLE_STEP_BLEND if single else 0.0
    tune = effect.tune if effect.tune is not None else SINGLE_STEP_TUNE if single else "none"
    if single or tune not in ("none", "unit"):
        related = PartialRelationship(_pedigree(effect, genotypes, pedigree), genotypes.ids)
    g, share, constant = _fitted(grm(genotypes), related, blend, tune)
    g = g if blend else _regular(g)
    inverse = g.inverse()
    if not single or related is None or pedigree is None:
        dense = Dense(np.arange(len(g)), inverse)
        structure = Structure(g.ids, g.logdet(), np.diagonal(g.matrix).copy(), dense=dense)
        return GenomicCovariance(structure, genotypes, g, inverse, share, constant)
    structure = _single_step(pedigree, g, related, inverse, inbreeding=inbreeding)
    return GenomicCovariance(structure, genotypes, g, inverse, share, constant)


def _fitted(
    g: GenomicRelationship, related: PartialRelationship | None, blend: float, tune: str
) -> tuple[GenomicRelationship, float, float]:
    """Blended first, then tuned, as BLUPF90 does; what a unit of G became, and what was added."""
    share, constant = 1.0, 0.0
    if blend:
        g = g.blend(blend, related)
        share -= blend
    if tune != "none":
        constant, slope = g.tuning(related, method=tune)
        share *= slope
        g = g.tune(related, method=tune)
    return g, share, constant


def _regular(g: GenomicRelationship) -> GenomicRelationship:
    """G that has an inverse: centring by the animals' own frequencies takes one dimension away."""
    ridge = RIDGE * float(np.diagonal(g.matrix).mean())
    matrix = g.matrix.copy()
    matrix[np.diag_indices_from(matrix)] += ridge
    return replace(g, matrix=matrix, steps=(*g.steps, f"{ridge:.3g} on the diagonal"))


def _single_step(
    pedigree: Pedigree,
    g: GenomicRelationship,
    related: PartialRelationship,
    inverse: Floats,
    *,
    inbreeding: bool,
) -> Structure:
    if pedigree.groups or not inbreeding:
        text = "Single-step models with groups of unknown parents, or without inbreeding,"
        remedy = "Leave the groups out and count inbreeding."
        raise ModelError([Problem("single_step", (), f"{text} are not available.", remedy)])
    structure = pedigree.structure()
    places = pedigree.index_many(related.ids)
    scale = structure.scale.copy()
    scale[places] = np.diagonal(g.matrix)
    return Structure(
        structure.names,
        structure.logdet + g.logdet() - related.logdet,
        scale,
        structure.sire,
        structure.dam,
        precision=structure.precision,
        dense=Dense(places, inverse - related.inverse()),
    )


def _pedigree(effect: Genomic, genotypes: Genotypes, pedigree: Pedigree | None) -> Pedigree:
    if pedigree is None:
        text = f"Effect {effect.name!r} ({effect.method}) needs a pedigree."
        raise ModelError([Problem("no_pedigree", (), text, "Give one, or use method gblup.")])
    absent = [str(id) for id in genotypes.ids[pedigree.index_many(genotypes.ids) < 0]]
    if absent:
        text = f"Genotyped animals are not in the pedigree: {name_some(absent)}."
        remedy = "Add them (unknown parents are allowed), or leave their genotypes out."
        raise DataError([Problem("unknown_animal", tuple(absent), text, remedy)])
    return pedigree
