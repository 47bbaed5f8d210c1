"""How a version is told; takes data, returns HTML."""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.pieces import Cell, badge, card, facts, figure, table, text, tiles
from dashboards.components.take_along import HOLDS, take_link
from dashboards.components.working import KINDS
from dashboards.dataset.data import Version
from dashboards.theme import counted, moment, number, words

Href = Callable[[str], str]


def header(version: Version, lineage: str) -> str:
    """What it is: name, number, tags, who froze it and why."""
    item = version.item
    badges = [badge("newest version", "good")] if version.is_newest else []
    badges += [badge(one["name"], "busy" if one["fixed"] else "") for one in version.own_tags]
    why = f"<p>{escape(item['why'])}</p>" if item["why"] else ""
    who = item["creator"] or "Somebody"
    told = f"{who} froze it on {moment(item['created_at'])}."
    if not version.frozen_by_hand:
        told = f"Kept for an evaluation on {moment(item['created_at'])}."
    from_ = f'<p><a href="{escape(lineage)}">Where does this come from?</a></p>' if lineage else ""
    return (
        f"<h2>{escape(item['name'])}, version {item['number']} {' '.join(badges)}</h2>{why}"
        f'<p class="quiet">{escape(told)} It never changes.</p>{from_}'
    )


def numbers(version: Version) -> str:
    """Rows of each table, farms, and genotype sets."""
    item = version.item
    order = [one["kind"] for one in version.tables] or [*item["counts"]]
    counts = [(number(item["counts"].get(name)), words(name)) for name in order if name != "farms"]
    counts.append((number(len(item["farm_ids"])), plural(item["farm_ids"], "farm")))
    if item["genotypes"]:
        counts.append((number(len(item["genotypes"])), plural(item["genotypes"], "genotype set")))
    return tiles(counts)


def plural(things: Sequence[object], one: str) -> str:
    return one if len(things) == 1 else f"{one}s"


def content_of(version: Version, href: Href, genotype_set: Href) -> str:
    """The hash, the parents, the farms, the members."""
    item = version.item
    pairs = [("Hash of the content", f"<code>{escape(item['content_hash'])}</code>")]
    if item["parent_ids"]:
        pairs.append(("Made from", ", ".join(_parent(one, version, href)
                                             for one in item["parent_ids"])))  # fmt: skip
    if version.farms:
        pairs.append(("Farms", escape(", ".join(version.farms))))
    chosen = _selection(item["description"].get("freeze") or {})
    if chosen:
        pairs.append(("Only", escape(chosen)))
    if item["genotypes"]:
        pairs.append(("Genotypes", "<br>".join(_member(one, genotype_set)
                                               for one in item["genotypes"])))  # fmt: skip
    return card("About", facts(pairs))


def _parent(id: str, version: Version, href: Href) -> str:
    number = version.number_of(id)
    name = f"version {number}" if number else "another dataset"
    return f'<a href="{escape(href(id))}">{name}</a>'


def _member(one: Mapping[str, Any], href: Href) -> str:
    name = f"{one['name']}, version {one['version']}"
    mark = escape(one["content_hash"][:12])
    return f'<a href="{escape(href(one["id"]))}">{escape(name)}</a> <code>{mark}</code>'


def _selection(asked: Mapping[str, Any]) -> str:
    rows = asked.get("rows") or {}
    parts = [f"from {rows['start']}"] if rows.get("start") else []
    parts += [f"to {rows['end']}"] if rows.get("end") else []
    parts += [", ".join(rows[name]) for name in ("traits", "events") if rows.get(name)]
    return ", ".join(parts)


def one_table(version: Version, kind: str, rows: Sequence[Item]) -> str:
    """First rows of a table, its columns in words, and the table as a file."""
    frozen = next(one for one in version.tables if one["kind"] == kind)
    path = f"datasets/{version.item['id']}/tables/{kind}/content"
    links = (
        f'<p style="display:flex;flex-wrap:wrap;gap:.5rem">'
        f"{take_link('Whole table (Parquet)', path, format='parquet')}"
        f"{take_link('Whole table (CSV)', path, format='csv')}</p>"
    )
    title = f"{words(kind).capitalize()}: {counted(frozen['rows'], 'row')}"
    first = _rows(frozen, rows)
    mark = (
        f'<p class="quiet">SHA-256 of the CSV: <code>{escape(frozen["sha256"])}</code>; a row is '
        f"named by {escape(', '.join(map(words, frozen['key'])))}.</p>"
    )
    return card(title, first + links + mark) + _columns(frozen)


def _rows(frozen: Item, rows: Sequence[Item]) -> str:
    if not rows:
        return "<p>This table has no rows.</p>"
    used = [one for one in frozen["columns"] if any(_there(row.get(one["name"])) for row in rows)]
    head = [(_head(one), _kind(one)) for one in used]
    body = ([Cell(shown(row.get(one["name"])), _kind(one)) for one in used] for row in rows)
    left = len(frozen["columns"]) - len(used)
    empty = f" {counted(left, 'column')} without a value here." if left else ""
    note = f'<p class="quiet">The first {counted(len(rows), "row")}.{empty}</p>'
    return table("First rows", head, body) + note


def _there(value: object) -> bool:
    return value not in (None, "")


def _head(column: Mapping[str, Any]) -> str:
    return words(column["name"]) + (f", {column['unit']}" if column["unit"] else "")


def _kind(column: Mapping[str, Any]) -> str:
    return "number" if column["type"] in ("number", "integer") else ""


def shown(value: Any) -> str:
    """A value as it is kept; a dash for none."""
    if not _there(value):
        return "–"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:,.1f}"
    return escape(str(value))


def _columns(frozen: Item) -> str:
    head = [("Column", ""), ("Holds", ""), ("Unit", ""), ("Means", "")]
    rows = [
        [
            Cell(f"<code>{escape(one['name'])}</code>"),
            text(HOLDS.get(one["type"], one["type"])),
            text(one["unit"]),
            Cell(escape(_meaning(one)), "wrap"),
        ]
        for one in frozen["columns"]
    ]
    return (
        f'<details class="fold card"><summary>The columns in words ({len(rows)})</summary>'
        f"{table('Columns', head, rows)}</details>"
    )


def _meaning(column: Mapping[str, Any]) -> str:
    codes = column["codes"]
    few = f" ({', '.join(codes)})" if 0 < len(codes) <= 12 else ""
    return column["description"] + few


def cited(citation: Item) -> str:
    """What one copies, apart from sentence and BibTeX, which stand in fields."""
    name = f"<p>Name of the content itself: <code>{escape(citation['identifier'])}</code></p>"
    told = (
        '<p class="quiet">It is the SHA-256 of the rows. Whoever has the rows can compute it, so '
        "a reader knows whether these are the ones.</p>"
    )
    return card("The same rows everywhere", name + told)


def as_json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False)


def tags(version: Version, href: Href) -> str:
    """Every tag of the dataset and the version that it stands at."""
    if not version.tags:
        return (
            '<p class="card">No version has a tag yet. A tag is a name for a version, such as '
            "official or thesis-2026.</p>"
        )
    head = [("Tag", ""), ("Version", "number"), ("Stays for good", ""), ("Why", ""), ("Since", "")]
    rows = ([_tag(one), Cell(_parent(one["version_id"], version, href), "number"),
             text("yes" if one["fixed"] else "no"), Cell(escape(one["why"]) or "–", "wrap"),
             text(moment(one["updated_at"]))] for one in version.tags.values())  # fmt: skip
    return table("Tags", head, rows)


def _tag(one: Item) -> Cell:
    return Cell(badge(one["name"], "busy" if one["fixed"] else ""))


def imports(found: Sequence[Item], href: Href, farms: Mapping[str, str]) -> str:
    """The imports of a restore: what each would do or did."""
    if not found:
        return ""
    dry = all(one["dry_run"] for one in found)
    head = [("Table", ""), ("Farm", ""), ("State", ""), ("Rows", "number"),
            ("Would change" if dry else "New or changed", "number"), ("As they are", "number"),
            ("Not taken", "number"), ("Report", "")]  # fmt: skip
    codes = {id: code for code, id in farms.items()}
    rows = (
        [
            text(words(one["kind"])),
            text(codes.get(one["farm_id"], "another farm")),
            Cell(_state(one), "wrap" if one["error"] else ""),
            figure(number(one["rows_read"])),
            figure(number(_changing(one))),
            figure(number(one["rows_unchanged"])),
            figure(number(one["rows_rejected"])),
            Cell(f'<a href="{escape(href(one["id"]))}">open</a>'),
        ]
        for one in found
    )
    told = "Tried only: nothing was changed in any farm." if dry else (
        "Rows are brought back; what was added since stays."
    )  # fmt: skip
    return f"<p><b>{told}</b></p>{table('Imports', head, rows)}"


def _changing(one: Item) -> int:
    """Rows that were loaded; of a dry run those that would have been."""
    if not one["dry_run"]:
        return int(one["rows_loaded"])
    return int(one["rows_read"] - one["rows_unchanged"] - one["rows_rejected"])


def _state(one: Item) -> str:
    error = f'<br><span class="wrong">{escape(one["error"])}</span>' if one["error"] else ""
    return badge(one["state"], KINDS.get(one["state"], "")) + error


def evaluate(version: Version, runs: str) -> str:
    """How an evaluation of this version is started."""
    code = (
        "import agrigen as ag\n\nhub = ag.connect()\n"
        f'hub.evaluations.create(model, dataset="{escape(version.item["id"])}")'
    )
    told = (
        "An evaluation of this version sees nothing of what was entered or corrected since: the "
        "numbers are those that it would have given then."
    )
    link = f'<p><a href="{escape(runs)}">See the runs</a></p>' if runs else ""
    return card("Evaluate it", f"<p>{told}</p><pre><code>{code}</code></pre>{link}")
