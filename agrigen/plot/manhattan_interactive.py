"""Manhattan and QQ pictures to point at, zoom and tap: Bokeh, from plain arrays.

Bokeh is loaded when a picture is asked for (``pip install agrigen[interactive]``).
"""

from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from agrigen.errors import DataError, NotAvailable, Problem
from agrigen.plot import theme
from agrigen.plot.chromosome_axis import name_chromosomes
from agrigen.plot.genome import Ticks, places
from agrigen.plot.qq import band, expected_observed
from agrigen.types import Floats

SOURCE = "markers"
"""Name of the source of points: `layout.select_one({"name": "markers"})`."""

HEAD = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
HEIGHT = 340
QQ_WIDTH = 340


def manhattan_interactive(
    chromosome: npt.ArrayLike,
    position: npt.ArrayLike,
    minus_log10_p: npt.ArrayLike,
    marker: npt.ArrayLike,
    effect: npt.ArrayLike | None = None,
    *,
    threshold: float | None = None,
    suggestive: float | None = None,
    qq: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    tests: int | None = None,
    lambda_gc: float | None = None,
    title: str = "",
    on_tap: Callable[[str], object] | None = None,
) -> Any:
    """A Manhattan picture with hover, zoom and tap, and the QQ picture beside it.

    Parameters
    ----------
    chromosome, position, minus_log10_p, marker, effect
        One value a point, in the order of the map; points may be a part of all tests
        (`Association.points`).
    threshold, suggestive
        p of the line and of a second, dashed one; Bonferroni's 5 % over `tests` without.
    qq
        Expected and observed -log10 p; those of the points without.
    tests
        How many markers were tested; the points without.
    lambda_gc
        Genomic control, written above the QQ picture.
    on_tap
        Called with the name of the marker that is tapped, where a Bokeh or Panel server runs.

    Returns
    -------
    bokeh.models.Row
        For `bokeh.io.show`, `panel.pane.Bokeh` or `save_html`. The points are the source named
        "markers", with columns x, y, chromosome, position, marker and effect.

    Raises
    ------
    NotAvailable
        If Bokeh is not installed.
    DataError
        If the arrays do not have one length.
    """
    plotting = _bokeh()
    from bokeh.layouts import row

    columns = _columns(chromosome, position, minus_log10_p, marker, effect)
    height = columns["y"]
    x, ticks = places(columns["chromosome"], columns["position"])
    count = tests or max(1, height.size)
    limit = threshold if threshold is not None else 0.05 / count
    genome = _genome(plotting, columns | {"x": x}, ticks, (limit, suggestive), title, on_tap)
    expected, observed = expected_observed(height) if qq is None else map(np.asarray, qq)
    beside = _qq(plotting, expected, observed, count, lambda_gc)
    return row(genome, beside, sizing_mode="stretch_width")


def save_html(layout: Any, path: str | PathLike[str], *, title: str = "Association") -> None:
    """Write an interactive picture as one page that needs no network."""
    _bokeh()
    from bokeh.embed import components
    from bokeh.resources import Resources

    # Bokeh's own page would link the scripts of every library of models that is loaded, such as
    # Panel's, though the picture has none of them.
    own = Resources("inline", components=["bokeh", "bokeh-gl"]).js_raw
    drawn, place = components(layout)
    scripts = "\n".join(f"<script>{code}</script>" for code in own)
    page = f"{HEAD}<title>{escape(title)}</title>{scripts}</head><body>{place}{drawn}</body></html>"
    Path(path).write_text(page, encoding="utf-8")


def _bokeh() -> ModuleType:
    try:
        from bokeh import plotting  # heavy and optional: loaded only for an interactive picture
    except ImportError:
        text = "Interactive pictures need Bokeh, which is not installed."
        remedy = "Run `pip install agrigen[interactive]`, or leave interactive=True out."
        raise NotAvailable([Problem("bokeh", (), text, remedy)]) from None
    return plotting


def _columns(chromosome: Any, position: Any, height: Any, marker: Any, effect: Any) -> Any:
    """Columns of one length; an effect that is not given is nan."""
    columns = {
        "chromosome": np.asarray([str(name) for name in chromosome], dtype=object),
        "position": np.asarray(position, dtype=np.float64),
        "y": np.asarray(height, dtype=np.float64),
        "marker": np.asarray([str(name) for name in marker], dtype=object),
    }
    size = columns["y"].size
    columns["effect"] = (
        np.full(size, np.nan) if effect is None else np.asarray(effect, dtype=np.float64)
    )
    for name, column in columns.items():
        if column.shape != (size,):
            text = f"There are {size} values of -log10 p and {column.size} of {name}."
            raise DataError([Problem("shape", (), text, "Give one value for each marker.")])
    return columns


def _genome(
    plotting: Any,
    columns: dict[str, np.ndarray],
    ticks: Ticks,
    limits: tuple[float, float | None],
    title: str,
    on_tap: Callable[[str], object] | None,
) -> Any:
    from bokeh.models import ColumnDataSource, HoverTool, TapTool
    from bokeh.models.annotations import BoxAnnotation, Span

    line = -np.log10(limits[0])
    number = {name: k for k, name in enumerate(ticks)}
    colors = np.where([number[name] % 2 for name in columns["chromosome"]], theme.LINE, theme.BLUE)
    colors[columns["y"] >= line] = theme.ORANGE
    sizes = np.where(columns["y"] >= line, 7, 5)
    source = ColumnDataSource({**columns, "color": colors, "size": sizes}, name=SOURCE)
    top = 1.08 * max(float(np.nanmax(columns["y"], initial=0.0)), line)
    plot = plotting.figure(
        height=HEIGHT, sizing_mode="stretch_width", title=title, x_range=(0, 1),
        y_range=(0, top), tools="xpan,xwheel_zoom,box_zoom,reset,save",
        active_scroll=None, toolbar_location="above", output_backend="webgl",
    )  # fmt: skip
    for name, (start, stop) in ticks.items():
        if number[name] % 2:
            plot.add_layout(BoxAnnotation(left=start, right=stop, fill_color=theme.BLUE_TINT,
                                          fill_alpha=0.4, line_color=None))  # fmt: skip
    points = plot.scatter(
        "x", "y", size="size", color="color", source=source, nonselection_alpha=0.5,
        selection_line_color=theme.INK,
    )  # fmt: skip
    plot.add_layout(Span(location=line, dimension="width", line_color=theme.ORANGE))
    if limits[1] is not None:
        plot.add_layout(Span(location=-np.log10(limits[1]), dimension="width",
                             line_color=theme.QUIET, line_dash="dashed"))  # fmt: skip
    hover = HoverTool(renderers=[points], tooltips=[
        ("marker", "@marker"), ("chromosome", "@chromosome"), ("position", "@position{0,0}"),
        ("-log10 p", "@y{0.00}"), ("effect", "@effect{0.0000}"),
    ])  # fmt: skip
    plot.add_tools(hover, TapTool(renderers=[points]))
    name_chromosomes(plot, ticks)
    plot.xaxis.axis_label, plot.yaxis.axis_label = "chromosome", "-log10 p"
    _finish(plot)
    if on_tap is not None:
        _call_on_tap(source, columns["marker"], on_tap)
    return plot


def _qq(
    plotting: Any, expected: Floats, observed: Floats, tests: int, lambda_gc: float | None
) -> Any:
    title = "" if lambda_gc is None else f"genomic control {lambda_gc:.3f}"
    plot = plotting.figure(
        height=HEIGHT, width=QQ_WIDTH, title=title, tools="pan,wheel_zoom,box_zoom,reset,save",
        active_scroll=None, toolbar_location="above", output_backend="webgl",
    )  # fmt: skip
    at, low, high = band(tests)
    plot.varea(x=at, y1=low, y2=high, fill_color=theme.BLUE_TINT)
    end = float(at.max(initial=0.0))
    plot.line([0, end], [0, end], color=theme.LINE)
    plot.scatter(expected, observed, size=4, color=theme.BLUE)
    plot.xaxis.axis_label, plot.yaxis.axis_label = "expected -log10 p", "observed -log10 p"
    _finish(plot)
    return plot


def _finish(plot: Any) -> None:
    plot.outline_line_color = None
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = theme.BLUE_TINT
    plot.toolbar.logo = None
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_line_color = axis.major_tick_line_color = theme.QUIET
        axis.minor_tick_line_color = None
        axis.major_label_text_color = axis.axis_label_text_color = theme.QUIET
        axis.axis_label_text_font_style = "normal"
    plot.title.text_font_style = "normal"


def _call_on_tap(source: Any, names: np.ndarray, on_tap: Callable[[str], object]) -> None:
    def tapped(_attribute: str, _old: list[int], new: list[int]) -> None:
        if new:
            on_tap(str(names[new[0]]))

    source.selected.on_change("indices", tapped)
