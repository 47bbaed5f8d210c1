"""Charts of growth, milk and condition in plain Bokeh."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, Span, Whisker

from dashboards.components import charts
from dashboards.components.units import in_unit
from dashboards.theme import BLUE, BLUE_LIGHT, GREEN, ORANGE, PAPER, QUIET, SERIES, day

SEXES = (("F", "female", ORANGE), ("M", "male", BLUE), ("U", "sex not recorded", QUIET))
STEP_DAYS = 20
FEWEST_IN_STEP = 5
BARS = 18
PARITIES = {1: "first", 2: "second", 3: "third and later"}


def weights_by_age(points: pd.DataFrame, marked: str, unit: str) -> Any:
    """Every weighing, the mean of the flock, and one animal as a line."""
    plot = charts.plain_figure(f"@tag: @y{{0.0}} {unit} at @x days", height=300)
    shown = points.assign(x=points["age"], y=in_unit(points["kg"], unit))
    dots = []
    for sex, name, color in SEXES:
        some = shown[shown["sex"] == sex]
        if len(some):
            source = ColumnDataSource(some[["x", "y", "tag"]].to_dict("list"))
            dots.append(plot.scatter("x", "y", size=5, color=color, alpha=0.45, source=source,
                                     legend_label=name))  # fmt: skip
    steps = shown.groupby((shown["x"] // STEP_DAYS) * STEP_DAYS)["y"].agg(["mean", "size"])
    ages = shown.groupby((shown["x"] // STEP_DAYS) * STEP_DAYS)["x"].mean()
    steps = steps[steps["size"] >= FEWEST_IN_STEP]
    if len(steps) > 1:
        plot.line(ages[steps.index].tolist(), steps["mean"].tolist(), color=GREEN, line_width=3,
                  legend_label="mean")  # fmt: skip
    own = shown[shown["tag"] == marked].sort_values("x")
    if marked and len(own):
        source = ColumnDataSource(own[["x", "y", "tag"]].to_dict("list"))
        plot.line("x", "y", color=charts.INK, line_width=2.5, source=source, legend_label=marked)
        dots.append(plot.scatter("x", "y", size=9, color=charts.INK, source=source))
    plot.select_one(HoverTool).renderers = dots
    plot.xaxis.axis_label, plot.yaxis.axis_label = "days of age", unit
    plot.y_range.start = 0
    _legend(plot, "top_left")
    return plot


def spread(weights: pd.Series, unit: str, marked: float | None) -> Any:
    """How many animals have which weight at one age."""
    values = in_unit(weights, unit).to_numpy()
    counts, edges = np.histogram(values, bins=min(BARS, max(5, len(values) // 6)))
    plot = charts.plain_figure(f"@count animals from @low{{0.0}} to @high{{0.0}} {unit}")
    source = ColumnDataSource({"low": edges[:-1], "high": edges[1:], "count": counts})
    plot.quad(left="low", right="high", top="count", bottom=0, color=GREEN, line_color=PAPER,
              source=source)  # fmt: skip
    for value, color, dash in ((float(values.mean()), ORANGE, "dashed"),
                               (marked, charts.INK, "solid")):  # fmt: skip
        if value is not None:
            plot.add_layout(Span(location=value, dimension="height", line_color=color,
                                 line_width=2, line_dash=dash))  # fmt: skip
    plot.y_range.start = 0
    plot.xaxis.axis_label, plot.yaxis.axis_label = unit, "animals"
    return plot


def sires(found: pd.DataFrame, unit: str) -> Any:
    """Means of the young of each sire, with what is uncertain about them."""
    names = [f"{one.sire} ({one.animals})" for one in found.itertuples()]
    middle = in_unit(found["shown"], unit).tolist()
    error = in_unit(found["standard_error"].astype(float).fillna(0.0), unit).tolist()
    source = ColumnDataSource({
        "name": names, "mean": middle, "count": found["animals"].tolist(), "error": error,
        "low": [m - e for m, e in zip(middle, error, strict=True)],
        "high": [m + e for m, e in zip(middle, error, strict=True)],
    })  # fmt: skip
    plot = charts.plain_figure(
        f"@name young: @mean{{0.0}} {unit}, give or take @error{{0.0}}",
        height=max(200, 32 * len(names) + 60), y_range=names[::-1],
    )  # fmt: skip
    whisker = Whisker(base="name", lower="low", upper="high", dimension="width", source=source,
                      line_color=QUIET)  # fmt: skip
    whisker.upper_head = whisker.lower_head = None
    plot.add_layout(whisker)
    plot.scatter("mean", "name", size=11, color=GREEN, source=source)
    # whiskers do not count when the axis finds its ends
    low, high = min(source.data["low"]), max(source.data["high"])
    room = 0.04 * (high - low)
    plot.x_range.start, plot.x_range.end = low - room, high + room
    plot.xgrid.grid_line_color = charts.LINE
    plot.xaxis.axis_label = unit
    return plot


def herd_curves(curves: pd.DataFrame, unit: str) -> Any:
    """Mean milk of the herd by day in milk, a line a parity."""
    groups = []
    for parity, some in curves.sort_values("from_day").groupby("lactation"):
        name = f"{PARITIES.get(int(parity), str(parity))} lactation"
        x = (some["from_day"].astype(float) + 5).tolist()
        groups.append((name, x, in_unit(some["milk"], unit).tolist()))
    plot = charts.lines(
        groups, across="days in milk", up=f"{unit} a day", tooltip=f"@name: @y{{0.0}} {unit} at @x"
    )
    plot.y_range.start = 0
    _legend(plot, "bottom_left")
    return plot


def cow_curve(lactation: Mapping[str, Any], unit: str) -> Any:
    """The tests of one lactation and the curve through them, with its uncertainty."""
    plot = charts.plain_figure(f"@when: @y{{0.0}} {unit} on day @x", height=300)
    points = lactation["curve"]["points"]
    x = [one["day"] for one in points]
    y = [in_unit(one["milk_kg"], unit) for one in points]
    errors = [in_unit(one["error_kg"] or 0.0, unit) for one in points]
    if any(errors):
        low = [max(0.0, a - b) for a, b in zip(y, errors, strict=True)]
        high = [a + b for a, b in zip(y, errors, strict=True)]
        plot.varea(x, low, high, color=BLUE_LIGHT, alpha=0.4, legend_label="likely range")
    if points:
        projected = lactation["curve"]["kind"] == "best prediction"
        name = "projection" if projected else "curve through the tests"
        plot.line(x, y, color=BLUE, line_width=2.5, legend_label=name)
    tests = [one for one in lactation["test_days"] if one["milk_kg"] is not None]
    source = ColumnDataSource({
        "x": [one["dim"] for one in tests],
        "y": [in_unit(one["milk_kg"], unit) for one in tests],
        "when": [day(one["tested_on"]) for one in tests],
    })  # fmt: skip
    dots = plot.scatter("x", "y", size=9, color=GREEN, source=source, legend_label="test day")
    plot.select_one(HoverTool).renderers = [dots]
    plot.y_range.start = 0
    plot.xaxis.axis_label, plot.yaxis.axis_label = "days in milk", f"{unit} a day"
    _legend(plot, "bottom_left")
    return plot


def condition(scores: pd.DataFrame) -> Any:
    """Every score, and the mean of each month."""
    plot = charts.plain_figure("@tag: @y{0.0}", x_axis_type="datetime")
    data = scores.dropna(subset=["recorded_on"]).sort_values("recorded_on")
    source = ColumnDataSource({
        "x": data["recorded_on"].tolist(), "y": data["value"].astype(float).tolist(),
        "tag": data["tag"].tolist(),
    })  # fmt: skip
    dots = plot.scatter("x", "y", size=6, color=BLUE, alpha=0.4, source=source)
    plot.select_one(HoverTool).renderers = [dots]
    monthly = data.groupby(pd.Grouper(key="recorded_on", freq="MS"))["value"].mean().dropna()
    plot.line(monthly.index.tolist(), monthly.tolist(), color=SERIES[0], line_width=3)
    plot.y_range.start, plot.y_range.end = 0.8, 5.2
    plot.yaxis.axis_label = "score"
    plot.xaxis.ticker.desired_num_ticks = 4
    return plot


def _legend(plot: Any, place: str) -> None:
    plot.legend.location = place
    plot.legend.background_fill_alpha = 0.7
    plot.legend.label_text_font_size = "11px"
