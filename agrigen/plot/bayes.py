"""Marker effects of a Bayesian model along the genome."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.plot import theme
from agrigen.plot.genome import places, tick_labels
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def markers(table: pd.DataFrame) -> "Figure":
    """Draw what marker effects say of every marker by chromosome and position.

    Parameters
    ----------
    table
        Columns chromosome, position and inclusion, as `Bayes.marker_effects`; without inclusion
        the size of the effect is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    if "inclusion" in table:
        return _along(table, table["inclusion"].to_numpy(), "posterior inclusion probability")
    return _along(table, np.abs(table["value"].to_numpy()), "size of the effect of one copy")


def windows(table: pd.DataFrame) -> "Figure":
    """Draw the posterior probability of association of windows, as `Bayes.windows` gives them."""
    middle = table.assign(position=(table["start"] + table["stop"]) // 2)
    return _along(middle, table["wppa"].to_numpy(), "posterior probability of association")


def _along(table: pd.DataFrame, height: Floats, label: str) -> "Figure":
    x, ticks = places(table["chromosome"], table["position"])
    figure, axes = theme.empty_figure(10.0, 3.2)
    for number, (name, (start, stop)) in enumerate(ticks.items()):
        mine = (table["chromosome"].astype(str) == name).to_numpy()
        color = theme.BLUE if number % 2 == 0 else theme.LINE
        axes.vlines(x[mine], 0.0, height[mine], color=color, linewidth=0.8, rasterized=True)
        axes.axvspan(start, stop, color=theme.BLUE_TINT, alpha=0.35 * (number % 2), linewidth=0)
    axes.set(ylabel=label, xlabel="chromosome", ylim=(0, None), xlim=(0, 1))
    axes.set_xticks([(a + b) / 2 for a, b in ticks.values()], tick_labels(ticks))
    axes.tick_params(axis="x", length=0)
    theme.finish(axes)
    return figure
