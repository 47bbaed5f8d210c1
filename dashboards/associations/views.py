"""How studies are listed; takes data, returns HTML."""

from collections.abc import Callable
from html import escape

from agrigen.client import Item
from dashboards.associations.data import Overview
from dashboards.components.pieces import Cell, figure, table, text
from dashboards.components.working import progress_of, state_badges
from dashboards.theme import MISSING, moment, number

EXPLAINED = (
    "An association study asks of every marker whether animals with one allele differ from those "
    "with the other, beside what their families explain."
)
EXPLAINED_PLAINLY = (
    "Here stands where on the genome genes for a trait have been found. For choosing animals look "
    "at their breeding values: they add up all genes, also those that no study can see."
)


def intro(*, plain: bool) -> str:
    return f'<p class="quiet">{EXPLAINED_PLAINLY if plain else EXPLAINED}</p>'


def studies(found: Overview, href: Callable[[str], str], genotypes: str, *, may_run: bool) -> str:
    """All studies as a table, newest first."""
    start = (
        f'Start one on the page of a <a href="{escape(genotypes)}">genotype set</a>, under “Use”.'
    )
    if not found.studies:
        more = f" {start}" if may_run else " Published ones appear here."
        return f'<p class="card">There is no association study yet.{more}</p>'
    head = [
        ("Study", ""), ("State", ""), ("Markers", "number"), ("Above the line", "number"),
        ("Lambda", "number"), ("Animals", "number"), ("Date", ""), ("By", ""),
    ]  # fmt: skip
    rows = (_study(one.item, found, href) for one in found.studies)
    note = f'<p class="quiet" style="margin-top:.5rem">{start}</p>' if may_run else ""
    return table("Association studies", head, rows) + note


def _study(item: Item, found: Overview, href: Callable[[str], str]) -> list[Cell]:
    name = f'<a href="{escape(href(item["id"]))}">{escape(item["name"])}</a>'
    trait = f'<br><span class="quiet">{escape(found.trait_name(item["trait"]))}</span>'
    summary = item["summary"] or {}
    state = state_badges(item) + progress_of(item, found.jobs.get(item["id"], Item()))
    if item["error"]:
        state += f'<br><span class="quiet">{escape(item["error"])}</span>'
    hits = summary.get("hits")
    return [
        Cell(name + trait),
        Cell(state, "wrap" if item["error"] or item["id"] in found.jobs else ""),
        figure(number(summary.get("markers"))),
        figure(MISSING if hits is None else f"{hits:,}"),
        figure(number(summary.get("lambda"), 2)),
        figure(number(summary.get("animals"))),
        text(moment(item["started_at"] or item["created_at"])),
        text("you" if item["person_id"] == found.viewer_id else "somebody else"),
    ]
