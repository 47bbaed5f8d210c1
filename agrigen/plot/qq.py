"""The picture of observed over expected probabilities."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAND_POINTS = 200


def qq(log10_p: npt.ArrayLike, *, lambda_gc: float | None = None, title: str = "") -> "Figure":
    """Draw sorted -log10 p over those of as many tests without effects, with a band of 95 %.

    Parameters
    ----------
    log10_p
        -log10 p of all tests, in any order; nan is left out.
    lambda_gc
        Genomic control, to be written above.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    values: Any = np.asarray(log10_p, dtype=float)
    values = np.sort(values[np.isfinite(values)])[::-1]
    count = values.size
    rank = np.arange(1, count + 1)
    expected = -np.log10((rank - 0.5) / count) if count else values
    figure, axes = theme.empty_figure(4.4, 4.4)
    if count:
        chosen = np.unique(np.geomspace(1, count, BAND_POINTS).astype(np.int64))
        low, high = (
            -np.log10(betaincinv(chosen, count - chosen + 1, part)) for part in (0.975, 0.025)
        )
        axes.fill_between(expected[chosen - 1], low, high, color=theme.BLUE_TINT, linewidth=0)
        end = float(expected[0])
        axes.plot([0, end], [0, end], color=theme.LINE, linewidth=1.0)
    axes.scatter(expected, values, s=7, color=theme.BLUE, linewidths=0, rasterized=True)
    words = "" if lambda_gc is None else f"genomic control {lambda_gc:.3f}"
    axes.set(
        xlabel="expected $-\\log_{10}\\,p$", ylabel="observed $-\\log_{10}\\,p$",
        title=title or words, xlim=(0, None), ylim=(0, None),
    )  # fmt: skip
    axes.title.set_fontsize("medium")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=theme.QUIET)
    return figure
