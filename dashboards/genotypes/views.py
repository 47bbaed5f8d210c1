"""How genotype sets are listed; takes data, returns HTML."""

from collections.abc import Callable, Sequence
from html import escape

from agrigen.client import Item
from dashboards.components.pieces import Cell, figure, table, text
from dashboards.components.take_along import size_of
from dashboards.components.working import progress_of, state_badges
from dashboards.genotypes.data import Overview
from dashboards.theme import MISSING, day, number

EXPLAINED = (
    "A genotype set holds what a laboratory read from the DNA of animals: thousands of markers "
    "each. Sets never change; applying rules of quality makes a new version beside the old one."
)
EXPLAINED_PLAINLY = (
    "These are the DNA results of your animals. They tell whether the recorded parents are the "
    "right ones, and make breeding values surer, most of all of young animals."
)
HOW_TO = (
    "Choose the files as the laboratory sent them: a FinalReport, VCF, CSV or BLUPF90 file, or "
    ".bed with .bim and .fam, or .ped with .map; also packed with gzip (.gz)."
)


LARGE = (
    "Files of any size, and over a line that breaks, go in on the page "
    '<a href="/services/api/hand-in/">Hand in files</a>.'
)


def there(files: Sequence[Item], wrong: str) -> str:
    """Files that were handed in before, of which a set is to be made."""
    names = "".join(f"<li>{escape(one['name'])}, {size_of(one['size'])}</li>" for one in files)
    told = f'<p class="wrong">{escape(wrong)}</p>' if wrong else ""
    return (
        f'<div class="message good"><b>Handed in already:</b><ul>{names}</ul>{told}'
        '<p class="quiet">Give the set a name and press “Hand in”.</p></div>'
    )


def intro(*, plain: bool) -> str:
    return f'<p class="quiet">{EXPLAINED_PLAINLY if plain else EXPLAINED}</p>'


def sets(found: Overview, href: Callable[[str], str], *, may_add: bool) -> str:
    """All sets as a table, newest first."""
    if not found.sets:
        more = " Hand in the first files below." if may_add else ""
        return f'<p class="card">There are no genotypes yet.{more}</p>'
    head = [
        ("Set", ""), ("State", ""), ("Farm", ""), ("Animals", "number"), ("Markers", "number"),
        ("Panel", ""), ("Date", ""),
    ]  # fmt: skip
    return table("Genotype sets", head, (_set(one.item, found, href) for one in found.sets))


def _set(item: Item, found: Overview, href: Callable[[str], str]) -> list[Cell]:
    name = f'<a href="{escape(href(item["id"]))}">{escape(title_of(item))}</a>'
    counts = item["counts"] or {}
    state = state_badges(item) + progress_of(item, found.jobs.get(item["id"], Item()))
    if item["error"]:
        state += f'<br><span class="quiet">{escape(item["error"])}</span>'
    return [
        Cell(name),
        Cell(state, "wrap" if item["error"] or found.jobs.get(item["id"]) else ""),
        text(found.farm_name(item["farm_id"])),
        figure(_animals(counts)),
        figure(number(counts.get("markers"))),
        text(found.panels.get(item["panel_id"] or "", Item()).get("name")),
        text(day(item["created_at"])),
    ]


def title_of(item: Item) -> str:
    """The name, and which version it is where there are several."""
    return item["name"] + (f", version {item['version']}" if item["version"] > 1 else "")


def _animals(counts: dict[str, int]) -> str:
    """Linked animals, of how many samples where some have none."""
    samples, linked = counts.get("samples"), counts.get("linked")
    if samples is None:
        return MISSING
    return number(samples) if linked in (None, samples) else f"{linked:,} of {samples:,}"
