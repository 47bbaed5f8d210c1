"""Linkage disequilibrium by distance, and the effective size it tells."""

from typing import TYPE_CHECKING

import pandas as pd

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ld_decay_plot(table: pd.DataFrame, *, label: str = "") -> "Figure":
    """Mean r2 by distance, of `ld_decay`; the band is one standard deviation of the pairs."""
    figure, axes = theme.empty_figure(6.4, 3.6)
    unit = "kb" if "distance_kb" in table else "cM"
    known = table[table["pairs"] > 0]
    distance = known[f"distance_{unit}"]
    low, high = (known["r2"] - known["sd"]).clip(lower=0), (known["r2"] + known["sd"]).clip(upper=1)
    axes.fill_between(distance, low, high, color=theme.BLUE_TINT)
    axes.plot(distance, known["r2"], color=theme.BLUE, marker="o", markersize=4, label=label)
    axes.set(xlabel=f"distance, {unit}", ylabel="mean r²", ylim=(0, 1))
    theme.finish(axes)
    if label:
        axes.legend(frameon=False)
    return figure


def effective_size_plot(table: pd.DataFrame) -> "Figure":
    """Effective size by generations ago, of `effective_size`."""
    figure, axes = theme.empty_figure(6.4, 3.6)
    known = table.dropna(subset="effective_size")
    axes.plot(known["generations"], known["effective_size"], color=theme.BLUE, marker="o",
              markersize=4)  # fmt: skip
    axes.set(xlabel="generations ago", ylabel="effective size", xscale="log", yscale="log")
    theme.finish(axes)
    return figure
