"""Genomic relationships over those of the pedigree."""

from typing import TYPE_CHECKING

import numpy as np

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.relationship.compare import RelationshipComparison

MOST = 20_000
"""Pairs drawn; of more, as many at random."""


def relationship_plot(found: "RelationshipComparison") -> "Figure":
    """Pairs on the left, animals with themselves on the right; mismatched samples are orange."""
    figure = theme.new_figure(8.4, 4.0)
    left, right = figure.subplots(1, 2)
    a, g = found.off_diagonal
    if a.size > MOST:
        chosen = np.random.default_rng(1).choice(a.size, MOST, replace=False)
        a, g = a[chosen], g[chosen]
    left.scatter(a, g, s=4, color=theme.BLUE, alpha=0.3, linewidths=0, rasterized=True)
    left.set(title="pairs", xlabel="relationship by pedigree", ylabel="by markers")
    samples = found.samples
    for bad, color in ((False, theme.BLUE), (True, theme.ORANGE)):
        mine = samples[samples["mismatched"] == bad]
        label = "does not fit" if bad else "fits"
        right.scatter(mine["diagonal_a"], mine["diagonal_g"], s=10, color=color, label=label)
    right.set(title="with itself", xlabel="relationship by pedigree")
    if samples["mismatched"].any():
        right.legend(frameon=False)
    for axes in (left, right):
        low, high = axes.get_xlim()
        axes.plot([low, high], [low, high], color=theme.LINE, linewidth=1, zorder=0)
        theme.finish(axes)
    return figure
