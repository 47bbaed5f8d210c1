"""The quality report of a set: what rules drop, why, and pictures with the rules marked."""

from collections.abc import Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components import charts
from dashboards.components.pieces import Cell, badge, card, figure, table, text
from dashboards.theme import counted, number, percent

PICTURES = {
    "sample_call_rate": (
        "Call rate of samples", "share of markers that were read", "samples",
        "Samples left of the line were read too badly.",
    ),
    "marker_call_rate": (
        "Call rate of markers", "share of samples in which it was read", "markers",
        "Markers left of the line fail in too many samples.",
    ),
    "minor_frequency": (
        "Rarer allele", "frequency of the rarer allele", "markers",
        "Left of the line an allele is too rare to tell animals apart.",
    ),
    "hardy_weinberg": (
        "Hardy-Weinberg proportions", "−log₁₀ p", "markers",
        "Right of the line there are too many or too few carriers of both alleles: most often an "
        "error of reading.",
    ),
    "heterozygosity": (
        "Heterozygosity", "share of markers with both alleles", "samples",
        "Far right may be a mixed sample, far left an inbred animal or another breed.",
    ),
}  # fmt: skip


def summary(report: Item, *, plain: bool) -> str:
    """What the rules drop and find."""
    dropped, flagged = report["dropped"], report["flagged"]
    counts = report["counts"]
    verb = "were left out" if report["applied"] else "would be left out by the usual rules"
    if not dropped:
        first = "Nothing " + verb.replace("were", "was") + "."
    else:
        samples = counts.get("samples", 0) - counts.get("samples_kept", 0)
        markers = counts.get("markers", 0) - counts.get("markers_kept", 0)
        first = f"{counted(samples, 'sample')} and {counted(markers, 'marker')} {verb}."
    parts = f"<p>{escape(first)}</p>"
    if dropped:
        parts += _reasons("Left out" if report["applied"] else "Would be left out", dropped)
    if flagged:
        parts += '<h3 style="margin-top:1rem">Found and left to you</h3>'
        parts += _reasons("Found", flagged)
    if report["duplicates"]:
        parts += _duplicates(report["duplicates"])
    notes = "".join(f"<li>{escape(note)}</li>" for note in report["notes"])
    return card("Quality", parts + (f"<ul>{notes}</ul>" if notes and not plain else ""))


def _reasons(caption: str, rows: list[dict[str, Any]]) -> str:
    head = [("What", ""), ("Number", "number"), ("Why", "")]
    cells = (
        [text(one["what"]), figure(number(one["number"])), Cell(escape(one["meaning"]), "wrap")]
        for one in rows
    )
    return table(caption, head, cells)


def _duplicates(pairs: list[dict[str, Any]]) -> str:
    head = [("Sample", ""), ("is also", ""), ("Equal", "number")]
    cells = (
        [text(one["a"]), text(one["b"]), figure(percent(one["identity"], 1))] for one in pairs[:20]
    )
    title = f"Same animal twice {badge(str(len(pairs)), 'busy')}"
    return f'<h3 style="margin-top:1rem">{title}</h3>' + table("Duplicates", head, cells)


def pictures(report: Item, *, plain: bool) -> list[Any]:
    """A histogram for each rule, with the place where it cuts."""
    shown = ("sample_call_rate",) if plain else tuple(PICTURES)
    return [
        _picture(report["histograms"][name], *PICTURES[name])
        for name in shown
        if name in report["histograms"]
    ]


def _picture(found: Mapping[str, Any], title: str, across: str, what: str, note: str) -> Any:
    mark = found["threshold"]
    plot = charts.distribution(found["edges"], found["counts"], across=across, what=what, mark=mark)
    said = note if mark is not None else "No rule cuts here."
    return charts.panel_of(plot, escape(title), escape(said))
