"""The graph as SVG: boxes in layers, links that mouse and keyboard reach; every text is escaped."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dashboards.lineage import layout
from dashboards.lineage.data import Lineage
from dashboards.lineage.gather import Drawn, Group, lit
from dashboards.lineage.names import CALLED, called, fact_of, name_of
from dashboards.theme import FONT, GREEN, GREEN_DARK, INK, PAPER, QUIET

WIDE, HIGH, GAP, PITCH = 154, 62, 38, 80
MARGIN, HEAD = 6, 30
LINE_HIGH = 16
ROOM = WIDE - 20
NAME_SIZE, FACT_SIZE = 13, 11
LEAST = 1040
"""Pixels below which a wide picture is not made narrower, or its letters would be too small."""
LINE, WAY = "#b9c4be", GREEN

COLORS = {
    "source": ("#f1f3f2", QUIET), "template": ("#f1f3f2", QUIET), "file": ("#e9f1f8", "#2b6ca3"),
    "import": ("#fdf3e3", "#a1500a"), "door": ("#fdf3e3", "#a1500a"),
    "table": ("#eef4e8", "#4c6b22"), "dataset": ("#f1ebf7", "#6d4591"),
    "genotype_set": ("#e5f3f4", "#1c6670"), "evaluation": ("#e4f1ea", GREEN_DARK),
    "association": ("#e4f1ea", GREEN_DARK), "mating_plan": ("#f9e9ee", "#9b2c55"),
    "breeding_value": (GREEN_DARK, GREEN_DARK), "animal": (GREEN_DARK, GREEN_DARK),
}  # fmt: skip
DARK = ("breeding_value", "animal")
ICONS = {
    "file": "M3 1h6l4 4v10H3zM9 1v4h4",
    "import": "M8 1v8M5 6l3 3 3-3M2 10v4h12v-4",
    "door": "M3 13l1-4 7-7 3 3-7 7zM10 3l3 3",
    "table": "M2 3h12v10H2zM2 7h12M2 10h12M7 3v10",
    "dataset": "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0",
    "genotype_set": "M4 1c0 7 8 7 8 14M12 1c0 7-8 7-8 14M5 4h6M5 12h6",
    "evaluation": "M2 14V2M2 14h12M5 11V8M8 11V5M11 11V3",
    "association": "M2 14V2M2 14h12M5 11v.5M7 9v.5M9 4v.5M11 10v.5M13 11v.5",
    "mating_plan": "M5 5a3 3 0 1 0 .1 0M11 5a3 3 0 1 0 .1 0",
    "breeding_value": "M8 1l2 5 5 .4-4 3.4 1.3 5L8 12l-4.3 2.8 1.3-5-4-3.4L6 6z",
    "animal": "M8 1l2 5 5 .4-4 3.4 1.3 5L8 12l-4.3 2.8 1.3-5-4-3.4L6 6z",
    "source": "M1 4h5l2 2h7v8H1z",
    "template": "M2 2h12v12H2zM5 6h6M5 10h6",
}
NARROW = " .,:;'!|()-ijltfr"
AWAY = "M4 2H2v8h8V8M6 2h4v4M10 2L5.5 6.5"

Href = Callable[[Mapping[str, Any]], str]
Home = Callable[[Mapping[str, Any]], tuple[str, str]]
Opens = Callable[[Group], str]


@dataclass(frozen=True)
class Ways:
    """Where boxes lead: to their lineage, to their own page, and groups to what is in them."""

    traced: Href
    home: Home
    opened: Opens


NOWHERE = Ways(lambda _: "", lambda _: ("", ""), lambda _: "")


@dataclass(frozen=True)
class Box:
    """What one box says and where it leads."""

    id: str
    type: str
    name: str
    fact: str
    hidden: bool
    href: str = ""
    away: tuple[str, str] = ("", "")
    stacked: bool = False


def graph_svg(known: Lineage, drawn: Drawn, ways: Ways = NOWHERE) -> str:
    """The picture, as wide as it needs to be for its letters to be read."""
    boxes = [_box(one, known, ways) for one in drawn.nodes]
    boxes += [_stack(group, known, ways) for group in drawn.groups]
    placed = layout.lay_out([one.id for one in boxes], drawn.edges)
    bright = lit(drawn, known.used)
    boxes.sort(key=lambda one: placed.places[one.id])
    width = 2 * MARGIN + placed.layers * (WIDE + GAP) - GAP
    height = 2 * MARGIN + HEAD + round(placed.rows * PITCH)
    title = f"Where {known.node['name']} comes from and what rests on it"
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="group" aria-label="{escape(title)}" '
            f'style="max-width:100%;min-width:{min(width, LEAST)}px;height:auto" '
            f'font-family="{escape(FONT)}">',
            f"<title>{escape(title)}</title>",
            _heads(boxes, placed),
            *_lines(drawn, placed, bright),
            *(_drawn(one, placed.places[one.id], one.id == known.start, one.id in bright)
              for one in boxes),
            "</svg>",
        ]
    )  # fmt: skip


def _box(node: Mapping[str, Any], known: Lineage, ways: Ways) -> Box:
    fact = fact_of(node, known.traits, known.used.get(node["id"], 0))
    away = ways.home(node)
    href = ways.traced(node) or away[0]
    name = name_of(node, known.traits)
    return Box(node["id"], node["type"], name, fact, node["hidden"], href, away)


def _stack(group: Group, known: Lineage, ways: Ways) -> Box:
    used = sum(known.used.get(one["id"], 0) for one in group.members)
    fact = "" if group.hidden else f"{used:,} rows of this value" if used else "show them"
    href = "" if group.hidden else ways.opened(group)
    return Box(group.id, group.type, group.name, fact, group.hidden, href, stacked=True)


def _heads(boxes: Collection[Box], placed: layout.Layout) -> str:
    """What stands in each layer."""
    found = []
    for layer in range(placed.layers):
        types = [one.type for one in boxes if placed.places[one.id][0] == layer]
        said = ", ".join(dict.fromkeys(CALLED[one][1] for one in types))
        short = _short(said, 12)
        found.append(
            f'<text x="{_left(layer)}" y="{MARGIN + 12}" font-size="12" fill="{QUIET}" '
            f'font-weight="600">{escape(short)}</text>'
        )
    return "".join(found)


def _lines(drawn: Drawn, placed: layout.Layout, bright: Collection[str]) -> list[str]:
    """Lines on which the rows of the value go lie on the others."""
    ends = sorted(drawn.edges, key=lambda one: one[0] in bright)
    return [_line(one, placed, one[0] in bright) for one in ends]


def _line(ends: tuple[str, str], placed: layout.Layout, bright: bool) -> str:
    first, last = (placed.places[one] for one in ends)
    x, y = _left(first[0]) + WIDE, _middle(first[1])
    way = f"M{x} {y}"
    stops = [(_left(c), _middle(r), True) for c, r in placed.passes.get(ends, ())]
    stops.append((_left(last[0]), _middle(last[1]), False))
    for to, down, passes in stops:
        half = (x + to) / 2
        way += f"C{half:g} {y} {half:g} {down} {to} {down}"
        x, y = to, down
        if passes:
            x += WIDE
            way += f"H{x}"
    color, thick = (WAY, 2.25) if bright else (LINE, 1.5)
    return f'<path d="{way}" fill="none" stroke="{color}" stroke-width="{thick}"/>'


def _drawn(box: Box, place: layout.Point, start: bool, bright: bool) -> str:
    lines = _broken(box.name)
    high = HIGH + LINE_HIGH * (len(lines) - 1)
    x, y = _left(place[0]), _middle(place[1]) - high / 2
    fill, edge = (PAPER, "#98a39d") if box.hidden else COLORS[box.type]
    dark = box.type in DARK and not box.hidden
    ink, quiet = ("#fff", "#d5eadf") if dark else (QUIET if box.hidden else INK, edge)
    dash = ' stroke-dasharray="4 3"' if box.hidden else ""
    thick = 3 if start else 2 if bright else 1
    behind = "".join(
        f'<rect x="{x + by}" y="{y - by:g}" width="{WIDE}" height="{high}" rx="8" fill="{fill}" '
        f'stroke="{edge}"{dash}/>'
        for by in ((6, 3) if box.stacked else ())
    )
    inside = (
        f"<title>{escape(_whole(box))}</title>{behind}"
        f'<rect x="{x}" y="{y:g}" width="{WIDE}" height="{high}" rx="8" fill="{fill}" '
        f'stroke="{edge}" stroke-width="{thick}"{dash}/>'
        f'<path d="{ICONS[box.type]}" transform="translate({x + 9} {y + 8:g}) scale(.82)" '
        f'fill="none" stroke="{quiet if not box.hidden else QUIET}" stroke-width="1.6" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
        + _text(x + 27, y + 18, 11, quiet if not box.hidden else QUIET, called(box.type))
        + "".join(
            _text(x + 10, y + 36 + LINE_HIGH * number, NAME_SIZE, ink, line, bold=not box.hidden)
            for number, line in enumerate(lines)
        )
        + _text(
            x + 10, y + high - 10, 11, "#d5eadf" if dark else QUIET, _short(box.fact, FACT_SIZE)
        )
    )
    here = ' aria-current="true"' if start else ""
    shown = f'<a href="{escape(box.href)}"{here} aria-label="{escape(_whole(box))}">{inside}</a>'
    return (shown if box.href else f"<g>{inside}</g>") + _away(box, x, y, quiet)


def _away(box: Box, x: float, y: float, color: str) -> str:
    """A small link in the corner to the page of the thing itself."""
    href, said = box.away
    if not href or href == box.href:
        return ""
    words = f"{said}: {box.name}"
    return (
        f'<a href="{escape(href)}" aria-label="{escape(words)}"><title>{escape(words)}</title>'
        f'<rect x="{x + WIDE - 27}" y="{y + 3:g}" width="24" height="24" rx="5" '
        f'fill="transparent" stroke="transparent"/>'
        f'<path d="{AWAY}" transform="translate({x + WIDE - 21} {y + 9:g})" fill="none" '
        f'stroke="{color}" stroke-width="1.5"/></a>'
    )


def _text(x: float, y: float, size: int, color: str, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x}" y="{y:g}" font-size="{size}" fill="{color}"{weight}>{escape(words)}</text>'
        if words
        else ""
    )


def _whole(box: Box) -> str:
    """Everything the box says, uncut."""
    return ", ".join(part for part in (f"{called(box.type)}: {box.name}", box.fact) if part)


def _broken(name: str) -> list[str]:
    """The name on one line, or two where it has words enough."""
    first, rest = "", name
    if _pixels(name, NAME_SIZE) > ROOM:
        while (word := rest.split(" ", 1)[0]) and _pixels(f"{first} {word}", NAME_SIZE) <= ROOM:
            first, rest = f"{first} {word}".strip(), rest[len(word) + 1 :]
    return [*([first] if first else []), _short(rest, NAME_SIZE)]


def _short(text: str, size: int) -> str:
    """As much as there is room for."""
    if _pixels(text, size) <= ROOM:
        return text
    while text and _pixels(text + "…", size) > ROOM:
        text = text[:-1]
    return text.rstrip(" ,") + "…"


def _pixels(text: str, size: int) -> float:
    """About how wide a bold text is, in a wide font."""
    return size * sum(
        0.38 if one in NARROW else 0.85 if one.isupper() or one in "mw" else 0.66 for one in text
    )


def _left(layer: int) -> int:
    return MARGIN + layer * (WIDE + GAP)


def _middle(row: float) -> float:
    return round(MARGIN + HEAD + row * PITCH, 1)
