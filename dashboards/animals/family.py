"""The offspring of an animal, youngest first."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from dashboards.animals.data import MOST_OFFSPRING, AnimalCard
from dashboards.components.pieces import Cell, card, table, text
from dashboards.theme import counted, day, sex_word

Href = Callable[[str], str]
SHOWN = 30


def offspring(known: AnimalCard, href: Href) -> str:
    """ "" for an animal without any."""
    if not known.young:
        return ""
    role, other = ("dam", "sire") if known.animal["sex"] == "F" else ("sire", "dam")
    head = [("Tag", ""), ("Sex", ""), ("Born", ""), ("Status", ""), (other.capitalize(), "")]
    rows = (
        [
            Cell(_link(one, href)), text(sex_word(one["sex"])), text(day(one["birth_date"])),
            text(one["status"]), Cell(_link(one[other], href) if one.get(other) else "–"),
        ]
        for one in known.young[:SHOWN]
    )  # fmt: skip
    more = "or more " if known.offspring >= MOST_OFFSPRING else ""
    alive = sum(one["status"] == "alive" for one in known.young)
    note = f'<p class="quiet">{counted(known.offspring, "animal")} {more}as {role}, {alive} alive'
    note += f"; the youngest {SHOWN} are shown.</p>" if known.offspring > SHOWN else ".</p>"
    return card("Offspring", note + table("Offspring of this animal", head, rows))


def _link(one: Mapping[str, Any], href: Href) -> str:
    name = f"{one['tag']} {one['name']}".strip()
    return f'<a href="{escape(href(str(one["id"])))}">{escape(name)}</a>'
