"""What a pedigree says about a population: methods that every pedigree has."""

from typing import Protocol

import numpy as np
import pandas as pd

from agrigen._kernels import pedigree as walks
from agrigen._kernels import pedigree_contribution as kernels
from agrigen.errors import DataError, Problem
from agrigen.pedigree import contribution, interval, paths, size
from agrigen.pedigree.columns import Column
from agrigen.pedigree.contribution import Diversity
from agrigen.pedigree.interval import DAYS_A_YEAR
from agrigen.pedigree.size import EffectiveSize
from agrigen.pedigree.structure import Structure
from agrigen.pedigree.summary import Summary, summarize
from agrigen.types import Floats, Integers, Parents, Texts

ANCESTORS = 100
"""Ancestors searched for unless told; they mostly explain more than nine tenths."""

PAIRS = 2_000
"""Pairs sampled for the increase in coancestry."""


class Statistics(Protocol):
    """Statistics of a pedigree, from what every pedigree has."""

    sire: Parents
    dam: Parents
    sex: Texts
    birth: Floats
    birth_in_days: bool
    groups: tuple[str, ...]

    @property
    def ids(self) -> Texts:
        """Ids of the animals."""

    @property
    def implied_founders(self) -> list[str]:
        """Parents without a row of their own."""

    @property
    def generation(self) -> Parents:
        """Longest known path to a founder."""

    def inbreeding(self) -> Floats:
        """Inbreeding coefficient of every animal."""

    def relationships(self, a: Column, b: Column) -> Floats:
        """Relationship of each animal of `a` with the one of `b` beside it."""

    def random_structure(self) -> Structure:
        """Covariance among the animals."""

    def index(self, id: str | int) -> int:
        """Where an animal stands."""

    def _places(self, ids: Column) -> Integers:
        """Where animals stand."""

    def summary(self) -> Summary:
        """Counts, depth and inbreeding, to print on one screen."""
        implied, groups = len(self.implied_founders), len(self.groups)
        f = self.inbreeding()
        return summarize(self.sire, self.dam, f, self.generation, implied, groups)

    def equivalent_generations(self) -> Floats:
        """Equivalent complete generations of every animal (Boichard et al. 1997).

        The sum over known ancestors of 1/2 to the power of the generations between.
        """
        result: Floats = kernels.equivalent_generations(self.sire, self.dam)
        return result

    def completeness(self, generations: int = 5) -> pd.DataFrame:
        """How much of each animal's pedigree is known.

        Columns: id; 1, 2, ... (share of the ancestors known that many generations back); full
        (generations in which all are known); deepest (longest line); equivalent (equivalent
        complete generations); index (of MacCluer et al. 1983: 1 when all ancestors of both sides
        are known that far back, 0 when one side is unknown).
        """
        if generations < 1:
            raise ValueError(f"generations is {generations}; it is at least 1")
        known = kernels.completeness(self.sire, self.dam, generations)
        # Of a parent: itself, and its ancestors one generation less far back; unknown ones last.
        line = np.append((1.0 + known[:, :-1].sum(axis=1)) / generations, 0.0)
        s, d = line[self.sire], line[self.dam]
        with np.errstate(invalid="ignore"):
            index = np.where((s > 0) & (d > 0), 2.0 * s * d / (s + d), 0.0)
        columns = {str(g + 1): known[:, g] for g in range(generations)}
        depth = {
            "full": kernels.full_generations(self.sire, self.dam),
            "deepest": self.generation,
            "equivalent": self.equivalent_generations(),
            "index": index,
        }
        return pd.DataFrame({"id": self.ids, **columns, **depth})

    def founder_contributions(self, ids: Column | None = None) -> pd.DataFrame:
        """Expected share of some animals' genes from each founder: id, unknown, contribution.

        Without ids, the reference are the animals with both parents known. An animal with one
        known parent stands for the parent it lacks (`unknown`: sire, dam or both).
        """
        reference = self._reference(ids)
        return contribution.founder_contributions(self.ids, self.sire, self.dam, reference)

    def ancestor_contributions(
        self, ids: Column | None = None, *, most: int = ANCESTORS
    ) -> pd.DataFrame:
        """Ancestors by what each adds to those above it (Boichard et al. 1997).

        Columns: id, marginal, total (with what others explain too), cumulative.
        """
        reference = self._reference(ids)
        parents = self.sire, self.dam
        return contribution.ancestor_contributions(self.ids, *parents, reference, most)

    def diversity(self, ids: Column | None = None, *, most: int = ANCESTORS) -> Diversity:
        """Effective founders and ancestors, founder genomes and mean relationship.

        Parameters
        ----------
        ids
            The reference population; without, the animals with both parents known.
        most
            Ancestors to search for; more narrow the bounds of the effective number.
        """
        reference = self._reference(ids)
        founders = self.founder_contributions(ids)["contribution"].to_numpy()
        ancestors = self.ancestor_contributions(ids, most=most)
        low, high = contribution.effective_ancestors(ancestors, founders.size)
        structure = self.random_structure()
        share = contribution.shares(len(structure), reference)
        mean = float(share @ structure.times(share))
        return Diversity(
            animals=int(reference.size),
            founders=int(founders.size),
            effective_founders=float(1.0 / (founders**2).sum()),
            ancestors=ancestors,
            effective_ancestors=(low + high) / 2.0,
            bounds=(low, high),
            founder_genomes=1.0 / mean,
            mean_inbreeding=float(self.inbreeding()[reference].mean()),
            mean_relationship=mean,
        )

    def effective_size(
        self, ids: Column | None = None, *, pairs: int = PAIRS, rng: int = 1
    ) -> EffectiveSize:
        """Effective population size by four estimators.

        "increase in inbreeding" (Gutierrez et al. 2009) and "regression" (of log(1 - F) on
        equivalent complete generations) look at the animals themselves; "increase in coancestry"
        (Cervantes et al. 2011) at randomly chosen pairs of them; "sires and dams" (Wright 1931)
        at the numbers of their parents, as if those contributed alike.

        Parameters
        ----------
        ids
            The reference population; without, the animals with both parents known.
        pairs
            Pairs to sample; all pairs are used where there are no more.
        rng
            Seed of the sample.
        """
        reference = self._reference(ids)
        depth = self.equivalent_generations()
        f, t = self.inbreeding()[reference], depth[reference]
        a, b = size.some_pairs(reference, pairs, rng)
        coancestry = self.relationships(self.ids[a], self.ids[b]) / 2.0
        parents = [parent[reference] for parent in (self.sire, self.dam)]
        counts = [int(np.unique(parent[parent >= 0]).size) for parent in parents]
        rows = [
            size.row("increase in inbreeding", *size.individual_increase(f, t)),
            size.row(
                "increase in coancestry", *size.pair_increase(coancestry, (depth[a] + depth[b]) / 2)
            ),
            size.row("regression", *size.regression(f, t)),
            size.sexes_row(*counts),
        ]
        return EffectiveSize(pd.DataFrame(rows))

    def generation_intervals(self) -> pd.DataFrame:
        """Age of parents at the birth of offspring that became parents, by the four paths.

        In years where births are dates, in their own unit otherwise. Columns: path, animals,
        mean, sd; "all" is the mean of the paths.
        """
        years = DAYS_A_YEAR if self.birth_in_days else 1.0
        parents = self.sire, self.dam
        return interval.generation_intervals(*parents, self.sex, self.birth, years)

    def inbreeding_paths(self, id: str | int, *, most: int = 10_000) -> pd.DataFrame:
        """Every path between an animal's parents and what it adds to F (Wright 1922).

        Columns: ancestor, path, sire_steps, dam_steps, ancestor_inbreeding, contribution; the
        contributions sum to the animal's F. `most` guards against millions of paths.
        """
        animal, f = self.index(id), self.inbreeding()
        return paths.inbreeding_paths(self.ids, self.sire, self.dam, f, animal, most)

    def common_ancestors(self, a: str | int, b: str | int) -> pd.DataFrame:
        """Ancestors that two animals share, nearest first: id, generations_a, generations_b.

        Generations are counted on the shortest way; an animal that is an ancestor of the other
        stands there itself, with 0.
        """
        depths = []
        for id in (a, b):
            depth = np.full(self.sire.size, -1, np.int32)
            depth[self.index(id)] = 0
            depths.append(walks.mark_ancestors(self.sire, self.dam, depth))
        found = np.flatnonzero((depths[0] >= 0) & (depths[1] >= 0))
        near = np.argsort(depths[0][found] + depths[1][found], kind="stable")
        found = found[near]
        generations = {"generations_a": depths[0][found], "generations_b": depths[1][found]}
        return pd.DataFrame({"id": self.ids[found], **generations})

    def _reference(self, ids: Column | None) -> Integers:
        if ids is not None:
            places = np.unique(self._places(ids))
        else:
            places = np.flatnonzero((self.sire >= 0) & (self.dam >= 0))
        if not places.size:
            raise DataError([_NO_REFERENCE])
        return places


_NO_REFERENCE = Problem(
    "no_reference",
    (),
    "The reference population is empty: no animal has both parents known, or ids is empty.",
    "Name the animals with ids=.",
)
