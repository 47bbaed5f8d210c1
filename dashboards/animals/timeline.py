"""What happened to an animal, newest first."""

from collections.abc import Mapping
from html import escape
from typing import Any

from dashboards.animals.data import AnimalCard
from dashboards.components.event_words import event_text, kind_word
from dashboards.components.pieces import badge
from dashboards.theme import counted, day

FEW = 12
CHANGE = "#change-"
"""The address of an entry that somebody wants to change ends with this and its id."""


def timeline(known: AnimalCard, unit: str, *, voided: bool, all: bool, may: bool) -> str:
    """Entries with a way to change them for those who may."""
    wanted = [one for one in known.events if voided or not one["voided"]]
    if not wanted:
        return "<h2>What happened</h2><p>Nothing is recorded yet.</p>"
    shown = wanted if all else wanted[:FEW]
    entries = "".join(_entry(one, known.tags, unit, may=may) for one in shown)
    left = len(wanted) - len(shown)
    more = f'<p class="quiet">{counted(left, "older entry", "older entries")} not shown.</p>'
    return f'<h2>What happened</h2><ul class="due">{entries}</ul>{more if left else ""}'


def _entry(one: Mapping[str, Any], tags: Mapping[str, str], unit: str, *, may: bool) -> str:
    said = escape(event_text(one, tags, unit))
    words = f"<span>{day(one['occurred_on'])}</span> {badge(kind_word(one['kind']))} "
    if one["voided"]:
        why = f" {escape(one['reason'])}" if one["reason"] else ""
        return (
            f'<li><span class="gone">{words}{said}</span> '
            f'<span class="quiet">did not happen:{why}</span></li>'
        )
    marks = _corrected(one) + _double(one)
    name = f"Change {kind_word(one['kind'])} of {day(one['occurred_on'])}"
    link = f' <a href="{CHANGE}{escape(one["id"])}" aria-label="{escape(name)}">Change</a>'
    return f"<li>{words}<span>{said}</span>{marks}{link if may else ''}</li>"


def _corrected(one: Mapping[str, Any]) -> str:
    if one["revision"] < 2:
        return ""
    why = f": {one['reason']}" if one["reason"] else ""
    return f' <span class="quiet">{escape(f"corrected{why}")}</span>'


def _double(one: Mapping[str, Any]) -> str:
    return " " + badge("perhaps told twice", "busy") if one["possible_duplicate_of"] else ""
