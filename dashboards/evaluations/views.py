"""How runs, jobs and imports are drawn."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from agrigen.client import Evaluation, Item
from dashboards.components.pieces import Cell, badge, figure, progress, table, text
from dashboards.evaluations.data import count_of, duration_seconds, effects_of
from dashboards.theme import MISSING, moment, number, seconds, words

KINDS = {"done": "good", "failed": "bad", "running": "busy", "queued": "busy"}
SENTENCES = {
    "cancel": "Stop this run? What it computed so far is thrown away.",
    "retry": "Run it again on the same frozen data?",
    "publish": "Publish? Everybody who may see the animals then sees these breeding values.",
    "withdraw": "Withdraw? These breeding values then disappear from everybody's pages.",
}
BUTTONS = {
    "cancel": "Cancel run",
    "retry": "Run again",
    "publish": "Publish",
    "withdraw": "Withdraw",
}


def run_name(evaluation: Evaluation) -> str:
    """How a run is listed in the chooser."""
    return f"{evaluation.item['name']} · {moment(evaluation.item['created_at'])}"


def evaluations(found: Sequence[Evaluation], viewer_id: str, href: Callable[[str], str]) -> str:
    """Evaluation runs, newest first."""
    if not found:
        return '<p class="card">No evaluation has been run yet.</p>'
    head = [
        ("Evaluation", ""), ("State", ""), ("Effects", ""), ("Animals", "number"),
        ("Records", "number"), ("Took", "number"), ("Started", ""), ("By", ""),
    ]  # fmt: skip
    return table("Evaluation runs", head, (_run(one.item, viewer_id, href) for one in found))


def _run(item: Item, viewer_id: str, href: Callable[[str], str]) -> list[Cell]:
    summary = item["summary"] or {}
    shown = badge(item["state"], KINDS.get(item["state"], ""))
    if item["published_at"] and not item["withdrawn_at"]:
        shown += " " + badge("published", "good")
    elif item["withdrawn_at"]:
        shown += " " + badge("withdrawn")
    if item["error"]:
        shown += f'<br><span class="quiet">{escape(item["error"])}</span>'
    traits = escape(", ".join(item["traits"]))
    name = f'<a href="{escape(href(str(item["id"])))}">{escape(item["name"])}</a>'
    return [
        Cell(f'{name}<br><span class="quiet">{traits}</span>'),
        Cell(shown, "wrap" if item["error"] else ""),
        Cell(escape(effects_of(item["model"])) or MISSING, "wrap"),
        figure(number(count_of(summary, "animals", "evaluated"))),
        figure(number(count_of(summary, "records", "used"))),
        figure(seconds(duration_seconds(item))),
        text(moment(item["started_at"] or item["created_at"])),
        text("you" if item["person_id"] == viewer_id else "somebody else"),
    ]


def jobs(found: Sequence[Item]) -> str:
    """Background jobs with how far they are."""
    if not found:
        return '<p class="card">No background work.</p>'
    head = [("Job", ""), ("Progress", ""), ("State", ""), ("Now", ""), ("Took", "number"),
            ("Asked", "")]  # fmt: skip
    return table("Background jobs", head, (_job(job) for job in found))


def _job(job: Mapping[str, Any]) -> list[Cell]:
    said = job["error"] or job["message"]
    again = f" (attempt {job['attempts']})" if job["attempts"] > 1 else ""
    state = "stopping" if job["cancel_requested"] and job["state"] == "running" else job["state"]
    return [
        text(words(job["kind"].replace(".", " "))),
        Cell(progress(1.0 if job["state"] == "done" else job["progress"])),
        Cell(badge(state, KINDS.get(state, "busy" if state == "stopping" else "")) + again),
        Cell(escape(said) or MISSING, "wrap"),
        figure(seconds(duration_seconds(job))),
        text(moment(job["created_at"])),
    ]


def imports(found: Sequence[Item], farms: Mapping[str, str]) -> str:
    """Imports with what they took and refused."""
    if not found:
        return '<p class="card">No file has been imported yet.</p>'
    head = [("Farm", ""), ("Kind", ""), ("State", ""), ("Read", "number"), ("Loaded", "number"),
            ("Unchanged", "number"), ("Refused", "number"), ("When", "")]  # fmt: skip
    return table("Imports", head, (_import(one, farms) for one in found))


def _import(one: Mapping[str, Any], farms: Mapping[str, str]) -> list[Cell]:
    refused = number(one["rows_rejected"])
    state = badge(one["state"], KINDS.get(one["state"], ""))
    if one["dry_run"]:
        state += " " + badge("trial")
    if one["error"]:
        state += f'<br><span class="quiet">{escape(one["error"])}</span>'
    return [
        text(farms.get(one["farm_id"], MISSING)),
        text(one["kind"]),
        Cell(state, "wrap" if one["error"] else ""),
        figure(number(one["rows_read"])),
        figure(number(one["rows_loaded"])),
        figure(number(one["rows_unchanged"])),
        Cell(badge(refused, "bad") if one["rows_rejected"] else refused, "number"),
        text(moment(one["created_at"])),
    ]
