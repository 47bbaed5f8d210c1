"""The picture of observed over expected probabilities."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from agrigen.plot import theme
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND_POINTS = 200


def qq(
    log10_p: npt.ArrayLike,
    *,
    lambda_gc: float | None = None,
    title: str = "",
    axes: "Axes | None" = None,
) -> "Figure":
    """Draw sorted -log10 p over those of as many tests without effects, with a band of 95 %.

    Parameters
    ----------
    log10_p
        -log10 p of all tests, in any order; nan is left out.
    lambda_gc
        Genomic control, to be written above.
    axes
        Where to draw; a figure of its own without.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    expected, values = expected_observed(log10_p)
    figure, axes = theme.figure_of(axes, 4.4, 4.4)
    if values.size:
        at, low, high = band(values.size)
        axes.fill_between(at, low, high, color=theme.BLUE_TINT, linewidth=0)
        end = float(expected[0])
        axes.plot([0, end], [0, end], color=theme.LINE, linewidth=1.0)
    axes.scatter(expected, values, s=7, color=theme.BLUE, linewidths=0, rasterized=True)
    words = "" if lambda_gc is None else f"genomic control {lambda_gc:.3f}"
    axes.set(
        xlabel="expected $-\\log_{10}\\,p$", ylabel="observed $-\\log_{10}\\,p$",
        title=title or words, xlim=(0, None), ylim=(0, None),
    )  # fmt: skip
    axes.title.set_fontsize("medium")
    theme.finish(axes)
    return figure


def expected_observed(log10_p: npt.ArrayLike) -> tuple[Floats, Floats]:
    """-log10 p expected of as many tests without effects, and the observed ones, falling."""
    values: Any = np.asarray(log10_p, dtype=float)
    values = np.sort(values[np.isfinite(values)])[::-1]
    rank = np.arange(1, values.size + 1)
    return -np.log10((rank - 0.5) / max(1, values.size)), values


def band(count: int) -> tuple[Floats, Floats, Floats]:
    """Where 95 % of sorted tests without effects lie: expected, lowest and highest -log10 p."""
    chosen = np.unique(np.geomspace(1, count, BAND_POINTS).astype(np.int64))
    low, high = (-np.log10(betaincinv(chosen, count - chosen + 1, p)) for p in (0.975, 0.025))
    return -np.log10((chosen - 0.5) / count), low, high
