"""How lineage is shown: what it is, the picture, the same as a list; takes data, returns HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dashboards.components.pieces import Cell, badge, card, facts, figure, file_link, table, text
from dashboards.components.working import KINDS
from dashboards.lineage.data import ANIMAL, COMPUTED, FIRST_RESTING, VALUE, Lineage, value_id
from dashboards.lineage.drawing import Ways, graph_svg
from dashboards.lineage.gather import ORDER, Drawn, Group
from dashboards.lineage.links import Links
from dashboards.lineage.names import CALLED, HIDDEN, called, fact_of, name_of, pairs, trait_name
from dashboards.lineage.rows import sentence
from dashboards.theme import MISSING, day, missing, percent, signed

Node = Mapping[str, Any]


def header(known: Lineage, links: Links) -> str:
    """What it is, all that is known of it, and where it is at home."""
    node = known.node
    said = pairs(node, known.traits) + _computed_by(known, links)
    if state := _state(node):
        said = [("State", state), *(pair for pair in said if pair[0] != "State")]
    href, where = links.home(node)
    away = f'<p class="ways"><a href="{escape(href)}">{escape(where)}</a></p>' if href else ""
    about = f"<p>{sentence(known)}</p>" if known.rows else _nothing_known(known)
    return card(title(known), about + facts(said) + away)


def title(known: Lineage) -> str:
    """What the page is about, in one line."""
    node = known.node
    if node["type"] == VALUE:
        return f"Breeding value of {node['facts'].get('tag', '')}: {name_of(node, known.traits)}"
    if node["type"] == ANIMAL:
        return f"Breeding values of {node['name']}"
    version = node["facts"].get("version") or 1
    more = f", version {version}" if node["type"] == "genotype_set" and version > 1 else ""
    return f"{called(node['type'])}: {node['name']}{more}"


def _computed_by(known: Lineage, links: Links) -> list[tuple[str, str]]:
    """For breeding values: which evaluations said them."""
    if known.node["type"] not in COMPUTED:
        return []
    runs = [one for one in known.nodes if one["type"] == "evaluation" and not one["hidden"]]
    return [("Evaluation", "<br>".join(_run(one, links) for one in runs))] if runs else []


def _run(node: Node, links: Links) -> str:
    when = node["facts"].get("published_at")
    name = f'<a href="{escape(links.traced(node))}">{escape(node["name"])}</a>'
    return name + (f", published {day(when)}" if when else "")


def _state(node: Node) -> str:
    state = node["facts"].get("state")
    return badge(str(state), KINDS.get(state, "")) if state else ""


def _nothing_known(known: Lineage) -> str:
    if known.node["type"] == ANIMAL and not known.values:
        return (
            "<p>No published evaluation includes this animal yet. When one does, this page shows "
            "from which files and rows its breeding values come.</p>"
        )
    return "".join(f"<p>{escape(note)}</p>" for note in known.notes)


def picture(known: Lineage, drawn: Drawn, ways: Ways, files: Mapping[str, str]) -> str:
    """The drawing where there is room for it, with what it means."""
    if len(known.nodes) < 2:
        return card("From files to results", f"<p>{_alone(known)}</p>")
    hint = "Choose a box to see where it comes from; the arrow in its corner opens its own page."
    if known.used:
        hint += " The green way is that of the rows listed below."
    kept = " ".join(file_link(words, href) for words, href in files.items())
    return (
        '<section class="card"><h2>From files to results</h2>'
        f'<div class="drawn"><div style="overflow-x:auto;padding:2px 0 .5rem" tabindex="0" '
        f'role="region" aria-label="From files to results">{graph_svg(known, drawn, ways)}</div>'
        f'<p class="quiet">{hint}</p></div>'
        '<p class="listed">Below you see it step by step. On a wider screen there is a drawing.</p>'
        f'<p class="ways" style="margin:.5rem 0 0">{kept}</p></section>'
    )


def _alone(known: Lineage) -> str:
    if known.node["type"] in ("file", "source", "template"):
        return "Nothing was made from it yet. Once it is imported, the way to the results is here."
    return "Nothing is known of what it was made from, and nothing was made from it."


def steps(known: Lineage, drawn: Drawn, links: Links, ways: Ways) -> str:
    """The same as the picture in words: every thing with its facts, in the order of making."""
    used, parts = known.used, []
    for type in ORDER:
        mine = [one for one in drawn.nodes if one["type"] == type]
        groups = [group for group in drawn.groups if group.type == type]
        if not mine and not groups:
            continue
        items = [_item(one, known, links, used.get(one["id"], 0)) for one in mine]
        items += [_group_item(group, ways) for group in groups]
        count = len(mine) + sum(len(group.members) for group in groups)
        head = CALLED[type][1] + (f" ({count:,})" if count > 1 else "")
        parts.append(f'<h3 style="margin-top:.75rem">{escape(head)}</h3>{_listed(items)}')
    return f'<section class="card"><h2>Step by step</h2>{"".join(parts)}</section>'


def _listed(items: Sequence[str]) -> str:
    return '<ul class="due">' + "".join(f"<li>{one}</li>" for one in items) + "</ul>"


def _item(node: Node, known: Lineage, links: Links, used: int) -> str:
    if node["hidden"]:
        return f'<span class="quiet">{HIDDEN}</span>'
    name, traced = escape(name_of(node, known.traits)), links.traced(node)
    here = node["id"] == known.start
    shown = f"<b>{name}</b>" if here or not traced else f'<a href="{escape(traced)}">{name}</a>'
    fact = escape(fact_of(node, known.traits, used))
    href, where = links.home(node)
    away = f'<a class="quiet" href="{escape(href)}">{escape(where)}</a>' if href else ""
    said = pairs(node, known.traits) if not here else []
    more = (
        f'<details style="flex-basis:100%"><summary class="quiet">Facts</summary>{facts(said)}'
        "</details>"
        if said
        else ""
    )
    return f'{shown} <span class="quiet">{fact}</span> {away}{more}'


def _group_item(group: Group, ways: Ways) -> str:
    if group.hidden:
        return f'<span class="quiet">{escape(group.name)}</span>'
    return f'<a href="{escape(ways.opened(group))}">{escape(group.name)}</a>'


def resting(known: Lineage, links: Links) -> str:
    """Published breeding values that rest on it; nothing where they were not asked for."""
    found = known.resting
    if found is None:
        return ""
    if found.empty:
        return card(
            "Breeding values that rest on it",
            "<p>No published breeding value that you may see rests on it.</p>",
        )
    head = [("Animal", ""), ("Trait", ""), ("Value", "number"), ("Accuracy", "number"),
            ("Evaluation", ""), ("Published", "")]  # fmt: skip
    body = (_resting_row(one, known, links) for one in found.itertuples())
    more = f"The first {FIRST_RESTING}. " if len(found) >= FIRST_RESTING else ""
    note = f'<p class="quiet">{more}Choose an animal to see the way to its value.</p>'
    shown = table("Breeding values that rest on it", head, body)
    heading = "<h2>Breeding values that rest on it</h2>"
    return f'<section class="part">{heading}{shown}{note}</section>'


def _resting_row(one: Any, known: Lineage, links: Links) -> list[Cell]:
    href = links.lineage(VALUE, value_id(one.evaluation_id, one.animal_id))
    unit = known.traits.get(one.trait, {}).get("unit", "")
    sure = one.reliability
    return [
        Cell(f'<a href="{escape(href)}">{escape(one.tag)}</a>'),
        text(trait_name(one.trait, known.traits)),
        figure(f"{signed(one.value)} {unit}".strip()),
        figure(MISSING if missing(sure) else percent(max(0.0, float(sure)) ** 0.5)),
        text(one.evaluation),
        text(day(one.published_at)),
    ]
