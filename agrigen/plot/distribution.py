"""How values are spread: a histogram with marks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARK_COLORS = (theme.ORANGE, theme.PURPLE, theme.GREEN)


def distribution(
    values: np.ndarray,
    *,
    mark: float | Mapping[str, float] | None = None,
    label: str = "",
    count: str = "animals",
    bins: int | Sequence[float] = 30,
) -> "Figure":
    """Draw a histogram.

    Parameters
    ----------
    values
        Numbers; missing ones (nan) are left out.
    mark
        A value to mark with a line, or several by name.
    label
        What the values are, with the unit: the text of the horizontal axis.
    count
        What is counted: the text of the vertical axis.
    bins
        Number of bars, or their edges.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    values = np.asarray(values, dtype=float)
    figure, axes = theme.empty_figure(6.4, 3.2)
    axes.hist(
        values[np.isfinite(values)], bins=bins, color=theme.BLUE, edgecolor=theme.PAPER,
        linewidth=0.6, alpha=0.85,
    )  # fmt: skip
    marks = {"": mark} if isinstance(mark, int | float) else dict(mark or {})
    for number, (name, value) in enumerate(marks.items()):
        color = MARK_COLORS[number % len(MARK_COLORS)]
        axes.axvline(value, color=color, linewidth=2.2, linestyle=("-", "--", ":")[number % 3])
        if name:
            axes.plot([], [], color=color, linewidth=2.2, label=name,
                      linestyle=("-", "--", ":")[number % 3])  # fmt: skip
    axes.set(xlabel=label, ylabel=count)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=theme.QUIET)
    if any(marks):
        axes.legend(frameon=False, loc="upper right")
    return figure
