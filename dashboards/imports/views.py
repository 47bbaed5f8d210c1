"""How imports are listed; takes data, returns HTML."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.page import Link
from dashboards.components.pieces import FILE_LINK, Cell, badge, card, table
from dashboards.components.take_along import take_link
from dashboards.components.working import KINDS as COLORS
from dashboards.components.working import progress_of
from dashboards.imports.data import Counts, Overview
from dashboards.imports.state import KINDS, PAGE_ROWS, STATES
from dashboards.theme import BLUE_LIGHT, GREEN, RED, counted, moment

HAND_IN = "/services/api/hand-in/"
REMARK = "#d99a1c"
PARTS = (("taken", GREEN), ("unchanged", BLUE_LIGHT), ("remarked", REMARK), ("refused", RED))
SAID = {
    "taken": ("taken", "would be taken"),
    "unchanged": ("there already", "there already"),
    "remarked": ("taken with a remark", "would be taken with a remark"),
    "refused": ("not taken", "would not be taken"),
}
INTRO = (
    "Files that were taken in for your farms. Rows that were not taken wait on the page of their "
    "import, each with what is wrong and what to do."
)


def intro(*, may_add: bool) -> str:
    link = f'<p><a href="{HAND_IN}" style="{FILE_LINK}">Hand in files</a></p>' if may_add else ""
    return f'<p class="quiet">{INTRO}</p>{link}'


def imports(found: Overview, href: Callable[[str], str], *, may_add: bool, narrowed: bool) -> str:
    """One page of imports as a table, newest first."""
    if not found.imports:
        return nothing(may_add=may_add, narrowed=narrowed)
    head = [("File", ""), ("State", ""), ("Rows", ""), ("Handed in", "")]
    return table("Imports", head, (_row(one, found, href) for one in found.imports))


def nothing(*, may_add: bool, narrowed: bool) -> str:
    if narrowed:
        return '<p class="card">No import is like that. Choose “All” above to see every one.</p>'
    more = (
        " Hand in a file as you have it: a table from a scale, a laboratory or another program. "
        "You see what would go in before anything does."
        if may_add
        else ""
    )
    return f'<p class="card">Nothing was imported yet.{more}</p>'


def _row(one: Item, found: Overview, href: Callable[[str], str]) -> list[Cell]:
    name = str(one.get("file_name") or "A file")
    what = f"{KINDS.get(one['kind'], one['kind'])}, {found.farm_name(one['farm_id'])}"
    return [
        Cell(
            f'<a href="{escape(href(one["id"]))}">{escape(name)}</a>'
            f'<br><span class="quiet">{escape(what)}</span>',
            "wrap",
        ),
        Cell(state_of(one, found.jobs.get(one["id"], Item())), "wrap"),
        Cell(bar(one), "wrap"),
        Cell(
            f'{moment(one["created_at"])}<br><span class="quiet">by {escape(who(one))}</span>',
            "wrap",
        ),
    ]


def who(one: Mapping[str, Any]) -> str:
    """Who asked for it; names of colleagues are not told to everybody."""
    if one.get("source_id"):
        return "a watched place"
    return str(one.get("person_name") or "somebody of the farm")


def state_of(one: Mapping[str, Any], job: Mapping[str, Any]) -> str:
    """The state in a word, with a bar while it is at work, and why it stopped."""
    shown = badge(STATES.get(one["state"], one["state"]), COLORS.get(one["state"], ""))
    if one["dry_run"]:
        shown += " " + badge("only tried")
    if one["error"]:
        shown += f'<br><span class="quiet">{escape(one["error"])}</span>'
    return shown + progress_of(one, job)


def bar(one: Mapping[str, Any]) -> str:
    """What became of the rows, as a bar and in words."""
    counts = Counts.of(one)
    if not counts.total:
        return '<span class="quiet">–</span>'
    told = sentence(counts, dry_run=one["dry_run"])
    parts = "".join(
        f'<i style="flex:{amount} 1 3px;background:{color}"></i>'
        for name, color in PARTS
        if (amount := getattr(counts, name))
    )
    return (
        f'<div role="img" aria-label="{escape(told)}" style="display:flex;gap:1px;height:12px;'
        f'border-radius:6px;overflow:hidden;min-width:7rem">{parts}</div>'
        f'<span class="quiet" aria-hidden="true">{escape(told)}</span>'
    )


def sentence(counts: Counts, *, dry_run: bool) -> str:
    """'1,204 taken, 3 not taken'."""
    parts = [
        f"{amount:,} {SAID[name][dry_run]}"
        for name, _ in PARTS
        if (amount := getattr(counts, name))
    ]
    return ", ".join(parts)


def position(found: Overview, page: int) -> str:
    if not found.imports:
        return ""
    first = page * PAGE_ROWS + 1
    return f'<p class="quiet">{first:,} to {first + len(found.imports) - 1:,}</p>'


def workbooks(farm: Item) -> str:
    """Excel workbooks of a farm, empty ones to fill in and those with what the farm has."""
    lines = "".join(
        f'<li><span style="flex:1 1 12rem">{escape(words)}</span>'
        f"{_book('Empty', farm, kind)} {_book('With our data', farm, kind, filled='true')}</li>"
        for kind, words in KINDS.items()
    )
    told = (
        '<p class="quiet">To write into and hand in again. Columns have the right names already, '
        "and cells with few possible answers offer them.</p>"
    )
    return card(f"Excel workbooks of {farm['name']}", f'{told}<ul class="due">{lines}</ul>')


def _book(words: str, farm: Item, kind: str, **more: str) -> str:
    return take_link(words, f"farms/{farm['id']}/workbook", kind=kind, **more)


def waiting(count: int, more: bool, where: str) -> str:
    """A line about files that were handed in and not imported yet."""
    if not count:
        return ""
    amount = f"more than {count}" if more else counted(count, "file")
    verb = "waits" if (count == 1 and not more) else "wait"
    files = "" if not more else " files"
    return (
        f'<p class="strip">{amount}{files} {verb} to be imported. '
        f"{Link('Choose one', where).html}</p>"
    )
