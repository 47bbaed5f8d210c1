"""From whom the genes of some animals come: founders, ancestors and effective numbers of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen._kernels import pedigree_contribution as kernels
from agrigen._kernels import pedigree_relationship, pedigree_structure
from agrigen.citations import Citation
from agrigen.pedigree.sources import BOICHARD_1997, CABALLERO_2000, LACY_1989
from agrigen.types import Floats, Integers, Parents, Texts

EXPLAINED = 1.0 - 1e-9
"""Ancestors that explain this much explain all; the rest is rounding."""


@dataclass(frozen=True, eq=False)
class Diversity:
    """Probabilities of gene origin of a reference population, in one screen.

    Attributes
    ----------
    animals
        Animals of the reference.
    founders
        Founders that contribute, unknown second parents included.
    effective_founders
        Number of founders with equal contributions that would keep as much (Lacy 1989).
    ancestors
        Table of the ancestors that explain most: id, marginal, total, cumulative.
    effective_ancestors
        1 over the sum of squared marginal contributions (Boichard et al. 1997); where not all
        ancestors were searched for, the middle of `bounds`.
    bounds
        Least and largest value it can have, given the ancestors found.
    founder_genomes
        Founder genome equivalents: half the inverse of the mean coancestry, own included.
    mean_inbreeding, mean_relationship
        Of the reference; the mean relationship counts each animal with itself too.
    """

    animals: int
    founders: int
    effective_founders: float
    ancestors: pd.DataFrame
    effective_ancestors: float
    bounds: tuple[float, float]
    founder_genomes: float
    mean_inbreeding: float
    mean_relationship: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the numbers rest on."""
        return (LACY_1989, BOICHARD_1997, CABALLERO_2000)

    def to_frame(self) -> pd.DataFrame:
        """One row a statistic: name and value."""
        return pd.DataFrame({"name": list(self.numbers), "value": list(self.numbers.values())})

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers by name."""
        names = ("animals", "founders", "effective_founders", "effective_ancestors")
        more = ("founder_genomes", "mean_inbreeding", "mean_relationship")
        return {name: float(getattr(self, name)) for name in (*names, *more)}

    def __str__(self) -> str:
        low, high = self.bounds
        between = "" if high - low < 1e-6 * high else f" (between {low:.1f} and {high:.1f})"
        rows = [
            f"Gene origin of {self.animals} animals",
            f"  founders                    {self.founders}",
            f"  effective founders          {self.effective_founders:.1f}",
            f"  effective ancestors         {self.effective_ancestors:.1f}{between}",
            f"  founder genome equivalents  {self.founder_genomes:.1f}",
            f"  mean inbreeding             {self.mean_inbreeding:.4f}",
            f"  mean relationship           {self.mean_relationship:.4f}",
            f"  ancestors that explain half {_half(self.ancestors['cumulative'])}",
        ]
        return "\n".join(rows)


def _half(cumulative: pd.Series) -> str:
    reached = np.flatnonzero(cumulative >= 0.5)
    return str(int(reached[0]) + 1) if reached.size else f"more than {len(cumulative)}"


def shares(animals: int, reference: Integers) -> Floats:
    """Equal weights of the reference that sum to 1."""
    share = np.zeros(animals)
    share[reference] = 1.0 / reference.size
    return share


def founder_contributions(
    ids: Texts, sire: Parents, dam: Parents, reference: Integers
) -> pd.DataFrame:
    """Expected share of the reference's genes from each founder: id, unknown, contribution.

    An animal with one known parent stands with `unknown` "sire" or "dam" for the parent it lacks,
    which is a founder; "both" are founders themselves. Contributions sum to 1.
    """
    given = shares(len(ids), reference)
    pedigree_structure.gather(sire, dam, 0.5, 0.5, given)
    no_sire, no_dam = sire < 0, dam < 0
    contribution = given * np.where(no_sire & no_dam, 1.0, 0.5)
    found = np.flatnonzero((no_sire | no_dam) & (given > 0))
    unknown = np.where(no_sire & no_dam, "both", np.where(no_sire, "sire", "dam"))
    columns = {"id": ids[found], "unknown": unknown[found], "contribution": contribution[found]}
    frame = pd.DataFrame(columns)
    return frame.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)


def ancestor_contributions(
    ids: Texts, sire: Parents, dam: Parents, reference: Integers, most: int
) -> pd.DataFrame:
    """Ancestors by what each adds to those above it: id, marginal, total, cumulative."""
    wanted = np.zeros(len(ids), np.bool_)
    wanted[reference] = True
    pedigree_relationship.mark_with_ancestors(sire, dam, wanted)
    kept = np.flatnonzero(wanted)
    place = np.full(len(ids) + 1, -1, np.int32)  # the last place keeps -1 unknown
    place[kept] = np.arange(kept.size, dtype=np.int32)
    parents = place[sire[kept]], place[dam[kept]]
    share = shares(len(ids), reference)[kept]
    found, marginal, total = kernels.marginal_contributions(*parents, share, most, EXPLAINED)
    columns: dict[str, Any] = {"id": ids[kept[found]], "marginal": marginal, "total": total}
    return pd.DataFrame({**columns, "cumulative": np.cumsum(marginal)})


def effective_ancestors(ancestors: pd.DataFrame, founders: int) -> tuple[float, float]:
    """Bounds of the effective number of ancestors (Boichard et al. 1997); equal when all are found.

    The unexplained rest could come from all other founders alike, or from ancestors that each give
    as much as the last one found.
    """
    marginal = ancestors["marginal"].to_numpy()
    squares = float((marginal**2).sum())
    rest = 1.0 - float(marginal.sum())
    if rest <= 1.0 - EXPLAINED:
        return 1.0 / squares, 1.0 / squares
    others = max(1, founders - marginal.size)
    return 1.0 / (squares + rest * float(marginal[-1])), 1.0 / (squares + rest**2 / others)
