"""Pictures of the lesson as SVG text: strands of chromosomes, inbreeding by generation, figures."""

import io
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRANDS = ("#0072b2", "#7cc0e8", "#d9730d", "#f7c57f")  # ram's two, ewe's two
STRAND_NAMES = (
    "ram's first strand",
    "ram's second strand",
    "ewe's first strand",
    "ewe's second strand",
)
SANS = "font-family=\"system-ui, 'DejaVu Sans', sans-serif\""


def family_svg(strands: np.ndarray) -> str:
    """Parents above, lambs below; every chromosome as a pair of colored strands."""
    lambs, _, chromosomes, loci = strands.shape
    parents = np.empty((2, 2, chromosomes, loci), dtype=int)
    for parent in range(2):
        for side in range(2):
            parents[parent, side] = 2 * parent + side
    width, parts = 190 * max(lambs, 2), []
    for number, name in enumerate(("Ram", "Ewe")):
        left = width / 2 - 166 + number * 190
        parts.append(_karyotype(parents[number], name, left, 24))
    for number in range(lambs):
        parts.append(_karyotype(strands[number], f"Lamb {number + 1}", 190 * number + 24, 186))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 330" role="img" '
        f'width="100%" style="max-width:{width}px" {SANS}><title>Chromosomes of a family</title>'
        f"<desc>Each strand of a lamb is a patchwork of the two strands of one parent.</desc>"
        f"{''.join(parts)}</svg>"
    )


def _karyotype(strands: np.ndarray, name: str, left: float, top: float) -> str:
    _, chromosomes, loci = strands.shape
    parts = [
        f'<text x="{left}" y="{top - 6}" font-size="14" font-weight="600" '
        f'fill="{theme.INK}">{name}</text>'
    ]
    for chromosome in range(chromosomes):
        for side in range(2):
            x = left + chromosome * 28 + side * 12
            parts.append(_strand(strands[side, chromosome], x, top, 112 / loci))
    return "".join(parts)


def _strand(labels: np.ndarray, x: float, top: float, step: float) -> str:
    parts, start = [], 0
    for label, run in groupby(labels.tolist()):
        length = len(list(run))
        parts.append(
            f'<rect x="{x:g}" y="{top + start * step:.1f}" width="10" '
            f'height="{length * step:.1f}" fill="{STRANDS[label]}">'
            f"<title>{STRAND_NAMES[label]}</title></rect>"
        )
        start += length
    return "".join(parts)


def trend_svg(expected: list[float], simulated: list[float], chosen: int) -> str:
    """Inbreeding of the lamb after 1, 2, ... generations: formula as line, gene drop as dots."""
    width, height, left, bottom = 420, 240, 52, 200
    step = (width - left - 30) / max(len(expected) - 1, 1)

    def place(generation: int, value: float) -> tuple[float, float]:
        return left + 10 + generation * step, bottom - value * 170

    parts = [_grid(left, width, bottom)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*p) for p in enumerate(expected)))
    parts.append(f'<polyline points="{path}" fill="none" stroke="{theme.BLUE}" stroke-width="3"/>')
    for generation, value in enumerate(simulated):
        x, y = place(generation, value)
        large = generation + 1 == chosen
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{8 if large else 5}" fill="{theme.ORANGE}" '
            f'stroke="{theme.PAPER}" stroke-width="2"><title>gene drop: {value:.1%}</title>'
            f'</circle><text x="{x:.1f}" y="{bottom + 18}" font-size="13" text-anchor="middle" '
            f'fill="{theme.QUIET}" font-weight="{700 if large else 400}">{generation + 1}</text>'
        )
    parts.append(
        f'<text x="{(left + width) / 2}" y="{height - 4}" font-size="13" text-anchor="middle" '
        f'fill="{theme.QUIET}">generations of this mating</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'width="100%" style="max-width:{width}px" {SANS}><title>Inbreeding by generation</title>'
        f"{''.join(parts)}</svg>"
    )


def _grid(left: float, width: float, bottom: float) -> str:
    return "".join(
        f'<line x1="{left}" x2="{width - 10}" y1="{bottom - share * 170}" '
        f'y2="{bottom - share * 170}" stroke="#e1e5ea"/>'
        f'<text x="{left - 8}" y="{bottom - share * 170 + 4}" font-size="13" text-anchor="end" '
        f'fill="{theme.QUIET}">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1.0)
    )


def figure_svg(figure: "Figure", title: str) -> str:
    """A matplotlib figure as inline SVG; letters become outlines, so no font is needed."""
    text = io.StringIO()
    figure.savefig(text, format="svg")
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    return f'<div role="img" aria-label="{title}" class="figure">{svg}</div>'
