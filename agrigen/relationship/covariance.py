"""What genomic relationships are to a model: the covariance structure of its levels."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.effects import Core, Genomic
from agrigen.evaluation.progress import NO_STAGES, Stages
from agrigen.genotypes import Genotypes
from agrigen.pedigree import Pedigree
from agrigen.pedigree.structure import Structure
from agrigen.relationship.apy import CoreRelationship
from agrigen.relationship.core import choose_core
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.relationship.implicit import ImplicitRelationship, implicit
from agrigen.relationship.partial import PartialRelationship
from agrigen.relationship.single_step import GenomicPart, Relationship
from agrigen.types import Floats, Integers

SINGLE_STEP_BLEND = 0.05
SINGLE_STEP_TUNE = "chen"

LEAST_EXPLAINED = 0.5
"""Share of the variance of other animals below which a core is said to be small."""


@dataclass(frozen=True, eq=False)
class GenomicCovariance:
    """A structure and what is needed to find the effects of its markers.

    Attributes
    ----------
    g
        The relationships that were used, by their products.
    core
        Places of the core animals among the genotyped; None where G is inverted as a whole.
    """

    structure: Structure
    g: ImplicitRelationship
    part: GenomicPart
    core: Integers | None = None

    @property
    def genotypes(self) -> Genotypes:
        """What G is made of."""
        return self.g.genotypes

    @property
    def frequencies(self) -> Floats:
        """Of the counted alleles, that the genotypes are centred with."""
        return self.g.frequencies

    @property
    def scale(self) -> float:
        """What Z Z' is divided by."""
        return self.g.scale

    @property
    def share(self) -> float:
        """What a unit of the unblended, untuned G is in the relationships that were used."""
        return self.g.share

    @property
    def constant(self) -> float:
        """What tuning added to every element: the variance of a mean all genotyped share."""
        return self.g.constant

    @property
    def relationship(self) -> GenomicRelationship:
        """The relationships that were used, dense: 8 n^2 bytes."""
        return self.g.relationship

    @property
    def inverse(self) -> Floats:
        """Of the relationships that were used, dense: 8 n^2 bytes."""
        return self.part.g.inverse

    @property
    def notes(self) -> list[Problem]:
        """What the user should know."""
        used = self.part.g
        if not isinstance(used, CoreRelationship) or used.explained >= LEAST_EXPLAINED:
            return []
        text = (
            f"The core of {used.core.size} animals explains {used.explained:.0%} of the variance "
            "of the other genotyped animals."
        )
        return [Problem("small_core", (), text, 'Take more: core: "98%".')]

    @property
    def places(self) -> Integers:
        """Levels of the genotyped animals."""
        return self.part.animals

    def marker_effects(self, values: Floats) -> Floats:
        """Effects of the markers from breeding values of the genotyped animals."""
        return self.g.marker_effects(self.part.g.inverse_times(values))

    def effects_of_dual(self, dual: Floats) -> Floats:
        """Effects of the markers from K^-1 u of all levels, for which no inverse is needed."""
        if not len(self.g):
            return np.zeros(self.frequencies.size)
        return self.g.marker_effects(self.dual(dual))

    def dual(self, dual: Floats) -> Floats:
        """G^-1 u of the genotyped animals from K^-1 u of all levels."""
        whole = self.structure.without_fixed_groups()
        pedigree = None if whole.sire is None else replace(whole, dense=None)
        return self.part.dual(pedigree, dual[: len(whole)])

    @property
    def polygenic(self) -> float:
        """What blending puts into the mean diagonal; the rest comes of markers."""
        other = 1.0 if self.g.related is None else float(self.g.related.diagonal.mean())
        return self.g.slope * self.g.blend * other


def genomic_covariance(
    effect: Genomic,
    genotypes: Genotypes,
    pedigree: Pedigree | None,
    *,
    inbreeding: bool,
    stage: Stages = NO_STAGES,
) -> GenomicCovariance:
    """The structure of an effect of genotyped animals, or of all animals of a pedigree.

    `gblup` and `snp`: G of the genotyped animals. `single_step`: the inverse of H is that of A
    plus, for the genotyped animals, that of G less that of A22 (Aguilar et al. 2010; Christensen
    and Lund 2010). Neither G nor an inverse is formed here, but with a core, whose columns of G
    take 8 bytes for each core and each genotyped animal (`CoreRelationship`).

    Raises
    ------
    ModelError, DataError
        Without a pedigree where one is needed, or for genotyped animals that are not in it.
    SolveError
        If the relationships of the core are not positive definite.
    """
    single = effect.method == "single_step"
    if single or (effect.tune or "none") not in ("none", "unit"):
        pedigree = _pedigree(effect, genotypes, pedigree)
    if single and pedigree is not None and not len(genotypes):
        return _of_nobody(genotypes, pedigree, inbreeding)
    g = _relationship(effect, genotypes, pedigree, inbreeding or not single)
    core, used = None, cast(Relationship, g)
    if isinstance(effect.core, Core):
        core = choose_core(effect.core, g, pedigree, stage.within(0.0, 0.5))
        used = CoreRelationship.of(g, core, stage.within(0.5, 1.0))
    part = GenomicPart(np.arange(len(g)), used)
    if not single or pedigree is None:
        structure = Structure(g.genotypes.ids, 0.0, g.diagonal, dense=part)
    else:
        structure, part = _single_step(pedigree, g, replace(part, related=g.related), inbreeding)
    return GenomicCovariance(structure, g, part, core)


def _relationship(
    effect: Genomic, genotypes: Genotypes, pedigree: Pedigree | None, inbreeding: bool
) -> ImplicitRelationship:
    """G as an effect declares it: blended first, then tuned, as BLUPF90 does."""
    single = effect.method == "single_step"
    metafounders = single and pedigree is not None and pedigree.gamma is not None
    blend = effect.blend if effect.blend is not None else SINGLE_STEP_BLEND if single else 0.0
    tune = effect.tune or (SINGLE_STEP_TUNE if single and not metafounders else "none")
    centre = effect.frequencies or ("half" if metafounders else "observed")
    related = None
    if pedigree is not None and (single or tune not in ("none", "unit")):
        related = PartialRelationship(pedigree, genotypes.ids, inbreeding=inbreeding)
    g = implicit(genotypes, centre, pedigree).blended(blend, related)
    if tune != "none":
        g = g.tuned(related, tune)
    return g if blend else g.ridged()


def _of_nobody(genotypes: Genotypes, pedigree: Pedigree, inbreeding: bool) -> GenomicCovariance:
    """Nobody is genotyped: relationships are those of the pedigree."""
    g = ImplicitRelationship(genotypes, np.zeros(genotypes.shape[1]), 1.0)
    part = GenomicPart(np.zeros(0, np.int64), g)
    return GenomicCovariance(pedigree.structure(inbreeding=inbreeding), g, part)


def _single_step(
    pedigree: Pedigree, g: ImplicitRelationship, part: GenomicPart, inbreeding: bool
) -> tuple[Structure, GenomicPart]:
    structure = pedigree.structure(inbreeding=inbreeding)
    animals = pedigree.index_many(g.genotypes.ids)
    groups = len(structure) - structure.fixed_groups
    if structure.fixed_groups:
        behind = np.arange(groups, len(structure))
        shares = np.zeros((len(structure), behind.size))
        shares[behind, np.arange(behind.size)] = 1.0
        q = structure.inherited(shares)[animals]
        part = replace(part, places=np.append(animals, behind), groups=q)
    else:
        part = replace(part, places=animals)
    return replace(structure, dense=part), part


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
