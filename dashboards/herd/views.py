"""How a herd is drawn: tiles, charts and the list; takes data, returns HTML and charts."""

from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd

from dashboards.components import charts
from dashboards.components.pieces import Cell, figure, table, text, tiles
from dashboards.herd import data
from dashboards.herd.data import Herd, TraitChoice
from dashboards.herd.state import PAGE_ROWS
from dashboards.theme import (
    better_than,
    counted,
    day,
    inline,
    number,
    percent,
    sex_word,
    signed,
)

ACCURACY = (
    "Accuracy says how much is known: 100 % would be certain; below about 40 % the value can still "
    "change a lot when new records come in."
)


def overview(herd: Herd) -> str:
    """The herd in five numbers."""
    alive = data.alive_by_sex(herd.animals)
    numbers = [
        (number(alive["all"]), "animals alive"),
        (number(alive["F"]), "female" if alive["F"] == 1 else "females"),
        (number(alive["M"]), "male" if alive["M"] == 1 else "males"),
        (number(herd.summary["records"]), "records"),
    ]
    means = data.trend(herd.animals)
    change = data.yearly_change(means)
    if herd.trait and change is not None:
        unit = herd.trait.unit
        numbers.append(
            (f"{signed(change)} {unit}", f"genetic change a year, {inline(herd.trait.name)}")
        )
    kinds = data.breeds(herd.animals)
    if len(kinds) == 1:
        numbers.insert(1, (str(kinds.index[0]), "the only breed"))
    return tiles(numbers)


def work_strip(work: data.Work, season: str) -> str:
    """What waits, in a line that leads to the season page."""
    parts = [
        counted(work.due, "thing") + " due today" if work.due else "",
        f"{work.overdue:,} overdue" if work.overdue else "",
        counted(work.alerts, "alert") + " not seen yet" if work.alerts else "",
    ]
    said = ", ".join(part for part in parts if part) or "Nothing is due today"
    return f'<p class="strip">{said}. <a href="{escape(season)}">Open the season</a></p>'


def pictures(herd: Herd) -> list[Any]:
    """Births, genetic trend and breeds, each on its card."""
    made = []
    births = data.born_per_year(herd.animals)
    if not births.empty:
        plot = charts.bars_by_year(list(births.index), births.tolist(), what="born")
        made.append(
            charts.panel_of(plot, "Born per year", "All animals of the farm, past and present.")
        )
    means = data.trend(herd.animals)
    if herd.trait and len(means) > 1:
        plot = charts.trend_by_year(list(means.index), means.tolist(), unit=herd.trait.unit)
        note = f"Mean breeding value for {escape(inline(herd.trait.name))} by year of birth."
        made.append(charts.panel_of(plot, "Genetic trend", note))
    kinds = data.breeds(herd.animals)
    if len(kinds) > 1:
        plot = charts.shares([str(name) for name in kinds.index], kinds.tolist())
        made.append(charts.panel_of(plot, "Breeds", "Living animals."))
    return made


def animal_list(rows: pd.DataFrame, trait: TraitChoice | None, href: Callable[[str], str]) -> str:
    """One page of animals as a table; tags lead to the animal."""
    if rows.empty:
        return '<p class="card">No animal matches. Clear the search or choose “All”.</p>'
    named = bool(rows["name"].fillna("").any())
    head = [("Tag", ""), *_value_head(trait), ("Sex", ""), ("Born", ""), ("Breed", "")]
    head += [("Name", "")] if named else []
    caption = "Animals" + (f" with breeding values for {inline(trait.name)}" if trait else "")
    cells = (_row(one, trait, href)[: len(head)] for one in rows.itertuples())
    return table(caption, head, cells)


def _value_head(trait: TraitChoice | None) -> list[tuple[str, str]]:
    if trait is None:
        return []
    unit = f", {trait.unit}" if trait.unit else ""
    names = [f"Breeding value{unit}", "Accuracy", "Better than"]
    names += [f"As a mother{unit}"] if trait.maternal else []
    return [(name, "number") for name in names]


def _row(one: Any, trait: TraitChoice | None, href: Callable[[str], str]) -> list[Cell]:
    link = Cell(f'<a href="{escape(href(str(one.id)))}">{escape(str(one.tag))}</a>')
    values = (
        [signed(one.breeding_value), percent(one.accuracy), better_than(one.percentile)]
        if trait
        else []
    )
    values += [signed(one.maternal)] if trait and trait.maternal else []
    who = [sex_word(one.sex), day(one.birth_date), one.breed, one.name]
    return [link, *map(figure, values), *map(text, who)]


def ways_in(imports: str, *, empty: bool) -> str:
    """Where animals and weights from another program or a workbook go in."""
    link = f'<a href="{escape(imports)}">Bring in a file</a>'
    if empty:
        return (
            '<p class="card">This farm has no animals yet. A list from another program, or an '
            f"Excel workbook, brings them in: {link}.</p>"
        )
    return f'<p class="quiet">Animals, weights or events in a file or workbook? {link}.</p>'


def position(total: int, page: int) -> str:
    """Which animals are shown, of how many."""
    if not total:
        return ""
    first, last = page * PAGE_ROWS + 1, min(total, (page + 1) * PAGE_ROWS)
    return f'<p class="quiet">{first:,} to {last:,} of {counted(total, "animal")}</p>'


def legend(trait: TraitChoice | None) -> str:
    """What the numbers mean, in two sentences."""
    if trait is None:
        return '<p class="quiet">No breeding values have been published for this farm yet.</p>'
    unit = escape(trait.unit or "its unit")
    return (
        f'<p class="quiet">The breeding value for {escape(inline(trait.name))} is in {unit}, '
        f"compared with an average of 0; half of it is passed on to offspring. “Better than” "
        f"compares with animals of its breed. {ACCURACY}{_as_a_mother(trait)}</p>"
    )


def _as_a_mother(trait: TraitChoice) -> str:
    if trait.maternal is None:
        return ""
    return (
        " “As a mother” is what she adds to her offspring by milk and care, beside the genes that "
        "they get; males pass it on to their daughters."
    )
