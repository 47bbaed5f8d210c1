"""Pictures of an evaluation: genetic trend, reliabilities, how the solver converged."""

from typing import TYPE_CHECKING

import numpy as np

from agrigen.plot import theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from agrigen.types import Floats

COLORS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.PURPLE)
BINS = 40


def trend(table: "pd.DataFrame") -> "Figure":
    """Mean breeding value by year of birth, with its standard error, for each trait and effect.

    Parameters
    ----------
    table
        As `Evaluation.trend` gives it.
    """
    groups = list(table.groupby(["effect", "trait"], sort=False))
    figure, axes = theme.empty_figure(6.4, 3.4)
    for number, ((effect, trait), cells) in enumerate(groups):
        color = COLORS[number % len(COLORS)]
        axes.errorbar(
            cells["born"], cells["mean"], yerr=cells["se"], color=color, linewidth=2,
            marker="o", markersize=4, capsize=2, label=f"{trait} ({effect})",
        )  # fmt: skip
    axes.set(xlabel="born", ylabel="mean breeding value")
    if len(groups) > 1:
        axes.legend(frameon=False)
    theme.finish(axes)
    return figure


def reliability(table: "pd.DataFrame") -> "Figure":
    """How reliable the breeding values are, for each trait and effect."""
    groups = list(table.groupby(["effect", "trait"], sort=False))
    figure, axes = theme.empty_figure(6.4, 3.2)
    edges = [k / BINS for k in range(BINS + 1)]
    for number, ((effect, trait), cells) in enumerate(groups):
        axes.hist(
            cells["reliability"].dropna(), bins=edges, histtype="step", linewidth=2,
            color=COLORS[number % len(COLORS)], label=f"{trait} ({effect})",
        )  # fmt: skip
    axes.set(xlabel="reliability", ylabel="animals", xlim=(0.0, 1.0))
    if len(groups) > 1:
        axes.legend(frameon=False)
    theme.finish(axes)
    return figure


def convergence(history: "Floats") -> "Figure":
    """Relative residual after each iteration, on a logarithmic scale."""
    figure, axes = theme.empty_figure(6.4, 3.2)
    axes.semilogy(
        np.arange(1, len(history) + 1), history, color=theme.BLUE, linewidth=2, marker="."
    )
    axes.set(xlabel="iteration", ylabel="residual / right-hand side")
    theme.finish(axes)
    return figure
