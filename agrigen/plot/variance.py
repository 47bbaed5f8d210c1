"""Pictures of estimated variances: the path to them, their errors, a profile likelihood."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from agrigen.plot import theme
from agrigen.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.PURPLE, theme.INK)
STYLES = ("-", "--", ":", "-.")


def history(frame: pd.DataFrame, parameters: Sequence[str]) -> "Figure":
    """Every parameter over the iterations, relative to where it ended.

    Parameters
    ----------
    frame
        One row an iteration, with `iteration` and a column a parameter.
    parameters
        The columns to draw.
    """
    figure, axes = theme.empty_figure(6.4, 3.2)
    for number, name in enumerate(parameters):
        values = frame[name].to_numpy(float)
        if values[-1] == 0.0:
            continue
        axes.plot(
            frame["iteration"], values / values[-1], label=name, linewidth=1.8,
            color=COLORS[number % len(COLORS)], linestyle=STYLES[number % len(STYLES)],
        )  # fmt: skip
    axes.set(xlabel="iteration", ylabel="value / last value")
    axes.axhline(1.0, color=theme.LINE, linewidth=0.8)
    axes.locator_params(axis="x", integer=True)
    return _finished(figure, axes, legend=len(parameters) <= 10)


def estimates(frame: pd.DataFrame) -> "Figure":
    """The estimates with two standard errors to each side.

    Parameters
    ----------
    frame
        Columns parameter, value, se.
    """
    figure, axes = theme.empty_figure(6.4, 0.9 + 0.3 * len(frame))
    rows = np.arange(len(frame))[::-1]
    errors = 2.0 * frame["se"].fillna(0.0)
    axes.errorbar(frame["value"], rows, xerr=errors, fmt="o", color=theme.BLUE, capsize=3)
    axes.set_yticks(rows, frame["parameter"])
    axes.axvline(0.0, color=theme.LINE, linewidth=0.8)
    axes.set(xlabel="estimate ± 2 standard errors")
    return _finished(figure, axes, legend=False)


def profile(
    frame: pd.DataFrame, parameter: str, limit: float, interval: tuple[float, float]
) -> "Figure":
    """Profile likelihood with its limit and the interval.

    Parameters
    ----------
    frame
        Columns value and log_likelihood.
    limit
        Log-likelihood above which values are within the interval.
    interval
        Its ends; nan where there is none.
    """
    figure, axes = theme.empty_figure(6.4, 3.2)
    value, height = (frame[name].to_numpy(float) for name in ("value", "log_likelihood"))
    axes.plot(*_smooth(value, height), color=theme.BLUE, linewidth=1.8)
    axes.plot(value, height, "o", color=theme.BLUE)
    axes.axhline(limit, color=theme.ORANGE, linestyle="--", linewidth=1.4)
    for end in interval:
        if np.isfinite(end):
            axes.axvline(end, color=theme.ORANGE, linestyle=":", linewidth=1.4)
    axes.set(xlabel=parameter, ylabel="log-likelihood")
    return _finished(figure, axes, legend=False)


def _smooth(value: Floats, height: Floats) -> tuple[Floats, Floats]:
    """The curve between the points: its signed root is nearly a line."""
    top = int(np.argmax(height))
    side = np.where(np.arange(value.size) < top, -1.0, 1.0)
    root = side * np.sqrt(height[top] - height)
    fine = np.linspace(value[0], value[-1], 200)
    return fine, height[top] - PchipInterpolator(value, root)(fine) ** 2


def _finished(figure: "Figure", axes: "Axes", *, legend: bool) -> "Figure":
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=theme.QUIET)
    if legend:
        axes.legend(frameon=False)
    return figure
