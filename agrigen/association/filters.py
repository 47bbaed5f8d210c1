"""Which markers are tested, and why others are not: in one pass over the packed bits."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from agrigen.association.prepare import Prepared
from agrigen.errors import GenotypeError, ModelError, Problem
from agrigen.genotypes import Genotypes
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.types import Flags, Floats, Integers

NOTHING_LEFT = 1e-6
"""Share of a marker's variance that fixed effects must leave."""


@dataclass(frozen=True, eq=False)
class Markers:
    """The markers that are tested.

    Attributes
    ----------
    places
        Of them, among those of the genotypes.
    mean, frequency, missing
        Dosage, frequency of the counted allele, and samples without a genotype.
    left
        Sum of squares of dosages that fixed effects leave.
    excluded
        Marker and reason of the others.
    """

    places: Integers
    mean: Floats
    frequency: Floats
    missing: Integers
    left: Floats
    excluded: pd.DataFrame

    def take(self, chosen: Integers) -> "Markers":
        """Some of the tested markers."""
        return replace(
            self,
            places=self.places[chosen],
            mean=self.mean[chosen],
            frequency=self.frequency[chosen],
            missing=self.missing[chosen],
            left=self.left[chosen],
        )


def choose(prepared: Prepared, *, min_maf: float, max_missing: float, max_r2: float) -> Markers:
    """Markers of two alleles that pass the limits.

    Raises
    ------
    GenotypeError
        If none does, with the reasons and how often each.
    """
    _check_limits(min_maf, max_missing, max_r2)
    genotypes = prepared.genotypes
    counts = genotypes.counts()
    two, one, none, missing = counts.T
    seen = np.maximum(two + one + none, 1)
    mean = (2 * two + one) / seen
    frequency = mean / 2
    squares = 4.0 * two + one - seen * mean**2
    explained, plain = _explained(genotypes, prepared.contrasts.basis, mean)
    squares_plain = squares + len(genotypes) * mean**2  # dosages not centered, as GEMMA has them
    reasons = np.full(mean.size, "", dtype=object)
    several = prepared.contrasts.rank > 1
    for reason, wrong in (
        ("explained by fixed effects", squares - explained <= NOTHING_LEFT * squares),
        ("correlated with fixed effects", several & (plain >= max_r2 * squares_plain)),
        ("rare", np.minimum(frequency, 1 - frequency) < min_maf),
        ("missing genotypes", missing > max_missing * len(genotypes)),
        ("one allele", squares <= 1e-9),
        ("no genotypes", missing == len(genotypes)),
    ):
        reasons[wrong] = reason
    kept = reasons == ""
    names = genotypes.markers.names
    excluded = pd.DataFrame({"marker": names[~kept], "reason": reasons[~kept]})
    _require_some(kept, excluded)
    places = np.flatnonzero(kept)
    left = (squares - explained)[places]
    return Markers(
        places, mean[places], frequency[places], missing[places].astype(np.int64), left, excluded
    )


def _explained(genotypes: Genotypes, basis: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Sums of squares that fixed effects explain, of dosages centered and not."""
    centered = CenteredGenotypes(genotypes, mean / 2)
    explained, plain = np.zeros(mean.size), np.zeros(mean.size)
    for column in basis.T:
        product = centered.transposed_times(column)
        explained += product**2
        plain += (product + mean * column.sum()) ** 2
    return explained, plain


def _require_some(kept: Flags, excluded: pd.DataFrame) -> None:
    if kept.any():
        return
    counts = excluded["reason"].value_counts()
    why = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    text = f"None of {kept.size} markers can be tested: {why or 'there are none'}."
    remedy = "Loosen min_maf, max_missing or max_r2, or check that the genotypes vary."
    raise GenotypeError([Problem("no_markers", (), text, remedy)])


def _check_limits(min_maf: float, max_missing: float, max_r2: float) -> None:
    limits = {"min_maf": (min_maf, 0.5), "max_missing": (max_missing, 1), "max_r2": (max_r2, 1)}
    for name, (value, high) in limits.items():
        if not 0 <= value <= high:
            text = f"{name} is {value:g}."
            raise ModelError([Problem("limits", (), text, f"Give a number from 0 to {high:g}.")])
