"""The versions of a dataset as a line: drawn where there is room, a list on a phone."""

from collections.abc import Callable
from html import escape

from agrigen.client import Item
from dashboards.dataset.data import Version
from dashboards.theme import BLUE, GREEN, GREEN_TINT, INK, LINE, PAPER, QUIET, day

Href = Callable[[str], str]

MOST = 12
STEP, RADIUS = 96, 17


def version_line(version: Version, href: Href) -> str:
    """Every version is a link; the one that is looked at is filled."""
    shown = nearest(version)
    if len(shown) < 2:
        return ""
    left_out = len(version.versions) - len(shown)
    more = f'<p class="quiet">{left_out} further versions are not drawn.</p>' if left_out else ""
    listed = "".join(_listed(one, version, href) for one in reversed(shown))
    return (
        f'<div class="drawn scroll" style="padding:.5rem">{_drawing(shown, version, href)}</div>'
        f'<ul class="tree listed card">{listed}</ul>{more}'
    )


def nearest(version: Version) -> list[Item]:
    """The versions nearest to this one, the oldest first."""
    number = version.item["number"]
    near = sorted(version.versions, key=lambda one: abs(one["number"] - number))[:MOST]
    return sorted(near, key=lambda one: one["number"])


def _drawing(shown: list[Item], version: Version, href: Href) -> str:
    places = {one["id"]: STEP * i + STEP // 2 for i, one in enumerate(shown)}
    arcs = any(places[one["id"]] - places.get(parent, STEP * MOST) > STEP
               for one in shown for parent in one["parent_ids"])  # fmt: skip
    middle = 62 if arcs else 24
    lines = "".join(_lines(one, places, middle) for one in shown)
    dots = "".join(_dot(one, places[one["id"]], middle, version, href) for one in shown)
    most = max(len(version.tags_of(one["id"])) for one in shown)
    width, height = STEP * len(shown), middle + 44 + 16 * min(most, 2)
    return (
        f'<svg role="img" aria-label="Versions of the dataset" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="display:block;font:13px var(--font)">'
        f"{lines}{dots}</svg>"
    )


def _lines(one: Item, places: dict[str, int], middle: int) -> str:
    """From each parent: straight from the one before, an arc from an older one."""
    to = places[one["id"]]
    made = []
    for parent in one["parent_ids"]:
        start = places.get(parent)
        if start is None:
            continue
        if to - start <= STEP:
            path, color, dash = f"M{start} {middle}H{to}", LINE, ""
        else:
            path = f"M{start} {middle}Q{(start + to) // 2} {12 - middle} {to} {middle}"
            color, dash = BLUE, ' stroke-dasharray="5 4"'
        made.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="3"{dash}/>')
    return "".join(made)


def _dot(one: Item, x: int, middle: int, version: Version, href: Href) -> str:
    here = one["id"] == version.item["id"]
    fill, ink = (GREEN, PAPER) if here else (GREEN_TINT, INK)
    tags = [tag["name"] for tag in version.tags_of(one["id"])]
    below = "".join(
        f'<text x="{x}" y="{middle + 56 + 15 * i}" text-anchor="middle" font-size="12" '
        f'fill="{GREEN}" font-weight="600">{escape(_short(tag))}</text>'
        for i, tag in enumerate(tags[:2])
    )
    told = escape(_told(one, version))
    current = ' aria-current="true"' if here else ""
    return (
        f'<a href="{escape(href(one["id"]))}" aria-label="{told}"{current}><title>{told}</title>'
        f'<circle cx="{x}" cy="{middle}" r="{RADIUS}" fill="{fill}" stroke="{GREEN}" '
        f'stroke-width="2"/><text x="{x}" y="{middle + 5}" text-anchor="middle" fill="{ink}" '
        f'font-weight="600">{one["number"]}</text><text x="{x}" y="{middle + 36}" fill="{QUIET}" '
        f'text-anchor="middle" font-size="12">{escape(_date(one))}</text>{below}</a>'
    )


def _listed(one: Item, version: Version, href: Href) -> str:
    here = one["id"] == version.item["id"]
    name = f"Version {one['number']}"
    linked = f"<b>{name}</b>" if here else f'<a href="{escape(href(one["id"]))}">{name}</a>'
    rest = _told(one, version).partition(", ")[2]
    return f'<li>{linked} <span class="quiet">{escape(rest)}</span></li>'


def _told(one: Item, version: Version) -> str:
    tags = [tag["name"] for tag in version.tags_of(one["id"])]
    parts = [f"Version {one['number']}", day(one["created_at"]), one["creator"], one["why"], *tags]
    return ", ".join(part for part in parts if part)


def _date(one: Item) -> str:
    return day(one["created_at"]).rpartition(" ")[0]


def _short(tag: str) -> str:
    return tag if len(tag) <= 13 else tag[:12] + "…"
