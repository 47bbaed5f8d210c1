"""The picture of one region: tests colored by linkage to the best marker, genes below."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.plot import theme
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEGABASE = 1e6
LINKAGE = (
    (0.8, theme.ORANGE), (0.6, "#e69f00"), (0.4, theme.GREEN), (0.2, "#56b4e9"),
    (0.0, theme.BLUE),
)  # fmt: skip
"""Lowest r2 and its color; hues of Okabe and Ito."""

LANES = 6
"""Rows of genes at most; those that find no place in them are drawn without a name in the last."""


def region(
    table: pd.DataFrame,
    *,
    r2: npt.ArrayLike | None = None,
    genes: pd.DataFrame | None = None,
    threshold: float | None = None,
    title: str = "",
) -> "Figure":
    """Draw -log10 p of the markers of one region.

    Parameters
    ----------
    table
        Rows of one chromosome: chromosome, position, marker and log10_p.
    r2
        Squared correlation of each marker with the best one; colors the points.
    genes
        Columns name, start, stop and strand, as `read_genes(...).frame`; drawn below.
    threshold
        p of the line.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    rows = 0 if genes is None or genes.empty else LANES
    figure = theme.new_figure(8.0, 3.8 + 0.18 * rows)
    parts = figure.subplots(
        2 if rows else 1, 1, sharex=True, squeeze=False,
        gridspec_kw={"height_ratios": [3.4, 0.22 * rows] if rows else [1]},
    )[:, 0]  # fmt: skip
    _points(parts[0], table, r2, threshold)
    parts[0].set_title(title)
    if rows and genes is not None:
        _genes(parts[1], genes, parts[0].get_xlim())
    parts[-1].set_xlabel(f"chromosome {table['chromosome'].iloc[0]}, Mb")
    return figure


def _points(
    axes: "Axes", table: pd.DataFrame, r2: npt.ArrayLike | None, threshold: float | None
) -> None:
    x = table["position"].to_numpy() / MEGABASE
    y = table["log10_p"].to_numpy()
    best = int(np.nanargmax(y))
    if r2 is None:
        axes.scatter(x, y, s=16, color=theme.BLUE, linewidths=0)
    else:
        _by_linkage(axes, x, y, np.nan_to_num(np.asarray(r2, dtype=float)))
    axes.scatter(x[best], y[best], s=46, marker="D", color=theme.PURPLE, linewidths=0, zorder=3)
    axes.annotate(str(table["marker"].iloc[best]), (x[best], y[best]), xytext=(0, 7),
                  textcoords="offset points", ha="center", fontsize="small",
                  color=theme.INK)  # fmt: skip
    if threshold is not None:
        axes.axhline(-np.log10(threshold), color=theme.ORANGE, linewidth=1.0)
    axes.set(ylabel="$-\\log_{10}\\,p$", ylim=(0, 1.18 * max(1.0, float(y[best]))))
    width = max(float(np.ptp(x)), 1e-3)
    axes.set_xlim(x.min() - 0.02 * width, x.max() + 0.02 * width)
    theme.finish(axes)


def _by_linkage(axes: "Axes", x: Floats, y: Floats, r2: Floats) -> None:
    high = np.inf
    for low, color in LINKAGE:
        mine = (r2 >= low) & (r2 < high)
        label = f"{low:g} to {min(high, 1):g}"
        axes.scatter(x[mine], y[mine], s=18, color=color, linewidths=0, label=label)
        high = low
    legend = axes.legend(title="r²", frameon=False, fontsize="x-small", loc="upper left",
                         bbox_to_anchor=(1.0, 1.0))  # fmt: skip
    legend.get_title().set_fontsize("x-small")


def _genes(axes: "Axes", genes: pd.DataFrame, limits: tuple[float, float]) -> None:
    axes.set(yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=theme.QUIET)
    ends: list[float] = [-np.inf] * LANES
    lanes: list[int] = []
    width = limits[1] - limits[0]
    low, high = (MEGABASE * limit for limit in limits)
    inside = genes[(genes["stop"] >= low) & (genes["start"] <= high)]
    for gene in inside.sort_values("start").itertuples():
        start, stop = gene.start / MEGABASE, gene.stop / MEGABASE
        name = f"{gene.name} >" if gene.strand == "+" else f"< {gene.name}"
        half = 0.0055 * width * len(name)
        middle = (max(start, limits[0]) + min(stop, limits[1])) / 2
        left, right = min(start, middle - half), max(stop, middle + half)
        lanes.append(lane := next((k for k, end in enumerate(ends) if left > end), -1))
        axes.plot([start, stop], [-lane if lane >= 0 else 1 - LANES] * 2, color=theme.GREEN,
                  linewidth=3, solid_capstyle="butt")  # fmt: skip
        if lane < 0:
            continue
        ends[lane] = right
        axes.text(middle, -lane + 0.22, name, ha="center", va="bottom", fontsize="x-small",
                  color=theme.INK, clip_on=True)  # fmt: skip
    used = LANES if -1 in lanes else len(set(lanes))
    axes.set(xlim=limits, ylim=(-max(used, 1) + 0.4, 0.9))
