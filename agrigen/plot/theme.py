"""Colors that people with any color vision can tell apart, and the way to an empty figure."""

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Hues of Okabe & Ito 2008, "Color universal design"; fills are light tints of them, on which
# INK has a contrast above 12:1.
INK = "#1f2933"
QUIET = "#5f6b76"
LINE = "#8a949e"
BLUE, BLUE_TINT = "#0072b2", "#e4f1fa"
ORANGE, ORANGE_TINT = "#b45309", "#fdf0e1"
GREEN, GREEN_TINT = "#00735c", "#e2f4ef"
PURPLE = "#8b2f78"
PAPER = "#ffffff"


def new_figure(width: float, height: float) -> "Figure":
    """A figure of this size in inches, without pyplot's global state; notebooks show it."""
    from matplotlib.figure import Figure  # heavy and optional: loaded only for a drawing

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    # by themselves notebooks draw figures of pyplot only; of another they print the size
    figure.__dict__["_repr_png_"] = partial(_png, figure)
    return figure


def _png(figure: "Figure") -> bytes:
    content = BytesIO()
    figure.savefig(content, format="png", dpi=100)
    return content.getvalue()


def empty_figure(width: float, height: float) -> "tuple[Figure, Axes]":
    """A new figure with one axes."""
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


def figure_of(axes: "Axes | None", width: float, height: float) -> "tuple[Figure, Axes]":
    """These axes and their figure, or an empty figure of this size in inches."""
    if axes is None:
        return empty_figure(width, height)
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure, axes


def finish(axes: "Axes") -> None:
    """Take away what is no ink of data: the upper and right frame, and dark ticks."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET)
