"""How exports are told; takes data, returns HTML."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.page import message
from dashboards.components.pieces import Cell, card, facts, figure, table, text
from dashboards.components.take_along import HOLDS, size_of, take_link
from dashboards.components.working import progress_of, state_badges
from dashboards.exports.data import Overview
from dashboards.theme import counted, day, moment, number, words

Href = Callable[[str], str]

INTRO = (
    "Whatever you may see here you may take along, in files that other programs read. What goes in "
    "again through imports is named so; a file that was not changed changes nothing."
)
NONE = (
    "You have taken nothing along yet. Choose above what you want; the files are kept for a week."
)
NAMES = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "json": "JSON",
         "jsonl": "JSON lines", "plink": "PLINK", "vcf": "VCF", "blupf90": "BLUPF90"}  # fmt: skip


def intro() -> str:
    return f'<p class="quiet">{INTRO}</p>'


def content_link(item: Mapping[str, Any]) -> str:
    """The archive, sent by the API itself."""
    return take_link(f"Download ({size_of(item['size'])})", f"exports/{item['id']}/content")


def chosen(found: Overview, farms: Mapping[str, str]) -> str:
    """The export that is looked at: how far it is, what is in it, and the archive."""
    item = found.chosen
    if item is None:
        return message("Export not found", "There is no such export of yours. Choose another.")
    head = f"<p>{state_badges(item)} {escape(_what(item, farms))}</p>"
    body = {"done": _made, "failed": _failed, "expired": _expired}.get(item["state"])
    more = body(item) if body else progress_of(item, found.jobs.get(item["id"], Item()))
    return card(f"Your export of {moment(item['created_at'])}", head + more)


def _made(item: Item) -> str:
    counts = ", ".join(counted(rows, words(name), words(name))
                       for name, rows in item["counts"].items())  # fmt: skip
    pairs = [
        ("Rows", escape(counts) or "–"),
        ("Kept until", day(item["expires_at"])),
        ("Downloaded", counted(item["downloads"], "time")),
        ("SHA-256", f"<code>{escape(item['sha256'])}</code>"),
    ]
    inside = (
        '<p class="quiet">One archive (ZIP) with the files, a dictionary of all columns, and who '
        "made it when and from what.</p>"
    )
    return f"<p>{content_link(item)}</p>{facts(pairs)}{inside}"


def _failed(item: Item) -> str:
    return f'<p class="wrong">{escape(item["error"])}</p>'


def _expired(_: Item) -> str:
    return "<p>The archive was kept for a week and is gone. Ask for the same again.</p>"


def exports(found: Overview, farms: Mapping[str, str], href: Href) -> str:
    """Every export of the viewer."""
    if not found.exports:
        return f'<p class="card">{NONE}</p>'
    head = [("When", ""), ("What", ""), ("State", ""), ("Rows", "number"), ("Size", "number"),
            ("Kept until", ""), ("Archive", "")]  # fmt: skip
    rows = (_row(one, found, farms, href) for one in found.exports)
    told = '<p class="quiet">Only you see these, and only you can download them.</p>'
    return table("Exports", head, rows) + told


def _row(one: Item, found: Overview, farms: Mapping[str, str], href: Href) -> list[Cell]:
    done = one["state"] == "done"
    busy = one["id"] in found.jobs
    state = state_badges(one) + progress_of(one, found.jobs.get(one["id"], Item()))
    return [
        Cell(f'<a href="{escape(href(one["id"]))}">{moment(one["created_at"])}</a>'),
        Cell(escape(_what(one, farms)), "wrap"),
        Cell(state, "wrap" if busy else ""),
        figure(number(sum(one["counts"].values())) if done else "–"),
        figure(size_of(one["size"]) if one["size"] else "–"),
        text(day(one["expires_at"])),
        Cell(content_link(one) if done else "–"),
    ]


def _what(one: Mapping[str, Any], farms: Mapping[str, str]) -> str:
    """'Animals, records of Hill Farm as CSV'."""
    names = [farms.get(id, "a farm") for id in one["farm_ids"]]
    where = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    what = ", ".join(words(kind) for kind in one["kinds"]) or "genotypes"
    filters = one["filters"]
    days = "".join(f" {word} {day(filters[word])}" for word in ("from", "to") if word in filters)
    lists = [words(code) for name in ("traits", "events", "status") for code in
             filters.get(name, ())]  # fmt: skip
    only = f", only {', '.join(lists)}" if lists else ""
    format = NAMES.get(one["format"], one["format"])
    return f"{what[:1].upper()}{what[1:]} of {where} as {format}{days}{only}"


def dictionary(one: Item) -> str:
    """What the columns of a table mean."""
    head = [("Column", ""), ("Means", ""), ("Unit", ""), ("Holds", ""), ("May be empty", "")]
    rows = (_column(column) for column in one["columns"] if column["name"] != "farm")
    again = "It goes in again through imports." if one["importable"] else "For reading only."
    told = f"<p>{escape(one['sentence'])} {again}</p>"
    return told + table(f"Columns of {one['title']}", head, rows)


def _column(column: Mapping[str, Any]) -> list[Cell]:
    codes = column["codes"]
    few = f" ({', '.join(codes[:12])}{', …' if len(codes) > 12 else ''})" if codes else ""
    return [
        Cell(f"<code>{escape(column['name'])}</code>"),
        Cell(escape(column["description"] + few), "wrap"),
        text(column["unit"]),
        text(HOLDS.get(column["type"], column["type"])),
        text("no" if column["required"] else "yes"),
    ]


def missing(asked: Mapping[str, Any]) -> str:
    """What is missing in the form as a sentence; empty when nothing is."""
    if "genotype_set" in asked:
        return "" if asked["genotype_set"] else "Choose a genotype set."
    if not asked["farms"]:
        return "Choose at least one farm."
    if not asked["kinds"]:
        return "Choose at least one table."
    days = asked["filters"]
    if days.get("from", "") > days.get("to", "9"):
        return "The first day is after the last one. Turn them round."
    return ""
