"""Pictures of a report, drawn by lines and boxes of the page."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from hub.reports.paper import GRAY, INK, LINE, SERIES, Paper

Points = Sequence[tuple[float, float]]
LEFT, RIGHT, TOP, BOTTOM = 12.0, 3.0, 8.0, 9.0


@dataclass(frozen=True)
class Box:
    """Where a picture stands on the page, in millimeters."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Axes:
    """From values to places on the page."""

    box: Box
    low_x: float
    high_x: float
    low_y: float
    high_y: float

    def x(self, value: float) -> float:
        inner = self.box.width - LEFT - RIGHT
        return self.box.x + LEFT + inner * (value - self.low_x) / (self.high_x - self.low_x)

    def y(self, value: float) -> float:
        inner = self.box.height - TOP - BOTTOM
        part = (value - self.low_y) / (self.high_y - self.low_y)
        return self.box.y + self.box.height - BOTTOM - inner * part


def side_by_side(paper: Paper, height: float = 55) -> tuple[Box, Box]:
    """Two boxes beside each other, on the page on which they have room."""
    paper.room(height)
    half = (paper.epw - 6) / 2
    y = paper.get_y()
    paper.set_y(y + height)
    return Box(paper.l_margin, y, half, height), Box(paper.l_margin + half + 6, y, half, height)


def whole(paper: Paper, height: float = 55) -> Box:
    """A box of the width of the page."""
    paper.room(height)
    y = paper.get_y()
    paper.set_y(y + height)
    return Box(paper.l_margin, y, paper.epw, height)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from below the lowest to above the highest value."""
    if high <= low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * one for one in (1, 2, 2.5, 5, 10) if size * one >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * one, 10) for one in range(first, last + 1)]


@contextmanager
def _aside(paper: Paper) -> Iterator[None]:
    """What follows is written where it would have been without the picture."""
    x, y = paper.get_x(), paper.get_y()
    yield
    paper.set_xy(x, y)


def bars(
    paper: Paper, box: Box, title: str, labels: Sequence[str],
    stacks: Mapping[str, Sequence[float]],
) -> None:  # fmt: skip
    """Bars over labels; several series are stacked and named."""
    with _aside(paper):
        totals = [sum(values) for values in zip(*stacks.values(), strict=True)]
        marks = ticks(0, max(totals, default=1) or 1)
        axes = Axes(box, -0.5, max(len(labels), 1) - 0.5, marks[0], marks[-1])
        _frame(paper, axes, title, marks)
        width = 0.7 * (axes.x(1) - axes.x(0))
        below = [0.0] * len(labels)
        for number, values in enumerate(stacks.values()):
            paper.set_fill_color(*SERIES[number % len(SERIES)])
            for place, value in enumerate(values):
                top, bottom = axes.y(below[place] + value), axes.y(below[place])
                paper.rect(axes.x(place) - width / 2, top, width, bottom - top, style="F")
                below[place] += value
        every = max(1, math.ceil(len(labels) * 9 / box.width))
        for place in range(0, len(labels), every):
            _under(paper, axes, axes.x(place), labels[place])
        if len(stacks) > 1:
            _legend(paper, box, list(stacks))


def lines(
    paper: Paper, box: Box, title: str, series: Mapping[str, Points], *, steps: bool = False,
    zero: bool = False, numbers: str = "g", names: Mapping[float, str] | None = None,
) -> None:  # fmt: skip
    """Lines through points, or steps; the axis shows zero where asked to."""
    with _aside(paper):
        every = [point for points in series.values() for point in points]
        if not every:
            return
        ys = [y for _, y in every] + ([0.0] if zero else [])
        marks = ticks(min(ys), max(ys))
        xs = ticks(min(x for x, _ in every), max(x for x, _ in every), 6)
        low, high = min(x for x, _ in every), max(x for x, _ in every)
        axes = Axes(box, low, high if high > low else low + 1, marks[0], marks[-1])
        _frame(paper, axes, title, marks)
        for number, points in enumerate(series.values()):
            paper.set_draw_color(*SERIES[number % len(SERIES)])
            paper.set_fill_color(*SERIES[number % len(SERIES)])
            paper.set_line_width(0.5)
            _path(paper, axes, points, steps=steps)
        paper.set_line_width(0.2)
        for one in names or {x: format(x, numbers) for x in xs if low <= x <= high}:
            _under(paper, axes, axes.x(one), (names or {}).get(one) or format(one, numbers))
        if len(series) > 1:
            _legend(paper, box, list(series))


def whiskers(paper: Paper, box: Box, title: str, rows: Sequence[tuple[str, float, float]]) -> None:
    """A point and its interval (value plus and minus) for every label."""
    with _aside(paper):
        ends = [value + side * half for _, value, half in rows for side in (-1, 1)]
        marks = ticks(min(ends), max(ends))
        axes = Axes(box, -0.5, max(len(rows), 1) - 0.5, marks[0], marks[-1])
        _frame(paper, axes, title, marks)
        paper.set_draw_color(*SERIES[0])
        paper.set_fill_color(*SERIES[0])
        for place, (name, value, half) in enumerate(rows):
            x = axes.x(place)
            paper.line(x, axes.y(value - half), x, axes.y(value + half))
            paper.ellipse(x - 0.9, axes.y(value) - 0.9, 1.8, 1.8, style="F")
            paper.ink(5.5, GRAY)
            _under(paper, axes, x, paper.fitted(name, box.width / len(rows)))


def _path(paper: Paper, axes: Axes, points: Points, *, steps: bool) -> None:
    for (x0, y0), (x1, y1) in pairwise(points):
        if steps:
            paper.line(axes.x(x0), axes.y(y0), axes.x(x1), axes.y(y0))
            paper.line(axes.x(x1), axes.y(y0), axes.x(x1), axes.y(y1))
        else:
            paper.line(axes.x(x0), axes.y(y0), axes.x(x1), axes.y(y1))
    if not steps and len(points) <= 24:
        for x, y in points:
            paper.ellipse(axes.x(x) - 0.6, axes.y(y) - 0.6, 1.2, 1.2, style="F")


def _frame(paper: Paper, axes: Axes, title: str, marks: Sequence[float]) -> None:
    box = axes.box
    paper.ink(7.5, INK, bold=True)
    paper.set_xy(box.x, box.y)
    paper.cell(box.width, 4, paper.fitted(title, box.width))
    paper.set_draw_color(*LINE)
    for mark in marks:
        y = axes.y(mark)
        paper.line(box.x + LEFT, y, box.x + box.width - RIGHT, y)
        paper.ink(6, GRAY)
        paper.set_xy(box.x, y - 1.5)
        digits = 0 if all(one == int(one) for one in marks) else 2
        paper.cell(LEFT - 1, 3, paper.shown(float(mark), digits), align="R")


def _under(paper: Paper, axes: Axes, x: float, text: str) -> None:
    paper.ink(6, GRAY)
    paper.set_xy(x - 10, axes.box.y + axes.box.height - BOTTOM + 0.5)
    paper.cell(20, 3, text, align="C")


def _legend(paper: Paper, box: Box, names: Sequence[str]) -> None:
    x = box.x + LEFT
    y = box.y + box.height - 4
    for number, name in enumerate(names):
        paper.set_fill_color(*SERIES[number % len(SERIES)])
        paper.rect(x, y + 0.8, 2, 2, style="F")
        paper.ink(6, INK)
        paper.set_xy(x + 2.5, y)
        width = paper.get_string_width(name) + 2
        paper.cell(width, 3.6, name)
        x += width + 4
