"""Whether genomic relationships and those of the pedigree are of the same animals."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Floats, Texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

APART = 0.25
"""Difference of two relationships from which a pair is listed: parents and offspring are 0.5."""

SAME = 0.95
"""Relationship in units of the animals' own from which two samples look like one animal."""

OUTLYING = 6.0
"""Deviations, by the median, from which a sample differs more than the others do."""

WEAK = 0.5
"""Correlation of the off-diagonals below which G and A22 hardly belong together."""

SHOWN = 10


@dataclass(frozen=True, eq=False)
class RelationshipComparison:
    """G beside A22 of the same animals.

    Attributes
    ----------
    statistics
        Means and standard deviations of both, on and off the diagonal, their correlation, and
        intercept and slope of the regression of G on A22.
    samples
        One row an animal: id, diagonal_a, diagonal_g, correlation (of its relationships to others),
        difference (root mean square), deviation (of that from the others', in standard deviations)
        and mismatched.
    pairs
        Pairs that differ by more than 0.25, largest first: first, second, pedigree, genomic,
        finding (unexpected relatives, not the recorded relatives, same animal).
    """

    statistics: pd.DataFrame
    samples: pd.DataFrame
    pairs: pd.DataFrame
    off_diagonal: Floats

    @property
    def mismatched(self) -> list[str]:
        """Samples whose relationships do not fit the pedigree."""
        return [str(id) for id in self.samples.loc[self.samples["mismatched"], "id"]]

    def to_frame(self) -> pd.DataFrame:
        """The samples."""
        return self.samples

    def plot(self) -> "Figure":
        """G over A22, of pairs and of animals with themselves."""
        from agrigen.plot.relationship import relationship_plot

        return relationship_plot(self)

    def __repr__(self) -> str:
        off, own = self.statistics.loc["off diagonal"], self.statistics.loc["diagonal"]
        lines = [
            f"Relationships of {len(self.samples):,} animals by markers and by pedigree",
            f"off the diagonal: correlation {off.correlation:.3f}, G = {off.intercept:.3f} + "
            f"{off.slope:.3f} A22, means {off.mean_g:.4f} and {off.mean_a:.4f}",
            f"diagonal: correlation {own.correlation:.3f}, means {own.mean_g:.4f} and "
            f"{own.mean_a:.4f}",
        ]
        if not off.correlation >= WEAK:
            lines.append(
                "The correlation is low: samples or ids are mixed up, the pedigree is shallow, or "
                "the animals are of several breeds."
            )
        bad = self.mismatched
        lines.append(
            f"{len(bad)} sample{'s' * (len(bad) != 1)} fit the pedigree badly"
            + (f": {', '.join(bad[:SHOWN])}{' ...' if len(bad) > SHOWN else ''}" if bad else "")
        )
        if len(self.pairs):
            lines.append(f"{len(self.pairs):,} pairs differ by more than {APART}:")
            lines.append(self.pairs.head(SHOWN).to_string(index=False))
        return "\n".join(lines)


def compare_relationships(
    g: GenomicRelationship, related: PartialRelationship
) -> RelationshipComparison:
    """G against A22: correlations, and the samples and pairs that do not fit.

    G should be on the scale of A22, or tuned to it: `G.tune(A22)`; correlations do not mind. A
    sample is mismatched when its relationships to the others differ from those of the pedigree far
    more than other samples' do.

    Parameters
    ----------
    g
        Of at least three animals.
    related
        `PartialRelationship(pedigree, g.ids)`: of the same animals in the same order.
    """
    if list(g.ids) != list(related.ids):
        text = "The relationships by pedigree are of other animals, or in other order."
        remedy = "Make them with PartialRelationship(pedigree, G.ids)."
        raise GenotypeError([Problem("other_animals", (), text, remedy)])
    if len(g) < 3:
        text = f"{len(g)} animals are too few to compare relationships."
        raise GenotypeError([Problem("few_animals", (), text, "Give three or more.")])
    a, b = related.block, np.asarray(g.matrix, dtype=np.float64)
    rows, columns = np.tril_indices(len(g), -1)
    both = np.stack([a[rows, columns], b[rows, columns]])
    own = np.stack([np.diagonal(a), np.diagonal(b)])
    statistics = pd.DataFrame(
        [_statistics(*both), _statistics(*own)], index=["off diagonal", "diagonal"]
    )
    return RelationshipComparison(
        statistics, _samples(g.ids, a, b), _pairs(g.ids, both, own, rows, columns), both
    )


def _statistics(a: Floats, b: Floats) -> dict[str, float]:
    slope = float(np.cov(a, b)[0, 1] / a.var(ddof=1)) if np.ptp(a) > 0 else np.nan
    return {
        "mean_a": a.mean(), "sd_a": a.std(ddof=1), "mean_g": b.mean(), "sd_g": b.std(ddof=1),
        "correlation": _correlation(a, b), "intercept": b.mean() - slope * a.mean(), "slope": slope,
    }  # fmt: skip


def _correlation(a: Floats, b: Floats) -> float:
    if not (np.ptp(a) > 0 and np.ptp(b) > 0):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _samples(ids: Texts, a: Floats, b: Floats) -> pd.DataFrame:
    size = len(ids)
    apart = b - a
    np.fill_diagonal(apart, 0.0)
    apart -= apart.sum() / (size * (size - 1))
    np.fill_diagonal(apart, 0.0)
    difference = np.sqrt((apart**2).sum(axis=1) / (size - 1))
    center = float(np.median(difference))
    spread = 1.4826 * float(np.median(np.abs(difference - center)))
    deviation = (difference - center) / max(spread, 1e-12)
    correlation = [_correlation(np.delete(a[k], k), np.delete(b[k], k)) for k in range(size)]
    return pd.DataFrame({
        "id": ids, "diagonal_a": np.diagonal(a), "diagonal_g": np.diagonal(b),
        "correlation": correlation, "difference": difference, "deviation": deviation,
        "mismatched": deviation > OUTLYING,
    })  # fmt: skip


def _pairs(
    ids: Texts, both: Floats, own: Floats, rows: np.ndarray, columns: np.ndarray
) -> pd.DataFrame:
    """Pairs that are apart, once the two means are alike."""
    apart = both[1] - both[0] - (both[1].mean() - both[0].mean())
    same = both[1] > SAME * np.sqrt(np.maximum(own[1][rows] * own[1][columns], 0.0))
    found = np.flatnonzero((np.abs(apart) > APART) | same)
    found = found[np.argsort(-np.abs(apart[found]), kind="stable")]
    finding = np.where(apart[found] > 0, "unexpected relatives", "not the recorded relatives")
    return pd.DataFrame({
        "first": ids[columns[found]], "second": ids[rows[found]], "pedigree": both[0, found],
        "genomic": both[1, found], "finding": np.where(same[found], "same animal", finding),
    })  # fmt: skip
