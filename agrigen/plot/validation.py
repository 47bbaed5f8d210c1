"""Pictures of a validation: breeding values with all records over those with part of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def agreement(
    partial: pd.Series, whole: pd.Series, *, statistics: Mapping[str, Any] | None = None
) -> "Figure":
    """Draw the breeding values of both evaluations, equality, and the regression.

    Parameters
    ----------
    partial, whole
        Breeding values of the same animals, without and with the hidden records.
    statistics
        Bias, dispersion and correlation to write into the picture.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    x, y = np.asarray(partial, dtype=float), np.asarray(whole, dtype=float)
    figure, axes = theme.empty_figure(4.8, 4.6)
    axes.scatter(x, y, s=14, color=theme.BLUE, alpha=0.55, linewidths=0)
    ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
    axes.plot(ends, ends, color=theme.LINE, linewidth=1.0, label="equal")
    if x.std() > 0:
        slope = float(np.cov(x, y)[0, 1] / x.var(ddof=1))
        line = np.array([x.min(), x.max()])
        axes.plot(
            line, y.mean() + slope * (line - x.mean()), color=theme.ORANGE, linewidth=2.0,
            linestyle="--", label="regression",
        )  # fmt: skip
    words = ("bias", "dispersion", "correlation")
    title = ", ".join(f"{word} {statistics[word]:.3f}" for word in words) if statistics else ""
    axes.set(xlabel="without hidden records", ylabel="with all records", title=title)
    axes.title.set_fontsize("medium")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=theme.QUIET)
    axes.legend(frameon=False, loc="upper left")
    return figure
