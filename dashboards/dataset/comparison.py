"""How two versions differ: counts as bars, then the rows with both values."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.pieces import Cell, badge, card, table
from dashboards.components.take_along import take_link
from dashboards.dataset.data import Compared
from dashboards.dataset.state import HIDDEN
from dashboards.dataset.views import shown
from dashboards.theme import BLUE, GREEN, ORANGE, counted, day, number, words

Href = Callable[[str], str]

COLORS = {"added": GREEN, "changed": BLUE, "removed": ORANGE, "unchanged": "#d3dad6"}
BADGES = {"added": "good", "changed": "busy", "removed": "bad"}
ALONE = (
    "There is no other version yet. Freeze again when something was entered or corrected; then "
    "this page says exactly what."
)
NOTHING_SHARED = (
    "They have no table in common. What an evaluation used is compared by the hash of its content: "
    "here the hashes differ."
)
EQUAL = "Both versions have exactly the same rows in every table."


def told(found: Compared, href: Href) -> str:
    """Which two, and how many rows of each table differ."""
    before, after = _name(found.before, href), _name(found.after, href)
    intro = f"<p>From {before} to {after}:</p>"
    difference = found.difference
    if difference["equal"]:
        return card("What differs", f"{intro}<p><b>{EQUAL}</b></p>")
    if not difference["tables"]:
        return card("What differs", f"{intro}<p>{NOTHING_SHARED}</p>")
    bars = "".join(_bar(one) for one in difference["tables"] if one["kind"] not in HIDDEN)
    return card("What differs", intro + bars + _only(difference) + _legend())


def _name(one: Item, href: Href) -> str:
    name = f"{one['name']}, version {one['number']}, {day(one['created_at'])}"
    return f'<a href="{escape(href(one["id"]))}">{escape(name)}</a>'


def _bar(one: Mapping[str, Any]) -> str:
    """A table as one bar; a part that is there is never too thin to be seen."""
    counts = {name: one[name] for name in COLORS}
    total = sum(counts.values()) or 1
    parts = "".join(
        f'<i style="flex:{max(count / total, 0.012):.4f} 1 0;background:{COLORS[name]}"></i>'
        for name, count in counts.items() if count
    )  # fmt: skip
    sentence = ", ".join(f"{number(count)} {name}" for name, count in counts.items() if count)
    cells = "".join(
        f"<li>{escape(words(name))}: {counted(count, 'value')}</li>"
        for name, count in one["columns"].items()
    )
    which = f'<ul class="quiet" style="margin:.25rem 0">{cells}</ul>' if cells else ""
    columns = _columns(one)
    return (
        f'<section style="margin:.75rem 0"><h3>{escape(words(one["kind"]).capitalize())}</h3>'
        f'<div style="display:flex;height:16px;border-radius:8px;overflow:hidden" '
        f'aria-hidden="true">{parts}</div>'
        f"<p>{sentence or 'no rows'}</p>{which}{columns}</section>"
    )


def _columns(one: Mapping[str, Any]) -> str:
    """Columns that only one version has."""
    parts = [
        f"{label}: {', '.join(map(words, one[name]))}."
        for name, label in (("columns_added", "New columns"), ("columns_removed", "Columns gone"))
        if one[name]
    ]
    return f'<p class="quiet">{escape(" ".join(parts))}</p>' if parts else ""


def _only(difference: Mapping[str, Any]) -> str:
    parts = [
        f"Only the {which} version has {', '.join(map(words, there))}."
        for which, name in (("older", "only_before"), ("newer", "only_after"))
        if (there := [one for one in difference[name] if one not in HIDDEN])
    ]
    return f"<p>{escape(' '.join(parts))}</p>" if parts else ""


def _legend() -> str:
    marks = "".join(
        f'<span style="margin-right:1rem;white-space:nowrap"><i style="display:inline-block;'
        f'width:.8rem;height:.8rem;border-radius:3px;background:{color}"></i> {name}</span>'
        for name, color in COLORS.items()
    )
    return f'<p class="quiet">{marks}</p>'


def rows(found: Compared) -> str:
    """Rows of one table that differ, and all of them as a file."""
    difference = found.difference
    kind = difference["kind"]
    if difference["equal"] or kind is None:
        return ""
    path = f"datasets/{found.before['id']}/diff.parquet"
    link = take_link("Every row that differs (Parquet)", path, to=found.after["id"], kind=kind)
    if not difference["items"]:
        return f'<p class="card">No such row in {escape(words(kind))}.</p>'
    key = list(difference["items"][0]["key"])
    head = [("", ""), *((words(name), "") for name in key), ("Before → after", "")]
    body = (_row(one, key) for one in difference["items"])
    return table("Rows that differ", head, body) + f"<p>{link}</p>"


def _row(one: Mapping[str, Any], key: list[str]) -> list[Cell]:
    return [
        Cell(badge(one["change"], BADGES[one["change"]])),
        *(Cell(shown(one["key"][name])) for name in key),
        Cell(_values(one), "wrap"),
    ]


def _values(one: Mapping[str, Any]) -> str:
    """Both values of what changed; of a row that came or went what it holds."""
    before, after = one["before"] or {}, one["after"] or {}
    if one["change"] == "changed":
        return "<br>".join(
            f"{escape(words(name))}: <del>{shown(before.get(name))}</del> → "
            f"<ins><b>{shown(after.get(name))}</b></ins>"
            for name in {**before, **after}
        )
    held = {name: value for name, value in (before or after).items() if value not in (None, "")}
    return ", ".join(f"{escape(words(name))} {shown(value)}" for name, value in held.items())
