"""How one import is drawn: its steps, its counts, its rows; takes data, returns HTML."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.pieces import Cell, badge, card, facts, figure, table, text, tiles
from dashboards.components.take_along import take_link
from dashboards.components.working import progress_of
from dashboards.import_run.data import MOST_CHANGES, Run, header_of
from dashboards.import_run.state import DISCARDED, REJECTED, WARNED
from dashboards.imports.state import KINDS, STATES
from dashboards.imports.views import COLORS, who
from dashboards.new_import.words import step_said
from dashboards.theme import counted, moment, number, seconds, words

STEPS = {
    "extract": "Read", "clean": "Clean", "validate": "Check", "load": "Load", "report": "Report",
}  # fmt: skip
STEP_WORDS = {"waiting": "to come", "running": "at work", "done": "done", "failed": "stopped"}
MARKS = {"waiting": "", "running": "…", "done": "✓", "failed": "!"}
ROW_STATES = {"rejected": "waits", "discarded": "left out", "mended": "taken", "warned": "taken"}
STEPS_CSS = """
.steps { list-style: none; margin: .75rem 0 .25rem; padding: 0; display: flex; }
.steps li { flex: 1 1 0; position: relative; text-align: center; font-size: .9rem;
  min-width: 0; overflow-wrap: anywhere; }
.steps li + li::before { content: ""; background: var(--line); position: absolute; top: .85rem;
  right: 50%; width: 100%; height: 3px; }
.steps li.reached + li.reached::before { background: var(--green); }
.steps b { display: block; } .steps small { color: var(--quiet); display: block; }
.steps i { position: relative; display: block; width: 1.8rem; height: 1.8rem; margin: 0 auto .2rem;
  border-radius: 50%; border: 3px solid var(--line); background: #fff; font-style: normal;
  font-weight: 700; line-height: 1.4rem; }
.steps .done i { background: var(--green); border-color: var(--green); color: #fff; }
.steps .running i { border-color: #b7791f; background: var(--amber-tint); color: #6b4700; }
.steps .failed i { border-color: var(--red); background: var(--red-tint); color: var(--red); }
td.marked { background: var(--red-tint) !important; color: #7d1a20; font-weight: 600; }
td.remarked { background: var(--amber-tint) !important; }
td.cut { max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
ul.why { list-style: none; margin: 0; padding: 0; min-width: 15rem;
  max-width: 34rem; overflow-wrap: anywhere; }
ul.why li + li { margin-top: .4rem; }
td.why { white-space: normal; }
.mend { white-space: nowrap; }
@media (max-width: 480px) { .steps li { font-size: .8rem; } ul.why { min-width: 11.5rem; } }
"""


def header(run: Run) -> str:
    """What the import is, and how far it is."""
    item = run.item
    state = badge(STATES.get(item["state"], item["state"]), COLORS.get(item["state"], ""))
    if item["dry_run"]:
        state += " " + badge("only tried, nothing is loaded")
    if item["notes"].get("held_back"):
        state += " " + badge("nothing loaded: all or nothing was asked for", "bad")
    pairs = [
        ("State", state),
        ("Farm", escape(str(run.farm.get("name") or "–"))),
        ("What", escape(KINDS.get(item["kind"], item["kind"]))),
        ("Who", escape(who(item))),
        ("When", moment(item["created_at"])),
    ]
    if item["error"]:
        pairs.append(("Why it stopped", escape(item["error"])))
    title = str(item.get("file_name") or "A file")
    return card(title, facts(pairs) + steps(item["steps"]) + progress_of(item, run.job))


def steps(found: Sequence[Mapping[str, Any]]) -> str:
    """A drawn line of what was done, is done and is to come."""
    known = {one["name"]: one for one in found}
    parts = "".join(_step(name, known.get(name, {})) for name in STEPS)
    return f'<ol class="steps" aria-label="Steps of the import">{parts}</ol>'


def _step(name: str, one: Mapping[str, Any]) -> str:
    state = str(one.get("state", "waiting"))
    told = [STEP_WORDS[state]]
    if one.get("rows"):
        told.append(counted(one["rows"], "row"))
    if one.get("finished_at") and one.get("started_at"):
        told.append(seconds(_lasted(one["started_at"], one["finished_at"])))
    if one.get("note"):
        told.append(str(one["note"]))
    reached = "" if state == "waiting" else " reached"
    said = "".join(f"<small>{escape(part)}</small>" for part in told)
    mark = f'<i aria-hidden="true">{MARKS[state]}</i>'
    return f'<li class="{state}{reached}">{mark}<b>{STEPS[name]}</b>{said}</li>'


def _lasted(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def numbers(run: Run) -> str:
    """What became of the rows, in a few numbers."""
    item = run.item
    if item["dry_run"]:
        shown = [(item["notes"].get("would_load", 0), "rows would be taken")]
    else:
        shown = [(item["rows_loaded"], "rows taken")]
    shown += [(item["rows_unchanged"], "rows were there already")]
    shown += [(item["rows_warned"], "taken with a remark"),
              (item["rows_rejected"], "rows not taken"),
              (item["rows_discarded"], "rows left out")]  # fmt: skip
    return tiles((number(count), label) for count, label in shown)


def rule_name(one: Mapping[str, Any]) -> str:
    """A rule and its column, as the bar says it."""
    rule = words(str(one["rule"])).capitalize()
    return f"{rule}: column {one['column']}" if one["column"] else rule


def explained(one: Mapping[str, Any]) -> str:
    """What a rule means: one of its findings, the remedy, the commonest values."""
    values = ", ".join(
        f"<code>{escape(str(value['value'])[:60]) or 'empty'}</code> ({value['rows']:,})"
        for value in one["values"][:6]
    )
    often = f'<p class="quiet">Most often: {values}</p>' if values else ""
    return (
        f'<div class="message"><p><b>{escape(one["message"])}</b> {escape(one["remedy"])}</p>'
        f"{often}</div>"
    )


def nothing_here(show: str, *, narrowed: bool) -> str:
    """Instead of rows, where there are none."""
    if narrowed:
        return '<p class="card">No row has this any more. Show all rows again.</p>'
    said = {
        REJECTED: "Every row was taken. There is nothing to mend.",
        DISCARDED: "No row was left out.",
        WARNED: "No row was taken with a remark.",
    }[show]
    return f'<p class="card">{said}</p>'


def rows(
    found: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any], *, may_mend: bool, caption: str
) -> str:
    """Rows of the file: what is wrong in words, and their cells with the wrong ones marked."""
    if not found:
        return ""
    headers = _wrong_first(found, mapping)
    head = [("Row", ""), ("What is wrong, what to do", "why")] + [(name, "") for name in headers]
    cells = (_row(one, headers, mapping, may_mend=may_mend) for one in found)
    return table(caption, head, cells)


def _wrong_first(found: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any]) -> list[str]:
    """The file's columns, those in which something is wrong before the others."""
    headers = list(dict.fromkeys(name for one in found for name in one["values"]))
    named = {problem["column"] for one in found for problem in one["problems"]}
    wrong = {header_of(headers, mapping, column) for column in named}
    return sorted(headers, key=lambda name: name not in wrong)


def _row(
    one: Mapping[str, Any], headers: Sequence[str], mapping: Mapping[str, Any], *, may_mend: bool
) -> list[Cell]:
    marks = {
        header_of(headers, mapping, problem["column"]): problem["severity"]
        for problem in one["problems"]
    }
    link = ""
    if may_mend and one["state"] == REJECTED:
        link = f'<br><a class="mend" href="#row-{one["row"]}">Mend<span hidden> row</span></a>'
    first = Cell(f"{one['row']:,}{link}")
    return [first, Cell(why(one["problems"]), "why"), *(
        _cell(one["values"].get(name), marks.get(name, "")) for name in headers
    )]  # fmt: skip


def _cell(value: Any, severity: str) -> Cell:
    kind = {"error": "marked", "warning": "remarked"}.get(severity, "")
    said = str(value or "")
    if len(said) > 200:
        said = said[:200] + " …"
    shown = escape(said) or ('<span aria-label="empty">(empty)</span>' if kind else "")
    return Cell(shown, f"{kind} cut".strip())


def why(problems: Iterable[Mapping[str, Any]]) -> str:
    """Every sentence and remedy of a row."""
    parts = "".join(
        f"<li>{_column(one)}{escape(one['message'])} "
        f'<span class="quiet">{escape(one["remedy"])}</span></li>'
        for one in problems
    )
    return f'<ul class="why">{parts}</ul>'


def _column(problem: Mapping[str, Any]) -> str:
    return f"<b>{escape(problem['column'])}:</b> " if problem["column"] else ""


def preview(answer: Mapping[str, Any], action: str) -> str:
    """What a rule would do, before it does it."""
    said = _preview_words(answer, action)
    column = answer["examples"][0]["column"] if answer["examples"] else ""
    shown = [
        [figure(f"{one['row']:,}"), Cell(_shown(one["before"]), "cut"),
         Cell(_shown(one["after"]), "cut")]
        for one in answer["examples"]
    ]  # fmt: skip
    head = [("Row", "number"), (f"{column} now", ""), ("Then", "")]
    return f'<p role="status">{said}</p>' + (
        table("Before and after", head, shown) if shown else ""
    )


def _preview_words(answer: Mapping[str, Any], action: str) -> str:
    found, changed, aside = answer["rows"], answer["rows_changed"], answer["rows_set_aside"]
    if not found:
        said = "No row that was not taken fits."
    elif action in {"discard", "take_back"}:
        verb = "left out" if action == "discard" else "taken back"
        said = f"{counted(found, 'row')} will be {verb}."
    else:
        said = f"{changed:,} of {counted(found, 'row')} will change."
    if answer["rows_tried"]:
        said += (
            f" Of the first {answer['rows_tried']:,} changed, "
            f"{answer['rows_loadable']:,} can then be taken."
        )
    if aside:
        said += f" {counted(aside, 'row')} need a look by hand and stay as they are."
    return escape(said)


def _shown(value: str) -> str:
    return f"<code>{escape(value)}</code>" if value else '<span class="quiet">empty</span>'


def outcome(mending: Mapping[str, Any]) -> str:
    """What came of an act, as a sentence."""
    parts = []
    if mending["rows_changed"]:
        parts.append(f"{counted(mending['rows_changed'], 'row')} changed")
    taken = mending["rows_loaded"] + mending["rows_unchanged"]
    if taken:
        parts.append(f"{taken:,} taken now")
    if mending["rows_rejected"]:
        parts.append(f"{mending['rows_rejected']:,} still not taken")
    if mending["rows_left"]:
        parts.append(f"{mending['rows_left']:,} left as they are, loaded or changed since")
    return ", ".join(parts) or "no row was changed"


ACTS = {
    "replace": "find and replace", "unit": "another unit", "date_order": "order of dates",
    "set": "one value", "case": "capitals", "trim": "spaces taken off",
}  # fmt: skip
MENDINGS = {
    "by_hand": "Mended by hand", "replay": "Tried all again", "discard": "Left out",
    "take_back": "Taken back", "undo": "Undone",
}  # fmt: skip


def mending(one: Mapping[str, Any]) -> str:
    """One act: what, who, when and what came of it."""
    name = MENDINGS.get(one["kind"]) or f"Mended by rule: {ACTS.get(one['action'].get('do'), '')}"
    column = f" in column {one['column']}" if one["column"] else ""
    reason = f" ({one['reason']})" if one["reason"] else ""
    by = f"{one.get('person_name') or 'somebody of the farm'}, {moment(one['created_at'])}"
    error = f'<p class="wrong">{escape(one["error"])}</p>' if one["error"] else ""
    return (
        f'<p class="alert"><b>{escape(name + column + reason)}</b>: {escape(outcome(one))}.<br>'
        f'<span class="quiet">{escape(by)}</span></p>{error}'
    )


def at_work(one: Mapping[str, Any], job: Mapping[str, Any]) -> str:
    """An act that a worker does now."""
    return f'<div class="card"><p>Rows are being mended.</p>{progress_of(one, job)}</div>'


def changes(found: Sequence[Mapping[str, Any]]) -> str:
    """Every cell that was changed: before, after, who and when."""
    if not found:
        return '<p class="card">No cell was changed yet.</p>'
    head = [("Row", "number"), ("Column", ""), ("Before", ""), ("After", ""), ("Who", ""),
            ("When", "")]  # fmt: skip
    said = ""
    if len(found) == MOST_CHANGES:
        said = f'<p class="quiet">The first {MOST_CHANGES} in the order of the file.</p>'
    return said + table("Changes", head, map(_change, found))


def _change(one: Mapping[str, Any]) -> list[Cell]:
    before, after = one["before"], one["after"]
    if not one["column"]:
        before, after = ROW_STATES.get(before, before), ROW_STATES.get(after, after)
    gone = " gone" if one["undone"] else ""
    undone = " " + badge("undone") if one["undone"] else ""
    return [
        figure(f"{one['row']:,}"),
        text(one["column"] or "the row"),
        Cell(_shown(before), f"cut{gone}"),
        Cell(_shown(after) + undone, f"cut{gone}"),
        text(one.get("person_name") or "somebody of the farm"),
        text(moment(one["at"])),
    ]


def cleaning(found: Sequence[Mapping[str, Any]]) -> str:
    """What each step of cleaning changed, with the first cells before and after."""
    if not found:
        return '<p class="card">This file was taken as it stands; nothing was cleaned.</p>'
    return "".join(map(_cleaned, found))


def _cleaned(one: Mapping[str, Any]) -> str:
    head = [("Row", "number"), ("Column", ""), ("Before", ""), ("After", "")]
    shown = [
        [figure(f"{cell['row']:,}"), text(cell["column"] or "the row"),
         Cell(_shown(cell["before"]), "cut"),
         Cell(_shown(cell["after"]) if cell["column"] else "left out", "cut")]
        for cell in one["examples"]
    ]  # fmt: skip
    changed = counted(one["changed"], "change")
    note = (
        f'<p class="quiet">The first {len(shown)}.</p>' if one["changed"] > len(shown) > 0 else ""
    )
    cells = note + table("Before and after", head, shown) if shown else ""
    title = f"<summary>{step_said(one['step'])} <span class='quiet'>({changed})</span></summary>"
    return f'<details class="card fold" {"open" if shown else ""}>{title}{cells}</details>'


def about(run: Run, lineage: str, source: str) -> str:
    """Files of the report, where the rows went, and how the file was read and judged."""
    item = run.item
    way = f"imports/{item['id']}/report"
    links = " ".join([
        take_link("Excel, wrong cells marked", f"{way}.xlsx"),
        take_link("CSV", f"{way}.csv"),
        take_link("JSON", f"{way}.json"),
    ])  # fmt: skip
    went = f'<p><a href="{escape(lineage)}">Where did these rows go?</a></p>' if lineage else ""
    return card("Report", f"<p>Everything that was found, to keep or to send.</p>{links}") + card(
        "Where it comes from", went + facts(_origin(item, source))
    )


def _origin(item: Item, source: str) -> list[tuple[str, str]]:
    all_or_nothing = item["policy"] == "all_or_nothing"
    pairs = [
        ("Asked for", "all rows or none" if all_or_nothing else "good rows are taken"),
        ("Columns", _columns(item["mapping"])),
        ("Read by", escape(item["parser"] or "–")),
        ("Judged by rules", escape(item["rules"] or "–")),
    ]
    if item["source_id"]:
        link = f'<a href="{escape(source)}">a watched place</a>' if source else "a watched place"
        pairs.append(("Came from", link))
    return pairs


def _columns(mapping: Mapping[str, Any]) -> str:
    named = {**mapping.get("columns", {}), **mapping.get("traits", {})}
    if not named:
        return "by their usual names"
    return "<br>".join(
        f"{escape(words(ours))} stands in <b>{escape(theirs)}</b>" for ours, theirs in named.items()
    )
