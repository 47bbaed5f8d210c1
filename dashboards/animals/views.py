"""Breeding values, pedigree, genotypes and records of one animal; returns HTML and charts."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import pandas as pd

from agrigen.client import Item
from dashboards.animals.data import GENERATIONS, AnimalCard, groups_over_time
from dashboards.components import charts
from dashboards.components.pedigree import pedigree_html
from dashboards.components.pieces import Cell, badge, card, figure, table, text
from dashboards.components.provenance import provenance_footer
from dashboards.theme import (
    better_than,
    counted,
    day,
    missing,
    number,
    percent,
    signed,
    words,
)

FEWEST_FOR_A_CHART = 4
MOST_CHARTS = 4
DRAWN_ELSEWHERE = ("weight", "birth_weight", "weaning_weight", "milk_yield")

Href = Callable[[str], str]
Origin = Callable[[str, str], str]


def breeding_values(known: AnimalCard, origin: Origin | None = None) -> str:
    """A card per trait: value, accuracy, and where that stands among its breed.

    `origin` is the address where one sees from which files a value comes, by evaluation and animal.
    """
    if not known.values:
        return card(
            "Breeding values",
            "<p>No published evaluation includes this animal yet. "
            "Breeding values appear here after the next one.</p>",
        )
    boxes = "".join(
        _value(one, known.traits.get(one["trait"], Item()), origin) for one in known.values
    )
    explained = (
        "A breeding value is what an animal is expected to be worth as a parent, compared with an "
        "average of 0; half of it is passed on. Accuracy says how much is known: at 100 % it would "
        "be certain, below about 40 % it can still change a lot."
    )
    if any(one.get("role") == "maternal" for one in known.values):
        explained += (
            " “As a mother” is what she adds to her offspring by milk and care, beside the genes "
            "that they get; males pass it on to their daughters."
        )
    return card(
        "Breeding values", f'<div class="values">{boxes}</div><p class="quiet">{explained}</p>'
    )


def _value(one: Mapping[str, Any], trait: Mapping[str, Any], origin: Origin | None) -> str:
    mother = one.get("role") == "maternal"
    name = (trait.get("name") or words(one["trait"])) + (", as a mother" if mother else "")
    unit = trait.get("unit", "")
    better = min(100.0, max(0.0, float(one["percentile"])))
    breed = escape(one["breed"] or "its breed")
    kind = "record of offspring" if mother else "own record"
    own = counted(one["records"], kind, _PLURAL[kind]) if one["records"] else f"no {_PLURAL[kind]}"
    spread = "" if missing(one.get("se")) else f", give or take {number(one['se'], 2)} {unit}"
    return (
        f'<div class="value"><h3>{escape(name)}</h3>'
        f"<b>{signed(one['value'])} {escape(unit)}</b>"
        f'<div class="scale" role="img" aria-label="Better than {better:.0f} percent">'
        f'<i style="left:{min(98.5, max(1.5, better)):.1f}%"></i></div>'
        f'<div class="ends"><span>lowest</span><span>average</span><span>highest</span></div>'
        f"<p>Better than {better_than(better)} of {breed}.</p>"
        f'<p class="quiet">Accuracy {percent(one.get("accuracy"))}{escape(spread)}; {own}.</p>'
        f"{_origin(one, origin)}</div>"
    )


def _origin(one: Mapping[str, Any], origin: Origin | None) -> str:
    if origin is None:
        return ""
    href = escape(origin(str(one["evaluation_id"]), str(one["animal_id"])))
    return f'<p class="quiet"><a href="{href}">Where does this number come from?</a></p>'


_PLURAL = {"own record": "own records", "record of offspring": "records of offspring"}


def pedigree(known: AnimalCard, href: Href) -> str:
    """The drawn pedigree; without known parents a sentence."""
    if len(known.ancestors) < 2:
        return card("Pedigree", "<p>No parents are recorded, so there is nothing to draw.</p>")
    drawing = pedigree_html(known.ancestors, href, generations=GENERATIONS)
    hint = '<p class="quiet">Choose an ancestor to see its page.</p>'
    return card("Pedigree", drawing + hint)


def genotypes(known: AnimalCard, genotype_set: Href, href: Href) -> str:
    """In which sets the animal is, and what its DNA says of its parents; "" without any."""
    if not known.genotypes:
        return ""
    head = [("Genotyped in", ""), ("Date", ""), ("Markers", "number"), ("Call rate", "number")]
    rows = (
        [
            Cell(_set_link(one, genotype_set) + _left_out(one)),
            text(day(one["created_at"])),
            figure(number(one["markers"])),
            figure(percent(one["call_rate"], 1)),
        ]
        for one in known.genotypes
    )
    said = "".join(f"<li>{_parent_by_dna(one, href)}</li>" for one in known.parents)
    parents = f'<ul style="margin:.75rem 0 0">{said}</ul>' if said else ""
    return card("Genotypes", table("Genotype sets of this animal", head, rows) + parents)


def _set_link(one: Mapping[str, Any], genotype_set: Href) -> str:
    name = one["set_name"] + (f", version {one['version']}" if one["version"] > 1 else "")
    return f'<a href="{escape(genotype_set(str(one["set_id"])))}">{escape(name)}</a>'


def _left_out(one: Mapping[str, Any]) -> str:
    return "" if one["state"] == "kept" else " " + badge("left out", "bad")


def _parent_by_dna(pair: Mapping[str, Any], href: Href) -> str:
    """One sentence on one parent."""
    role, recorded = pair["role"], pair["recorded"]
    said = BY_DNA.get(pair["status"], "The {role}{recorded} could not be tested.")
    sentence = escape(said.format(role=role, recorded=f" {recorded}" if recorded else ""))
    found = [one for one in pair["proposed"] if one["animal_id"]]
    if found:
        fits = f'<a href="{escape(href(str(found[0]["animal_id"])))}">{escape(found[0]["tag"])}</a>'
        sentence += f" {fits} fits as the {role}."
    return sentence


BY_DNA = {
    "accepted": "The recorded {role}{recorded} is confirmed by DNA.",
    "excluded": "The recorded {role}{recorded} cannot be the {role}, says the DNA.",
    "doubtful": "The recorded {role}{recorded} is doubtful by DNA.",
    "not genotyped": "The {role}{recorded} has no genotypes, so it could not be tested.",
    "too few markers": "Too few markers were read to test the {role}{recorded}.",
    "unknown": "No {role} is recorded.",
}


def records(known: AnimalCard) -> list[Any]:
    """A chart per trait with enough records; weights and milk have pictures of their own."""
    made = []
    for trait, group in _by_trait(known.records):
        if trait in DRAWN_ELSEWHERE and (known.performance or known.lactations):
            continue
        named = known.traits.get(trait, Item())
        series = groups_over_time(group)
        if sum(len(days) for _, days, _ in series) >= FEWEST_FOR_A_CHART:
            plot = charts.points_over_time(series, named.get("unit", ""))
            made.append(charts.panel_of(plot, escape(named.get("name") or words(trait))))
    return made[:MOST_CHARTS]


def record_list(known: AnimalCard) -> str:
    """The newest records as a table."""
    if known.records.empty:
        return card("Records", "<p>No records of this animal.</p>")
    newest = known.records.sort_values("recorded_on", ascending=False, na_position="last").head(20)
    head = [("Date", ""), ("Trait", ""), ("Value", "number")]
    head += [("Occasion", "")] if newest["occasion"].fillna("").any() else []
    rows = (
        [
            text(day(one.recorded_on)),
            text(known.traits.get(one.trait, Item()).get("name") or words(one.trait)),
            figure(f"{one.value:,.4g} {known.traits.get(one.trait, Item()).get('unit', '')}"),
            text(one.occasion),
        ][: len(head)]
        for one in newest.itertuples()
    )
    shown = f"Newest {len(newest)} of {len(known.records)}" if len(known.records) > 20 else ""
    note = f'<p class="quiet">{shown}</p>' if shown else ""
    return card("Records", table("Records of this animal", head, rows) + note)


def footer(known: AnimalCard) -> str:
    """Where the breeding values come from."""
    if not known.values:
        return ""
    first = known.values[0]
    return provenance_footer(
        {"name": first.get("evaluation"), "published_at": first.get("published_at")}
    )


def _by_trait(records: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if records.empty:
        return []
    return [(str(trait), group) for trait, group in records.groupby("trait")]
