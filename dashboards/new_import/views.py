"""How a file is shown before it goes in; every text of a file is escaped."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.page import Link
from dashboards.components.pieces import FILE_LINK, Cell, card, facts, figure, table, text
from dashboards.components.take_along import size_of
from dashboards.imports.views import HAND_IN
from dashboards.new_import.data import Seen, wrong_rows
from dashboards.new_import.state import MOST_COLUMNS, SHOWN_ROWS
from dashboards.new_import.uses import KEEP, LEAVE
from dashboards.new_import.words import DELIMITERS, ORDERS
from dashboards.theme import RED, counted, moment, number

FORMATS = {
    "csv": "table of texts (CSV)", "xlsx": "Excel workbook", "parquet": "Parquet table",
    "json": "JSON", "jsonl": "JSON lines", "ade": "ICAR messages", "sqlite": "SQLite database",
    "spaced": "columns with spaces between",
}  # fmt: skip
MOST_CELL = 40
MOST_FINDINGS = 8
GONE = f"color:{RED};text-decoration:line-through;background:#fbeaea"
NEW = "color:#14523a;background:#e4f1ea;text-decoration:none;font-weight:600"


def files(found: Sequence[Item], href: Callable[[str], str]) -> str:
    """One's files that wait to be imported, newest first."""
    link = f'<p><a href="{HAND_IN}" style="{FILE_LINK}">Hand in files</a></p>'
    if not found:
        told = "No file waits to be imported. Hand one in; nothing goes in before you have seen it."
        return f'<div class="card"><p>{told}</p>{link}</div>'
    rows = (
        [
            Cell(f'<a href="{escape(href(one["id"]))}">{escape(one["name"])}</a>', "wrap"),
            figure(size_of(one["size"])),
            text(moment(one["created_at"])),
        ]
        for one in found
    )
    head = [("File", ""), ("Size", "number"), ("Handed in", "")]
    told = "<p>Files that you handed in and that nothing was imported from yet. Choose one.</p>"
    return told + table("Files that wait", head, rows) + link


def no_farm() -> str:
    return '<p class="card">You work on no farm that data could go to.</p>'


def file_facts(file: Item, seen: Seen) -> str:
    """What the file is, as far as somebody wants to know it."""
    preview = seen.preview
    pairs = [
        ("File", f"{escape(file['name'])}, {size_of(file['size'])}"),
        ("It is", escape(FORMATS.get(preview["format"], str(preview["format"])))),
    ]
    if preview["encoding"]:
        guessed = ", guessed" if preview["notes"].get("encoding_guessed") else ""
        pairs.append(("Letters", escape(f"{preview['encoding']}{guessed}")))
    if preview["delimiter"]:
        mark = DELIMITERS.get(preview["delimiter"], preview["delimiter"])
        pairs.append(("Between cells", escape(mark)))
    if preview["notes"].get("sheets"):
        pairs.append(("Sheets", escape(", ".join(map(str, preview["notes"]["sheets"])))))
    columns = counted(len(seen.names), "column")
    pairs.append(("Looked at", f"{columns}, the first {number(preview['rows_looked_at'])} rows"))
    return facts(pairs)


def verdict(seen: Seen, farm: str) -> str:
    """In a few sentences: is it understood, what is done to it, is something wrong."""
    preview = seen.preview
    if preview["refused"]:
        return (
            '<div class="message" role="alert"><h2>It cannot go in like this</h2>'
            f"<p>{escape(preview['refused'])}</p></div>"
        )
    used = [use for use in seen.uses.values() if use not in (KEEP, LEAVE)]
    parts = [
        f"{len(used)} of {counted(len(seen.uses), 'column')} "
        f"{'is' if len(used) == 1 else 'are'} used",
        counted(len(seen.steps), "step") + " of cleaning" if seen.steps else "nothing is cleaned",
        wrong(preview),
    ]
    fits = 2 * len(wrong_rows(preview)) <= preview["rows_looked_at"]
    doubt = "" if fits else (
        " Is it of another farm, or does it hold something else? Choose above; or change what the "
        "columns mean, below."
    )  # fmt: skip
    return (
        f'<p class="message{" good" if fits else ""}" role="status">{known(seen)}'
        f"For {escape(farm)}: {', '.join(parts)}.{doubt}</p>"
    )


def known(seen: Seen) -> str:
    """That files like this came before, where they did."""
    template = seen.suggested["template"]
    if not template:
        return ""
    sender = f" of {escape(template['sender'])}" if template["sender"] else ""
    return (
        f"<b>Files like this came before{sender}; this one is read as “{escape(template['name'])}” "
        "says.</b> "
    )


def wrong(preview: Item) -> str:
    """How many of the rows that were looked at are wrong."""
    rows = wrong_rows(preview)
    of = f"the first {number(preview['rows_looked_at'])} rows"
    if not rows:
        return f"nothing is wrong in {of}"
    return f"<b>{len(rows):,} of {of} would not be taken</b>"


def column(name: str, seen: Seen) -> str:
    """One column of the file: its name, some of its cells, and why it is taken for what."""
    about = next((one for one in seen.preview["columns"] if one["name"] == name), None)
    samples = ", ".join(f"“{_short(one)}”" for one in about["samples"][:3]) if about else ""
    told = samples or ("no cell says anything" if about else "made by cleaning")
    return (
        f"<b>{escape(name[: MOST_CELL * 2])}</b> "
        f'<span class="quiet">{told}{_why(name, seen)}</span>'
    )


def _why(name: str, seen: Seen) -> str:
    """The reason, while what is chosen is what was suggested."""
    for one in seen.suggested["suggestions"]:
        if one["theirs"] != name:
            continue
        ours, why = seen.uses.get(name), escape(_plain(one["why"]))
        if ours == f"{one['part']}.{one['ours']}":
            return f"<br>{why}"
        if ours in (KEEP, LEAVE):
            return f"<br>may be “{escape(one['ours'].replace('_', ' '))}”: {why}"
    return ""


def _plain(why: str) -> str:
    """A reason without our short words for orders of dates."""
    for order, code in ORDERS.items():
        why = why.replace(f"({code})", f"({order.lower()})")
    return why


def more_columns(count: int) -> str:
    if not count:
        return ""
    return (
        f'<p class="quiet">{counted(count, "further column")} of this wide file stay as suggested; '
        f"{MOST_COLUMNS} can be chosen here.</p>"
    )


def rows(seen: Seen) -> str:
    """The first rows as they stand, and what cleaning makes of them, in the same cells."""
    preview = seen.preview
    after = {one["row"]: one["values"] for one in preview["after"]}
    names = shown_columns(seen)
    if not preview["before"]:
        return ""
    head = [("Row", "number"), *((name[:MOST_CELL], "") for name in names)]
    body = [
        [figure(str(one["row"])), *_cells(one, after.get(one["row"]), names)]
        for one in preview["before"][:SHOWN_ROWS]
    ]
    told = (
        '<h2>The first rows</h2><p class="quiet">What cleaning changes is marked: '
        f'<del style="{GONE}">before</del> '
        f'<ins style="{NEW}">after</ins>.</p>'
    )
    return told + table("The first rows", head, body)


def shown_columns(seen: Seen) -> list[str]:
    """Columns in use first where there are too many."""
    names = list(seen.uses)
    if len(names) <= MOST_COLUMNS:
        return names
    used = [name for name in names if seen.uses[name] not in (KEEP, LEAVE)]
    return [*used, *(name for name in names if name not in set(used))][:MOST_COLUMNS]


def _cells(
    one: Mapping[str, Any], after: Mapping[str, str] | None, names: Sequence[str]
) -> list[Cell]:
    before = one["values"]
    if after is None:
        return [Cell(f'<del style="{GONE}">{_short(before.get(name, ""))}</del>') for name in names]
    return [Cell(_cell(before.get(name, ""), after.get(name, ""))) for name in names]


def _cell(before: str, after: str) -> str:
    if before == after:
        return _short(before)
    gone = f'<del style="{GONE}">{_short(before)}</del> ' if before else ""
    new = _short(_rounded(after)) or "empty"
    return f'{gone}<ins style="{NEW}">{new}</ins>'


def _rounded(value: str) -> str:
    """What another unit gives has many digits; three tell enough here."""
    whole, _, digits = value.partition(".")
    many = len(digits) > 4 and digits.isdigit() and whole.lstrip("-").isdigit()
    return f"{float(value):.3f}" if many else value


def _short(value: str) -> str:
    cut = value if len(value) <= MOST_CELL else value[: MOST_CELL - 1] + "…"
    return escape(cut)


def step_done(done: Mapping[str, Any] | None) -> str:
    """What a step changed in the rows that were looked at."""
    if done is None:
        return ""
    if not done["changed"]:
        return '<span class="quiet">changes nothing in these rows</span>'
    shown = " · ".join(
        f'<del style="{GONE}">{_short(one["before"] or "")}</del> '
        f'<ins style="{NEW}">{_short(_rounded(one["after"] or "")) or "empty"}</ins>'
        for one in done["examples"][:2]
    )
    return f'<span class="quiet">{counted(done["changed"], "cell")} here</span> {shown}'


def findings(seen: Seen) -> str:
    """What the rows that were looked at break, the commonest first, each with an example."""
    found = seen.preview["findings"]
    title = "What is wrong in these rows"
    if not found:
        return card(title, "<p>Nothing. Later rows are checked when the file goes in.</p>")
    counts = Counter((one["rule"], one["column"], one["severity"]) for one in found)
    first = {(one["rule"], one["column"], one["severity"]): one for one in reversed(found)}
    body = [_finding(first[key], count) for key, count in counts.most_common(MOST_FINDINGS)]
    head = [("How often", "number"), ("Column", ""), ("What", ""), ("What to do", "")]
    more = len(counts) - MOST_FINDINGS
    rest = f'<p class="quiet">And {counted(more, "other kind")}.</p>' if more > 0 else ""
    told = (
        "<p>Rows with an error are not taken: they wait on the page of the import, where one "
        "mends them. Rows with a remark are taken.</p>"
    )
    return card(title, told + table(title, head, body) + rest)


def _finding(one: Mapping[str, Any], count: int) -> list[Cell]:
    remark = "" if one["severity"] == "error" else ' <span class="badge busy">remark</span>'
    what = f"Row {one['row']}: {escape(one['message'])}{remark}"
    return [
        figure(f"{count:,}"),
        text(one["column"][:MOST_CELL]),
        Cell(what, "wrap"),
        Cell(escape(one["remedy"]), "wrap"),
    ]


def started(link: Link, *, dry_run: bool) -> str:
    """Where it goes on; the page goes there by itself."""
    said = "It is being tried." if dry_run else "It is going in."
    return f'<p class="message good" role="status">{said} {link.html}</p>'
