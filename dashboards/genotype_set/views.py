"""How one genotype set is drawn: what it is, its samples and parents; takes data, returns HTML."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import pandas as pd

from agrigen.client import Item
from dashboards.components.pieces import Cell, badge, card, facts, figure, table, text, tiles
from dashboards.components.working import progress_of, state_badges
from dashboards.genotype_set.data import SetCard
from dashboards.genotypes.views import title_of
from dashboards.lineage.links import lineage_way
from dashboards.theme import MISSING, counted, day, missing, number, percent, sex_word, words

Href = Callable[[str], str]

STATUSES = {
    "accepted": ("{role} confirmed", "good"),
    "doubtful": ("{role} doubtful", "busy"),
    "excluded": ("not the {role}", "bad"),
    "too few markers": ("{role}: too few markers", ""),
    "not genotyped": ("{role} not genotyped", ""),
    "unknown": ("{role} not recorded", ""),
}
REASONS = {
    "sample_call_rate": "too few genotypes known",
    "heterozygosity": "heterozygosity far from the others'",
    "duplicate": "the same animal as another sample",
    "sex": "sex conflicts with the X chromosome",
    "parents": "conflicts with the recorded parents",
}


def header(known: SetCard, origin: str = "") -> str:
    """What the set is and how it stands; `origin` leads to its files and what rests on it."""
    item = known.item
    pairs = [
        ("State", state_badges(item)),
        ("Farm", escape(known.farm.get("name") or MISSING)),
        ("Species", escape(item["species"])),
        ("Panel", escape(_panel(known))),
        ("Date", day(item["created_at"])),
    ]
    if item["error"]:
        pairs.append(("Why it stopped", escape(item["error"])))
    way = lineage_way(origin, "Where do they come from, and what rests on them?")
    return card(title_of(item), facts(pairs) + progress_of(item, known.job) + way)


def _panel(known: SetCard) -> str:
    parts = [known.panel.get("name"), known.panel.get("assembly")]
    return ", ".join(str(part) for part in parts if part) or MISSING


def numbers(known: SetCard) -> str:
    """The set in a few numbers."""
    counts = known.item["counts"]
    shown = [
        (number(counts.get("samples")), "samples"),
        (number(counts.get("linked")), "linked to animals"),
        (number(counts.get("markers")), "markers"),
    ]
    left = ((counts.get("excluded_samples"), "samples left out"),
            (counts.get("excluded_markers"), "markers left out"))  # fmt: skip
    return tiles(shown + [(number(count), label) for count, label in left if count])


def not_there(known: SetCard) -> str:
    """Instead of results, while there are none."""
    if known.busy:
        text = "The files are being read and checked. Results appear here by themselves."
        return f'<p class="card">{text}</p>'
    return '<p class="card">This set has no genotypes.</p>'


def samples(rows: pd.DataFrame, animal: Href, *, plain: bool, more: bool) -> str:
    """Samples with their animals."""
    if rows.empty:
        return '<p class="card">No sample matches.</p>'
    head = [("Animal", ""), ("State", ""), ("Call rate", "number"), ("Sample", "")]
    head += [] if plain else [("Heterozygosity", "number"), ("Sex", "")]
    cells = (_sample(one, animal)[: len(head)] for one in rows.itertuples())
    note = ""
    if more:
        note = f'<p class="quiet">The first {len(rows):,}; search for others.</p>'
    said = (
        '<p class="quiet">The call rate is the share of markers that could be read; good samples '
        "are above 95 %.</p>"
    )
    return said + table("Samples", head, cells) + note


def _sample(one: Any, animal: Href) -> list[Cell]:
    return [
        _animal(one.animal_id, one.tag, animal, otherwise=one.unlinked or "no animal"),
        Cell(_state(one), "wrap" if one.reasons else ""),
        figure(percent(one.call_rate, 1)),
        text(one.name),
        figure(number(one.heterozygosity, 3)),
        Cell(_sex(one)),
    ]


def _animal(id: Any, tag: Any, href: Href, *, otherwise: str = "") -> Cell:
    if missing(id) or not id:
        return Cell(
            f'<span class="quiet">{escape(otherwise)}</span>' if otherwise else MISSING, "wrap"
        )
    return Cell(f'<a href="{escape(href(str(id)))}">{escape(str(tag or id))}</a>')


def _state(one: Any) -> str:
    if one.state == "kept":
        return badge("kept", "good")
    reasons = ", ".join(REASONS.get(why, words(why)) for why in one.reasons)
    return badge("left out", "bad") + (f"<br>{escape(reasons)}" if reasons else "")


def _sex(one: Any) -> str:
    recorded, found = one.sex_recorded, one.sex_found
    if found in (None, "U") or found == recorded:
        return sex_word(recorded)
    if recorded in (None, "U"):
        return f"{sex_word(found)} by DNA"
    return badge(f"recorded {sex_word(recorded)}, {sex_word(found)} by DNA", "bad")


def parents(rows: pd.DataFrame, which: str, animal: Href, *, plain: bool) -> str:
    """Recorded parents and what their DNA says."""
    if rows.empty:
        return f'<p class="card">{_no_parents(which)}</p>'
    head = [("Animal", ""), ("DNA says", ""), ("Recorded", "")]
    head += [] if plain else [("Conflicts", "number")]
    head += [("Fits instead", "")]
    cells = (_pair(one, animal, plain=plain) for one in rows.itertuples())
    said = (
        "A parent gives one of its two copies of every marker to its offspring. Where an animal "
        "has AA and its recorded parent BB, that is a conflict; errors of reading make a few, a "
        "wrong parent hundreds."
    )
    return f'<p class="quiet">{said}</p>' + table("Parents", head, cells)


def _no_parents(which: str) -> str:
    if which == "open":
        return "Nothing to look at: no recorded parent is in conflict with the genotypes."
    return "No recorded parent of this kind."


def _pair(one: Any, animal: Href, *, plain: bool) -> list[Cell]:
    said, kind = STATUSES.get(one.status, ("{role}: " + str(one.status), ""))
    cells = [
        _animal(one.animal_id, one.tag, animal),
        Cell(badge(said.format(role=one.role), kind)),
        _animal(one.recorded_id, one.recorded, animal, otherwise="not recorded"),
    ]
    if not plain:
        cells.append(figure(_conflicts(one.opposing, one.compared)))
    return [*cells, Cell(_proposed(one.proposed, animal), "wrap")]


def _conflicts(opposing: Any, compared: Any) -> str:
    if missing(opposing) or missing(compared) or not compared:
        return MISSING
    return f"{opposing:,.0f} of {compared:,.0f}"


def _proposed(found: Sequence[dict[str, Any]], animal: Href) -> str:
    if not found:
        return MISSING
    return "<br>".join(
        _animal(one["animal_id"], one["tag"], animal).html + _verdict(one) for one in found[:3]
    )


def _verdict(one: dict[str, Any]) -> str:
    sure = f"{one['opposing']:,} of {one['compared']:,} conflict"
    doubt = "" if one["verdict"] == "proposed" else f", {one['verdict']}"
    return f' <span class="quiet">({escape(sure + doubt)})</span>'


def region_note(found: Item) -> str:
    """What of the region is shown."""
    markers, samples = len(found["markers"]), len(found["samples"])
    if not markers:
        return '<p class="card">There is no marker between these places.</p>'
    last = found["markers"][-1]["position"] / 1e6
    first = found["markers"][0]["position"] / 1e6
    shown = (
        f"{counted(markers, 'marker')} of {found['total_markers']:,} from {first:.2f} to "
        f"{last:.2f} Mb, {counted(samples, 'animal')} of {found['total_samples']:,}. The darker, "
        "the more copies of the counted allele; white is not known."
    )
    return f'<p class="quiet">{shown}</p>'


def origin(known: SetCard, href: Href, export: dict[str, str]) -> str:
    """Where the set comes from, its other versions, and what it can be taken away as."""
    item, provenance = known.item, known.item["provenance"] or {}
    software = provenance.get("software") or {}
    pairs = [
        ("Made of", _made_of(known, href)),
        ("Newer versions", _versions(known.versions, href)),
        ("Format", escape(item["format"])),
        ("Alleles", escape(item["coding"])),
        ("Rules applied", escape(_rules(item["settings"].get("rules")))),
        ("Software", escape(f"{software.get('name', '')} {software.get('version', '')}".strip())),
        ("Content", f"<code>{escape(item['content_hash'][:12])}</code>"),
    ]
    links = "".join(f'<li><a href="{escape(where)}">{escape(name)}</a></li>'
                    for name, where in export.items())  # fmt: skip
    return card("Where it comes from", facts(pairs)) + card("Take it with you", f"<ul>{links}</ul>")


def _made_of(known: SetCard, href: Href) -> str:
    if known.origin:
        name = f"{known.origin['name']}, version {known.origin['version']}"
        return f'<a href="{escape(href(known.origin["id"]))}">{escape(name)}</a>'
    return counted(len(known.item["file_ids"]), "file")


def _versions(found: Sequence[Item], href: Href) -> str:
    if not found:
        return "none"
    return "<br>".join(
        f'<a href="{escape(href(one["id"]))}">{escape(one["name"])}, version {one["version"]}</a>'
        for one in found
    )


def _rules(rules: Any) -> str:
    if not rules:
        return "none; quality was only reported"
    return ", ".join(f"{words(name)} {value}" for name, value in rules.items() if value is not None)
