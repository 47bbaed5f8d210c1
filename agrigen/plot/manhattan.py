"""The picture of an association along the genome."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.plot import theme
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 0.008
"""Between two chromosomes, as a part of the genome."""

LABELED_DISTANCE = 0.02
"""Two labels are at least so far apart, as a part of the genome."""


def manhattan(
    table: pd.DataFrame,
    *,
    threshold: float | None = None,
    suggestive: float | None = None,
    label: int = 0,
    title: str = "",
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

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched. `savefig("m.svg")` keeps the text as
        text and the points as one picture.
    """
    x, ticks = _places(table)
    height = table["log10_p"].to_numpy(dtype=float)
    line = -np.log10(threshold if threshold is not None else 0.05 / max(1, len(table)))
    figure, axes = theme.empty_figure(10.0, 3.6)
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
    axes.set(ylabel="$-\\log_{10}\\,p$", xlabel="chromosome", title=title, ylim=(0, None))
    axes.set_xlim(0, 1)
    axes.set_xticks([(a + b) / 2 for a, b in ticks.values()], _thinned(ticks))
    axes.tick_params(axis="x", length=0)
    axes.tick_params(colors=theme.QUIET, labelsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _places(table: pd.DataFrame) -> tuple[Floats, dict[str, tuple[float, float]]]:
    """Place of every marker from 0 to 1, and from where to where a chromosome is."""
    names = list(dict.fromkeys(table["chromosome"]))
    position = table["position"].to_numpy(dtype=float)
    lengths = []
    x = np.zeros(len(table))
    for name in names:
        mine = np.flatnonzero((table["chromosome"] == name).to_numpy())
        own = _known(position[mine])
        x[mine] = own - own.min()
        lengths.append(float(np.ptp(own)) or 1.0)
    genome = sum(lengths)
    gap = GAP * genome
    ticks, start = {}, gap
    whole = genome + gap * (len(names) + 1)
    for name, length in zip(names, lengths, strict=True):
        mine = np.flatnonzero((table["chromosome"] == name).to_numpy())
        x[mine] = (x[mine] + start) / whole
        ticks[str(name)] = ((start - gap / 2) / whole, (start + length + gap / 2) / whole)
        start += length + gap
    return x, ticks


def _known(position: Floats) -> Floats:
    """Positions of one chromosome; unknown ones between their neighbors in the map."""
    order = np.arange(position.size, dtype=float)
    known = position > 0
    if known.sum() < 2 or np.ptp(position[known]) == 0:
        return order
    return np.interp(order, order[known], position[known])


def _thinned(ticks: dict[str, tuple[float, float]]) -> list[str]:
    """Names of chromosomes that fit; small ones in a row are named by turns."""
    shown, last = [], -1.0
    for name, (start, stop) in ticks.items():
        middle = (start + stop) / 2
        fits = middle - last > 0.009 * (len(name) + 0.6)
        shown.append(name if fits else "")
        last = middle if fits else last
    return shown


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
            )  # fmt: skip
