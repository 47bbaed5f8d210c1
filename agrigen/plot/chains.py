"""Samples of a Markov chain: how they moved and how they are spread."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.PURPLE)


def chains(samples: pd.DataFrame, parameters: Sequence[str]) -> "Figure":
    """Draw a trace and a histogram of each parameter, one color a chain.

    Parameters
    ----------
    samples
        One row a sample: chain, iteration and a column for each parameter.
    parameters
        The columns to draw, one below the other.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    figure = theme.new_figure(8.0, 1.9 * len(parameters))
    rows = figure.subplots(len(parameters), 2, squeeze=False, width_ratios=[2, 1])
    for (trace, spread), name in zip(rows, parameters, strict=True):
        for number, (_, chain) in enumerate(samples.groupby("chain")):
            color = COLORS[number % len(COLORS)]
            trace.plot(chain["iteration"], chain[name], color=color, linewidth=0.5)
            spread.hist(chain[name], bins=40, color=color, alpha=0.5)
        trace.set_ylabel(name)
        for axes in (trace, spread):
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(colors=theme.QUIET)
        spread.set_yticks([])
    rows[-1][0].set_xlabel("iteration")
    return figure
