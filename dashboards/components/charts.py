"""Calm charts in plain Bokeh: thin axes, no tool bar, a value under the pointer."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Span
from bokeh.plotting import figure

from dashboards.components.page import content
from dashboards.theme import BLUE, FONT, GREEN, INK, LINE, ORANGE, PAPER, QUIET, SERIES

HEIGHT = 230
MOST_POINTS = 40


def bars_by_year(years: Sequence[int], counts: Sequence[int], *, what: str) -> Any:
    """One bar per year."""
    plot = plain_figure(f"@count {what} in @year")
    data = ColumnDataSource({"year": list(years), "count": list(counts)})
    plot.vbar("year", top="count", width=0.75, color=GREEN, source=data)
    plot.y_range.start = 0
    _whole_years(plot)
    return plot


def trend_by_year(years: Sequence[int], means: Sequence[float], *, unit: str) -> Any:
    """Mean per year as a line with points, and the line of zero."""
    plot = plain_figure(f"born @year: @mean{{+0.00}} {unit}")
    data = ColumnDataSource({"year": list(years), "mean": list(means)})
    plot.add_layout(Span(location=0, dimension="width", line_color=QUIET, line_dash="dashed"))
    plot.line("year", "mean", line_width=2.5, color=BLUE, source=data)
    plot.scatter("year", "mean", size=8, color=BLUE, source=data)
    plot.yaxis.axis_label = unit
    _whole_years(plot)
    return plot


def bars_by_week(weeks: Sequence[Any], groups: Sequence[tuple[str, Sequence[int]]]) -> Any:
    """Stacked bars by week, a color each; a group is (name, counts)."""
    plot = plain_figure("", x_axis_type="datetime")
    names = [name for name, _ in groups]
    counted = {name: list(counts) for name, counts in groups}
    data = ColumnDataSource({"week": pd.to_datetime(list(weeks)), **counted})
    tips = [("Week of", "@week{%d %b %Y}"), *((name, f"@{{{name}}}") for name in names)]
    hover = plot.select_one(HoverTool)
    hover.tooltips, hover.formatters = tips, {"@week": "datetime"}
    used = [name for name, counts in groups if any(counts)]
    plot.vbar_stack(
        names, x="week", width=6 * 86_400_000, source=data,
        color=list(SERIES[: len(names)]), **({"legend_label": names} if len(used) > 1 else {}),
    )  # fmt: skip
    plot.y_range.start = 0
    plot.yaxis.ticker.min_interval = 1
    plot.yaxis.ticker.num_minor_ticks = 0
    plot.xaxis.ticker.desired_num_ticks = 4
    if len(used) > 1:
        # room for the legend above the bars
        plot.y_range.end = 1.6 * max(map(sum, zip(*counted.values(), strict=True)))
        _legend(plot, "top_right")
    return plot


def lines(
    groups: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    *,
    across: str,
    up: str,
    tooltip: str,
    years: bool = False,
    log: bool = False,
) -> Any:
    """Lines with points, a color each; a group is (name, x, y). The tooltip reads @x and @y."""
    plot = plain_figure(tooltip, **({"y_axis_type": "log"} if log else {}))
    if not log and any(min(y, default=0) <= 0 <= max(y, default=0) for _, _, y in groups):
        plot.add_layout(Span(location=0, dimension="width", line_color=QUIET, line_dash="dashed"))
    for color, (name, x, y) in zip(SERIES * 4, groups, strict=False):
        data = ColumnDataSource({"x": list(x), "y": list(y), "name": [name] * len(x)})
        named = {"legend_label": name} if len(groups) > 1 else {}
        plot.line("x", "y", line_width=2.5, color=color, source=data, **named)
        if len(x) <= MOST_POINTS:
            plot.scatter("x", "y", size=7, color=color, source=data, **named)
    plot.xaxis.axis_label, plot.yaxis.axis_label = across, up
    if years:
        _whole_years(plot)
    if len(groups) > 1:
        _legend(plot, "top_left")
    return plot


def histogram(groups: Sequence[tuple[str, Sequence[int]]], *, across: str, what: str) -> Any:
    """Outlines of counts in steps of equal width from 0 to 1, a color each."""
    plot = plain_figure(f"@name: @count {what} at @low{{0%}} to @high{{0%}}")
    for color, (name, counts) in zip(SERIES * 4, groups, strict=False):
        step = 1.0 / len(counts)
        low = [place * step for place in range(len(counts))]
        data = ColumnDataSource({
            "low": low, "high": [edge + step for edge in low], "count": list(counts),
            "name": [name] * len(counts),
        })  # fmt: skip
        named = {"legend_label": name} if len(groups) > 1 else {}
        plot.quad(
            left="low", right="high", top="count", bottom=0, color=color, source=data,
            fill_alpha=0.35 if len(groups) > 1 else 0.8, line_color=color, **named,
        )  # fmt: skip
    plot.y_range.start = 0
    plot.xaxis.axis_label, plot.yaxis.axis_label = across, what
    plot.xaxis.formatter = NumeralTickFormatter(format="0%")
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    if len(groups) > 1:
        _legend(plot, "top_right")
    return plot


def distribution(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    across: str,
    what: str,
    mark: float | None = None,
) -> Any:
    """Counts between edges; a dashed line where a rule draws the border."""
    plot = plain_figure(f"@count{{0,0}} {what} at @low{{0.000}} to @high{{0.000}}")
    data = ColumnDataSource({"low": edges[:-1], "high": edges[1:], "count": list(counts)})
    plot.quad(left="low", right="high", top="count", bottom=0, color=BLUE, line_color=PAPER,
              source=data)  # fmt: skip
    if mark is not None:
        plot.add_layout(Span(location=mark, dimension="height", line_color=ORANGE, line_width=2,
                             line_dash="dashed"))  # fmt: skip
    plot.y_range.start = 0
    plot.xaxis.ticker.desired_num_ticks = 4
    plot.xaxis.axis_label, plot.yaxis.axis_label = across, what
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    return plot


def shares(names: Sequence[str], counts: Sequence[int]) -> Any:
    """Horizontal bars, largest on top, each with its name."""
    plot = plain_figure("@name: @count", y_range=list(reversed(names)))
    data = ColumnDataSource({"name": list(names), "count": list(counts)})
    plot.hbar("name", right="count", height=0.6, color=GREEN, source=data)
    plot.x_range.start = 0
    plot.xgrid.grid_line_color = LINE
    plot.ygrid.grid_line_color = None
    plot.xaxis.ticker.desired_num_ticks = 4
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    return plot


def points_over_time(
    groups: Sequence[tuple[str, Sequence[Any], Sequence[float]]], unit: str
) -> Any:
    """Records of one trait over time, a color per group."""
    plot = plain_figure(f"@day{{%d %b %Y}}: @value{{0,0.0}} {unit}", x_axis_type="datetime")
    plot.select_one(HoverTool).formatters = {"@day": "datetime"}
    for color, (name, days, values) in zip(SERIES * 4, groups, strict=False):
        data = ColumnDataSource({"day": list(days), "value": list(values)})
        named = {"legend_label": name} if len(groups) > 1 else {}
        plot.line("day", "value", color=color, line_width=1.5, alpha=0.6, source=data)
        plot.scatter("day", "value", color=color, size=7, source=data, **named)
    plot.xaxis.ticker.desired_num_ticks = 3
    plot.yaxis.axis_label = unit
    if len(groups) > 1:
        _legend(plot, "top_right")
    return plot


def _legend(plot: Any, place: str) -> None:
    plot.legend.location = place
    plot.legend.background_fill_alpha = 0.7
    plot.legend.label_text_font_size = "11px"


def legend_above(plot: Any, title: str = "") -> None:
    """The legend above the picture, where bars would hide it."""
    legend = plot.legend[0]
    legend.label_text_font_size = legend.title_text_font_size = "11px"
    legend.title, legend.orientation, legend.border_line_color = title or None, "horizontal", None
    plot.center.remove(legend)
    plot.add_layout(legend, "above")


def panel_of(plot: Any, title: str, note: str = "") -> pn.Column:
    """A chart on a card of its own, with its title and one sentence."""
    words = content(f"<h3>{title}</h3>" + (f'<p class="quiet">{note}</p>' if note else ""))
    # at fractional widths Bokeh leaves the first pixels of an earlier drawing on the canvas
    clipped = {"clip-path": "inset(0 0 0 4px)"}
    chart = pn.pane.Bokeh(plot, sizing_mode="stretch_width", margin=0, styles=clipped)
    return pn.Column(words, chart, sizing_mode="stretch_width", margin=0, styles=CARD)


CARD = {
    "background": PAPER,
    "border": f"1px solid {LINE}",
    "border-radius": "10px",
    "padding": "1rem",
    "flex": "1 1 340px",
    "min-width": "0",
}


def plain_figure(tooltip: Any, *, height: int = HEIGHT, **options: Any) -> Any:
    """An empty chart in our looks; the tooltip is a text or (name, text) pairs."""
    plot = figure(
        height=height, sizing_mode="stretch_width", toolbar_location=None, tools="", **options
    )
    plot.add_tools(HoverTool(tooltips=tooltip))
    plot.outline_line_color = None
    plot.background_fill_color = plot.border_fill_color = PAPER
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = LINE
    for axis in plot.axis:
        axis.axis_line_color = LINE
        axis.major_tick_line_color = LINE
        axis.minor_tick_line_color = None
        axis.major_label_text_color = INK
        axis.major_label_text_font = axis.axis_label_text_font = FONT.replace("'", "")
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = QUIET
    return plot


def _whole_years(plot: Any) -> None:
    plot.xaxis.ticker.desired_num_ticks = 5
    plot.xaxis.ticker.num_minor_ticks = 0
    plot.xaxis.ticker.mantissas = [1, 2, 5]
    plot.xaxis.ticker.min_interval = 1
    plot.xaxis.formatter = NumeralTickFormatter(format="0")
