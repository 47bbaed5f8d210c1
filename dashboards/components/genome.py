"""Charts along the genome: associations, marker effects, and the genotypes of a region."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    HoverTool,
    Range1d,
    ResetTool,
    Scatter,
    Span,
    TapTool,
    WheelZoomTool,
)

from agrigen.plot.chromosome_axis import name_chromosomes
from agrigen.plot.genome import places
from dashboards.components.charts import plain_figure
from dashboards.theme import BLUE, BLUE_LIGHT, GREEN, LINE, ORANGE, PAPER, QUIET

GENOTYPE_COLORS = ("#d9ebe1", "#6fb38f", "#14523a")
"""No, one and two copies of the counted allele, light to dark; told apart without hue."""


@dataclass(frozen=True)
class Along:
    """A place for every marker, from 0 to 1 over the genome, and where chromosomes stand."""

    x: np.ndarray
    number: np.ndarray
    ends: dict[str, tuple[float, float]]

    def of(self, chromosome: str) -> tuple[float, float]:
        """From where to where one chromosome goes; the whole genome for ""."""
        return self.ends.get(chromosome, (0.0, 1.0))


def along(chromosomes: Sequence[Any], positions: Sequence[Any]) -> Along:
    """Chromosomes one after the other, in the order in which they come."""
    names = [str(name or "?") for name in chromosomes]
    known = np.nan_to_num(np.asarray(positions, dtype=float))
    x, ends = places(names, known) if names else (known, {})
    turn = {name: number for number, name in enumerate(ends)}
    return Along(x, np.array([turn[name] for name in names], dtype=int), ends)


def chromosome_key(name: str) -> tuple[bool, int, str]:
    """2 before 10, numbers before X."""
    return (not str(name).isdigit(), int(name) if str(name).isdigit() else 0, str(name))


def association(
    table: pd.DataFrame,
    *,
    threshold: float | None,
    suggestive: float | None,
    chosen: Callable[[int], None] | None = None,
) -> tuple[Any, Along]:
    """-log10 p of markers (chromosome, position, marker, log10_p, effect) along the genome.

    Thresholds are in the same -log10 p; `chosen` is told the row of a marker that is tapped.
    """
    place = along(table["chromosome"], table["position"])
    height = table["log10_p"].to_numpy(dtype=float)
    strong = height >= threshold if threshold is not None else np.zeros(len(height), bool)
    source = _markers(table, place, height, np.where(strong, 9, 5))
    source.data["color"] = np.where(strong, ORANGE, _by_turns(place)).tolist()
    tips = [("", "@marker"), ("", "chromosome @chromosome, @position{0,0}"),
            ("p", "@p"), ("effect of one copy", "@effect{+0.0000}")]  # fmt: skip
    plot = _along_figure(source, place, tips, "−log₁₀ p")
    for line, color, dash in ((threshold, ORANGE, "solid"), (suggestive, QUIET, "dashed")):
        if line is not None:
            plot.add_layout(Span(location=line, dimension="width", line_color=color,
                                 line_dash=dash, line_width=1.5))  # fmt: skip
    top = max([*height[np.isfinite(height)], threshold or 0.0, suggestive or 0.0, 1.0])
    plot.y_range = Range1d(0, 1.08 * top)
    _tell(plot, source, chosen)
    return plot, place


def effects(table: pd.DataFrame, value: str, *, up: str) -> tuple[Any, Along]:
    """Sizes of marker effects (chromosome, position, marker and the column) along the genome."""
    place = along(table["chromosome"], table["position"])
    height = table[value].to_numpy(dtype=float)
    source = _markers(table, place, height, np.full(len(height), 5))
    source.data["color"] = _by_turns(place).tolist()
    tips = [("", "@marker"), ("", "chromosome @chromosome, @position{0,0}"),
            ("effect of one copy", "@effect{+0.00000}"), (up, "@y{0.000}")]  # fmt: skip
    plot = _along_figure(source, place, tips, up)
    plot.y_range = Range1d(0, 1.08 * max([*height[np.isfinite(height)], 1e-300]))
    return plot, place


def quantiles(
    expected: Sequence[float],
    observed: Sequence[float],
    low: Sequence[float] = (),
    high: Sequence[float] = (),
) -> Any:
    """Observed over expected -log10 p, with the line and the band of tests without effects."""
    plot = plain_figure("expected @x{0.00}, observed @y{0.00}", height=300)
    end = max([*expected, 1.0])
    if len(low) == len(high) == len(expected) and len(low):
        plot.varea(x=list(expected), y1=list(low), y2=list(high), color=BLUE, alpha=0.15)
    plot.line([0, end], [0, end], color=QUIET, line_dash="dashed")
    source = ColumnDataSource({"x": list(expected), "y": list(observed)})
    dots = plot.scatter("x", "y", size=5, color=BLUE, line_color=None, source=source)
    plot.select_one(HoverTool).renderers = [dots]
    plot.xaxis.axis_label, plot.yaxis.axis_label = "expected −log₁₀ p", "observed −log₁₀ p"
    return plot


def region(
    markers: Sequence[Mapping[str, Any]],
    animals: Sequence[str],
    dosages: Sequence[Sequence[float | None]],
) -> Any:
    """Genotypes of a region: a row an animal, a column a marker, darker with more copies."""
    names = [f"{i}" for i in range(len(markers))]
    rows = {"x": [], "y": [], "color": [], "marker": [], "position": [], "genotype": []}
    for animal, values in zip(animals, dosages, strict=True):
        for name, marker, value in zip(names, markers, values, strict=True):
            rows["x"].append(name)
            rows["y"].append(animal)
            rows["color"].append(_genotype_color(value))
            rows["marker"].append(marker["marker"])
            rows["position"].append(marker["position"])
            rows["genotype"].append(_genotype(marker, value))
    height = 70 + 20 * len(animals)
    tips = [("", "@y"), ("", "@marker, @position{0,0}"), ("genotype", "@genotype")]
    plot = plain_figure(
        tips, height=height, x_range=names, y_range=list(reversed(list(dict.fromkeys(animals))))
    )
    plot.rect("x", "y", width=1, height=1, source=ColumnDataSource(rows), line_color=PAPER,
              line_width=0.5, fill_color="color")  # fmt: skip
    plot.ygrid.grid_line_color = None
    plot.xaxis.major_label_text_font_size = "0px"
    plot.xaxis.major_tick_line_color = None
    plot.xaxis.axis_label = f"{len(markers)} markers in the order of the map"
    return plot


def _genotype_color(value: float | None) -> str:
    if value is None or pd.isna(value):
        return PAPER
    return GENOTYPE_COLORS[min(2, max(0, round(value)))]


def _genotype(marker: Mapping[str, Any], value: float | None) -> str:
    """The two alleles where they are known, else the number of copies."""
    if value is None or pd.isna(value):
        return "not known"
    counted, other = marker.get("counted") or "", marker.get("other") or ""
    copies = min(2, max(0, round(value)))
    if counted and other:
        return counted * copies + other * (2 - copies)
    return f"{copies} cop{'y' if copies == 1 else 'ies'}"


def _by_turns(place: Along) -> np.ndarray:
    return np.where(place.number % 2 == 0, BLUE, BLUE_LIGHT)


def _markers(table: pd.DataFrame, place: Along, y: np.ndarray, size: np.ndarray) -> Any:
    effect = table["effect"] if "effect" in table else pd.Series(np.nan, index=table.index)
    p = [f"{10.0**-v:.2g}" if v < 300 else f"1e-{v:.0f}" for v in np.nan_to_num(y)]
    return ColumnDataSource({
        "x": place.x, "y": y, "size": size, "marker": table["marker"].astype(str).tolist(),
        "chromosome": table["chromosome"].astype(str).tolist(),
        "position": table["position"].fillna(0).astype(float).tolist(),
        "effect": effect.astype(float).tolist(), "p": p,
    })  # fmt: skip


def _along_figure(source: Any, place: Along, tips: Any, up: str) -> Any:
    plot = plain_figure(tips, height=300, x_range=Range1d(*place.of("")))
    dots = plot.scatter("x", "y", size="size", color="color", line_color=None, source=source)
    # what is not tapped stays as it is, or one tap would fade the whole picture
    dots.nonselection_glyph = dots.glyph
    dots.selection_glyph = Scatter(size="size", fill_color="color", line_color=GREEN, line_width=3)
    hover = plot.select_one(HoverTool)
    hover.renderers, hover.point_policy = [dots], "snap_to_data"
    zoom = BoxZoomTool(dimensions="width")
    plot.add_tools(zoom, WheelZoomTool(dimensions="width"), ResetTool())
    plot.toolbar.active_drag = zoom
    plot.toolbar.active_scroll = None
    plot.toolbar.logo = None
    plot.toolbar_location = "above"
    plot.yaxis.axis_label, plot.xaxis.axis_label = up, "chromosome"
    _show_chromosomes(plot, place)
    return plot


def _show_chromosomes(plot: Any, place: Along) -> None:
    """Names in the middle of the chromosomes; borders as lines."""
    name_chromosomes(plot, place.ends)
    for start, _ in list(place.ends.values())[1:]:
        plot.add_layout(Span(location=start, dimension="height", line_color=LINE, line_width=0.5,
                             level="underlay"))  # fmt: skip


def _tell(plot: Any, source: Any, chosen: Callable[[int], None] | None) -> None:
    if chosen is None:
        return
    plot.add_tools(TapTool())

    def tapped(_: str, __: Any, places: list[int]) -> None:
        if places:
            chosen(int(places[0]))

    source.selected.on_change("indices", tapped)
