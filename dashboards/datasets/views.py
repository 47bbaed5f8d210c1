"""How datasets are listed; takes data, returns HTML."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.components.acts import done
from dashboards.components.page import message
from dashboards.components.pieces import Cell, badge, figure, table, text
from dashboards.components.working import progress_of
from dashboards.datasets.data import Series
from dashboards.datasets.state import INPUTS
from dashboards.theme import counted, day, number, words

INTRO = (
    "A dataset keeps tables of farms as they were at one moment. A version never changes: whoever "
    "reads your paper finds the very same rows. Freeze again later, and the two can be compared."
)
NONE = (
    "Nothing is frozen yet. Freeze the data before you correct something, before an analysis, or "
    "at the end of a season."
)
NO_INPUTS = "No evaluation has kept its data yet that you may see."
NOT_FOUND = "No dataset has these words in its name, its reason or its tags."


def intro() -> str:
    return f'<p class="quiet">{INTRO}</p>'


def series(found: Sequence[Series], href: Callable[[str], str], *, show: str, all: int) -> str:
    """Every dataset with its newest version."""
    if not found:
        empty = NOT_FOUND if all else NO_INPUTS if show == INPUTS else NONE
        return f'<p class="card">{empty}</p>'
    head = [("Dataset", ""), ("Version", "number"), ("Tags", ""), ("Why", ""), ("Who", ""),
            ("When", ""), ("Rows", ""), ("Farms", "number")]  # fmt: skip
    return table("Datasets", head, (_row(one, href) for one in found))


def _row(one: Series, href: Callable[[str], str]) -> list[Cell]:
    newest = one.newest
    return [
        Cell(f'<a href="{escape(href(newest["id"]))}">{escape(newest["name"])}</a>', "wrap"),
        figure(str(newest["number"])),
        Cell(tags(one.tags), "wrap"),
        Cell(escape(newest["why"]) or "–", "wrap"),
        text(newest["creator"]),
        text(day(newest["created_at"])),
        Cell(escape(rows_of(newest)), "wrap"),
        figure(number(len(newest["farm_ids"]))),
    ]


def tags(found: Iterable[tuple[str, int | None, bool]]) -> str:
    """Tags with the numbers of the versions that they stand at."""
    return " ".join(
        badge(f"{name} → {number}" if number else name, "good" if fixed else "")
        for name, number, fixed in found
    )


def rows_of(version: Mapping[str, Any]) -> str:
    """'412 animals, 3,104 records', in the order of its tables."""
    order = [one["kind"] for one in version["tables"]]
    counts = {name: rows for name, rows in version["counts"].items() if name != "farms"}
    names = sorted(counts, key=lambda one: order.index(one) if one in order else len(order))
    return ", ".join(counted(counts[name], words(name), words(name)) for name in names)


def followed(job: Item, made: str) -> str:
    """How far a freeze is; a link when its version is there."""
    if job["state"] == "done":
        link = f'<p><a href="{escape(made)}">Open the new version</a></p>'
        return done("Frozen. It stays as it is now, whatever is changed in the farms.") + link
    if job["state"] in ("failed", "cancelled"):
        why = job.get("error") or "It was stopped before it was done."
        return message("Nothing was frozen", f"{why} Nothing was lost; you can freeze again.")
    return f'<div role="status"><p>Freezing …</p>{progress_of(job, job)}</div>'


def missing(asked: Mapping[str, Any]) -> str:
    """What is missing in the form as a sentence; empty when nothing is."""
    if not asked["name"]:
        return "Give the dataset a name, such as Weights of the hill flocks."
    if not asked["farms"]:
        return "Choose at least one farm."
    return "" if asked["kinds"] else "Choose at least one table."
