"""What was changed of an animal: who, what, when, before, after."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from dashboards.animals.data import MOST_CHANGES, AnimalCard
from dashboards.components.pieces import Cell, table, text
from dashboards.theme import MISSING, moment, words

LONGEST = 80


def changes(known: AnimalCard) -> str:
    """Folded away until somebody asks."""
    if not known.history:
        return ""
    head = [("When", ""), ("Who", ""), ("What", ""), ("Before and after", "")]
    rows = (
        [text(moment(one["at"])), text(one["person"]), text(_action(one["action"])),
         Cell("<br>".join(_differences(one, known.tags)) or MISSING, "wrap")]
        for one in known.history
    )  # fmt: skip
    count = f"{len(known.history)}{'+' if len(known.history) >= MOST_CHANGES else ''}"
    return (
        f'<section class="card"><details class="fold"><summary>History of changes ({count})'
        f"</summary>{table('History of changes', head, rows)}</details></section>"
    )


def _action(action: str) -> str:
    noun, _, verb = action.partition(":")
    return f"{words(verb).capitalize()} ({words(noun)})" if verb else words(noun)


def _differences(one: Mapping[str, Any], tags: Mapping[str, str]) -> Iterator[str]:
    """Only what differs."""
    before, after = one.get("before") or {}, one.get("after") or {}
    for name in dict.fromkeys([*before, *after]):
        was, became = before.get(name), after.get(name)
        if was != became:
            yield (
                f"{escape(words(name))}: {escape(_value(was, tags))} → "
                f"<b>{escape(_value(became, tags))}</b>"
            )


def _value(value: Any, tags: Mapping[str, str]) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(_value(one, tags) for one in value)
    said = tags.get(str(value), str(value))
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
