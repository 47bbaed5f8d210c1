"""The picture of an association along the genome."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.plot import theme
from agrigen.plot.genome import places, tick_labels
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELED_DISTANCE = 0.02
"""Two labels are at least so far apart, as a part of the genome."""


def manhattan(
    table: pd.DataFrame,
    *,
    threshold: float | None = None,
    suggestive: float | None = None,
    label: int = 0,
    title: str = "",
    axes: "Axes | None" = None,
) -> "Figure":
    """Draw -log10 p of every marker by chromosome and position.

    Parameters
    ----------
    table
        Columns chromosome, position, marker and log10_p, as `Association.table`. Where positions
        are unknown, markers stand side by side.
    threshold
        p of the line; Bonferroni's 5 % over the markers without one.
    suggestive
        p of a second, dashed line.
    label
        How many of the best markers above the line are named, one a peak.
    axes
        Where to draw; a figure of its own without.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched. `savefig("m.svg")` keeps the text as
        text and the points as one picture.
    """
    x, ticks = places(table["chromosome"], table["position"])
    height = table["log10_p"].to_numpy(dtype=float)
    line = -np.log10(threshold if threshold is not None else 0.05 / max(1, len(table)))
    figure, axes = theme.figure_of(axes, 10.0, 3.6)
    for number, (name, (start, stop)) in enumerate(ticks.items()):
        mine = (table["chromosome"] == name).to_numpy()
        color = theme.BLUE if number % 2 == 0 else theme.LINE
        axes.scatter(x[mine], height[mine], s=5, color=color, linewidths=0, rasterized=True)
        axes.axvspan(start, stop, color=theme.BLUE_TINT, alpha=0.35 * (number % 2), linewidth=0)
    strong = height >= line
    axes.scatter(x[strong], height[strong], s=12, color=theme.ORANGE, linewidths=0)
    axes.axhline(line, color=theme.ORANGE, linewidth=1.0)
    if suggestive is not None:
        axes.axhline(-np.log10(suggestive), color=theme.QUIET, linewidth=0.8, linestyle="--")
    _name_best(axes, table, x, np.where(strong, height, -1.0), label)
    top = 1.08 * max(float(np.nanmax(height, initial=0.0)), float(line))
    axes.set(ylabel="$-\\log_{10}\\,p$", xlabel="chromosome", ylim=(0, top))
    axes.set_title(title, parse_math=False)  # names are no formulas, though they may hold "$"
    axes.set_xlim(0, 1)
    axes.set_xticks([(a + b) / 2 for a, b in ticks.values()], tick_labels(ticks))
    axes.tick_params(axis="x", length=0)
    axes.tick_params(labelsize="small")
    theme.finish(axes)
    return figure


def _name_best(axes: "Axes", table: pd.DataFrame, x: Floats, height: Floats, label: int) -> None:
    placed: list[float] = []
    for place in np.argsort(-height, kind="stable"):
        if len(placed) == label or height[place] < 0:
            return
        if all(abs(x[place] - other) > LABELED_DISTANCE for other in placed):
            placed.append(float(x[place]))
            axes.annotate(
                str(table["marker"].iloc[place]), (x[place], height[place]), xytext=(0, 4),
                textcoords="offset points", ha="center", fontsize="x-small", color=theme.INK,
                parse_math=False,
            )  # fmt: skip
