"""How watched places are drawn; takes data, returns HTML."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.pieces import Cell, badge, card, facts, progress, table, text
from dashboards.components.take_along import size_of
from dashboards.imports.state import KINDS
from dashboards.sources.data import MOST_FILES, Overview
from dashboards.sources.schedules import in_words
from dashboards.theme import MISSING, counted, missing, moment, words

ALL_KINDS = {**KINDS, "genotypes": "Genotypes"}
FILE_STATES = {
    "waiting": ("waits until it is whole", "busy"), "taken": ("taken", "good"),
    "unchanged": ("the same as before", ""), "refused": ("not taken", "bad"),
}  # fmt: skip
INTRO = (
    "A scale, a laboratory or another program puts files somewhere, and the hub takes them in by "
    "itself. Each file is taken once; the originals are never changed."
)
Href = Callable[[str], str]


def sources(found: Overview, href: Href) -> str:
    """Every watched place: when, how it went, what comes next."""
    if not found.sources:
        if not found.places:
            return f'<p class="card">{NO_PLACES}</p>'
        return (
            '<p class="card">No place is watched yet. Press <b>Watch a new place</b> to say where '
            "files arrive, for which farm, and when to look.</p>"
        )
    head = [("Name", ""), ("State", ""), ("Farm", ""), ("Place", ""), ("When", ""),
            ("Last look", ""), ("Next look", "")]  # fmt: skip
    return table("Watched places", head, (_row(one, found, href) for one in found.sources))


NO_PLACES = (
    "This hub lets no place be watched yet. Its operator names folders, buckets and databases in "
    "the settings; the guide says how."
)


def _row(one: Item, found: Overview, href: Href) -> list[Cell]:
    return [
        Cell(f'<a href="{escape(href(one["id"]))}">{escape(one["name"])}</a>', "wrap"),
        Cell(state(one, found), "wrap"),
        text(found.farm_name(one["farm_id"])),
        Cell(f"<code>{escape(one['place'])}</code>"),
        Cell(escape(when(one)), "wrap"),
        Cell(last(one), "wrap"),
        text(moment(one["next_run_at"]) if one["enabled"] else MISSING),
    ]


def state(one: Item, found: Overview) -> str:
    """In a word: at work, in error, paused, or watched."""
    if found.working(one) is not None:
        return badge("looking now", "busy")
    if one["error"]:
        return badge("error", "bad") + ("" if one["enabled"] else " " + badge("paused"))
    return badge("watched", "good") if one["enabled"] else badge("paused")


def when(one: Mapping[str, Any]) -> str:
    """The schedule in words, with its time zone where it is not plain."""
    said = in_words(one["schedule"])
    return said if not one["schedule"] else f"{said} ({one['timezone']})"


def last(one: Mapping[str, Any]) -> str:
    """When it was looked at last, and what was found."""
    if missing(one["last_run_at"]):
        return '<span class="quiet">not yet</span>'
    return f"{escape(moment(one['last_run_at']))}<br>{counts(one['last_counts'])}"


def counts(found: Mapping[str, int]) -> str:
    """'3 files, 2 taken, 1 not taken'."""
    named = (("taken", "taken"), ("unchanged", "as before"), ("waiting", "wait"),
             ("refused", "not taken"), ("left", "left for the next look"))  # fmt: skip
    parts = [counted(found.get("found", 0), "file")]
    parts += [f"{found[name]:,} {said}" for name, said in named if found.get(name)]
    return f'<span class="quiet">{escape(", ".join(parts))}</span>'


def one(found: Overview, template: str) -> str:
    """A place: what it is, how its last run went and why it failed."""
    source = found.one
    if source is None:
        return ""
    pairs = [
        ("State", state(source, found)),
        ("Farm", escape(found.farm_name(source["farm_id"]))),
        ("What", escape(ALL_KINDS.get(source["kind"], source["kind"]))),
        ("Place", f"<code>{escape(source['place'])}</code>"),
        ("Files", f"<code>{escape(source['pattern'])}</code>"),
        ("Columns", escape(template) if template else "by their usual names"),
        ("When", escape(when(source))),
        ("Last look", last(source)),
        ("Next look", moment(source["next_run_at"]) if source["enabled"] else "paused"),
    ]
    if source["query"]:
        pairs.insert(4, ("Question", f"<code>{escape(source['query'])}</code>"))
    if source["error"]:
        tried = f" ({counted(source['failures'], 'run')} in a row)" if source["failures"] else ""
        pairs.append(("What went wrong", f'<b class="held">{escape(source["error"] + tried)}</b>'))
    return card(source["name"], facts(pairs) + _progress(found.working(source)))


def _progress(job: Mapping[str, Any] | None) -> str:
    if job is None:
        return ""
    said = escape(str(job.get("message") or "waiting for a free worker"))
    return progress(float(job.get("progress") or 0)) + f'<p class="quiet">{said}</p>'


def files(found: Overview, imports: Href, genotypes: Href) -> str:
    """Files that were seen there, with their imports or the reason."""
    if not found.files:
        return '<p class="card">No file was seen there yet.</p>'
    head = [("File", ""), ("", ""), ("What became of it", ""), ("Size", "number"), ("Changed", "")]
    head[1] = ("State", "")
    note = ""
    if len(found.files) == MOST_FILES:
        note = f'<p class="quiet">The last {MOST_FILES} that were seen.</p>'
    cells = (_file(file, imports, genotypes) for file in found.files)
    return "<h2>Files</h2>" + note + table("Files of this place", head, cells)


def _file(one: Mapping[str, Any], imports: Href, genotypes: Href) -> list[Cell]:
    said, kind = FILE_STATES.get(one["state"], (words(one["state"]), ""))
    return [
        Cell(escape(one["key"]), "wrap"),
        Cell(badge(said, kind)),
        Cell(_became(one, imports, genotypes), "wrap"),
        Cell("" if missing(one["size"]) else size_of(int(one["size"])), "number"),
        text(moment(one["modified_at"])),
    ]


def _became(one: Mapping[str, Any], imports: Href, genotypes: Href) -> str:
    links = [
        f'<a href="{escape(href(one[name]))}">{said}</a>'
        for name, href, said in (("import_id", imports, "Open the import"),
                                 ("genotype_set_id", genotypes, "Open the genotypes"))
        if one.get(name) and not missing(one[name])
    ]  # fmt: skip
    note = [escape(str(one["note"]))] if one["note"] else []
    return "<br>".join(links + note) or MISSING
