"""How reports are drawn; takes data, returns HTML."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import pandas as pd

from dashboards.components.pieces import Cell, card, figure, file_link, table, text
from dashboards.components.quartiles import quartile_bar
from dashboards.reports.data import FEWEST_FARMS, Benchmarks, Subject, Table, benchmark_in_unit
from dashboards.theme import counted, day, missing, number

Href = Callable[[str], str]

MOST_ROWS = 60
STANDINGS = {
    "lowest": "in the lowest quarter",
    "below": "in the half below the middle",
    "above": "in the half above the middle",
    "highest": "in the highest quarter",
}
BETTER = {
    "higher": "Higher is better.",
    "lower": "Lower is better.",
    "neither": "Neither high nor low is better everywhere.",
}


def downloads(pdf: str, xlsx: str, lists: Mapping[str, str]) -> str:
    """Files to keep."""
    links = [file_link("Report with pictures (PDF)", pdf), file_link("All tables (Excel)", xlsx)]
    links += [file_link(f"{name} (CSV)", href) for name, href in lists.items()]
    told = (
        '<p class="quiet">Made when you ask, with what you may see, in the language chosen above.'
        "</p>"
    )
    row = f'<p style="display:flex;flex-wrap:wrap;gap:.5rem">{"".join(links)}</p>'
    return card("Files to keep", row + told)


def heading(subject: Subject) -> str:
    return f'<h2>{escape(subject.title)}</h2><p class="quiet">{day(subject.as_of)}</p>'


def tables(subject: Subject, href: Href) -> str:
    """Every table of a subject, folded, with its file."""
    return "".join(_folded(one, href) for one in subject.tables.values())


def _folded(one: Table, href: Href) -> str:
    if one.rows.empty:
        return f'<p class="quiet">{escape(one.title)}: –</p>'
    note = f'<p class="quiet">{escape(one.note)}</p>' if one.note else ""
    shown = one.rows.head(MOST_ROWS)
    more = ""
    if len(one.rows) > MOST_ROWS:
        more = f'<p class="quiet">{MOST_ROWS} / {len(one.rows):,} (CSV: {len(one.rows):,})</p>'
    link = f"<p>{file_link(f'{one.title} (CSV)', href(one.name))}</p>"
    return (
        f'<details class="card"><summary><b>{escape(one.title)}</b> '
        f'<span class="quiet">({len(one.rows):,})</span></summary>'
        f"{note}{_table(one, shown)}{more}{link}</details>"
    )


def _table(one: Table, rows: pd.DataFrame) -> str:
    head = [
        (one.label(column["name"]), "" if column["kind"] in ("text", "date") else "number")
        for column in one.columns
    ]
    names = [column["name"] for column in one.columns]
    body = (
        [_cell(value, column) for value, column in zip(row, one.columns, strict=True)]
        for row in rows[names].itertuples(index=False)
    )
    return table(one.title, head, body)


def _cell(value: Any, column: Mapping[str, Any]) -> Cell:
    empty = value is pd.NA or missing(value)
    if column["kind"] in ("integer", "decimal"):
        year = "year" in column["name"]
        digits = column["digits"]
        return figure("–" if empty else (str(value) if year else number(value, digits)))
    if column["kind"] == "date":
        return text(None if empty else day(value))
    return text(None if empty else value)


def benchmarks(found: Benchmarks, unit: str) -> str:
    """The farm beside others, one block a metric; or why there is nothing."""
    item = found.item
    if not found.years:
        return card("Beside other farms", f"<p>{NONE_YET}</p>")
    year = item["year"]
    told = f"<p>{escape(item['note'])}</p>"
    if not item["items"]:
        return card(f"Beside other farms, {year}", f"<p>{NOT_ENOUGH}</p>{told}")
    blocks = "".join(metric(benchmark_in_unit(one, unit)) for one in item["items"])
    legend = (
        '<p class="quiet">The box holds the middle half of the farms, the line is the middle one, '
        "the dot is this farm.</p>"
    )
    return card(f"Beside other farms, {year}", f"{told}{legend}{blocks}")


NONE_YET = (
    "No year has been compared yet. A year is compared about a month after its end, once at "
    f"least {FEWEST_FARMS} farms of the breed have data."
)
NOT_ENOUGH = "This farm recorded too little in this year to be compared."
WITHHELD = (
    f"Not shown: fewer than {FEWEST_FARMS} farms, or one farm has most of the animals. So nobody "
    "can work out the figures of a single farm."
)


def metric(one: Mapping[str, Any]) -> str:
    """One metric: the value, beside the breed, beside the region."""
    unit = f" {one['unit']}" if one["unit"] else ""
    own = "No figure of this farm" if one["value"] is None else (
        f"This farm: {number(one['value'], 2)}{unit}"
        + (f", of {counted(one['animals'], 'animal')}" if one["animals"] else "")
    )  # fmt: skip
    breed = f" · {one['breed']}" if one["breed"] else ""
    parts = [
        _beside("Farms of the breed", one["breed_quartiles"], one, unit),
        _beside("Farms of the region", one["region_quartiles"], one, unit),
    ]
    name = str(one["label"])[:1].upper() + str(one["label"])[1:]
    return (
        f'<section style="margin-top:1rem"><h3>{escape(name + breed)}</h3>'
        f"<p><b>{escape(own)}</b>. {BETTER[one['better']]}</p>{''.join(parts)}</section>"
    )


def _beside(who: str, cell: Mapping[str, Any] | None, one: Mapping[str, Any], unit: str) -> str:
    if cell is None:
        return f'<p class="quiet"><b>{escape(who)}.</b> {escape(WITHHELD)}</p>'
    sentence = (
        f"{who}, at least {cell['farms']}: a quarter lies below {number(cell['q25'], 2)}{unit}, "
        f"half below {number(cell['q50'], 2)}{unit}, three quarters below "
        f"{number(cell['q75'], 2)}{unit}."
    )
    place = standing(one["value"], cell)
    told = sentence + (f" This farm is {place}." if place else "")
    bar = quartile_bar(cell["q25"], cell["q50"], cell["q75"], one["value"], sentence=told)
    return f'<div style="margin:.5rem 0">{bar}<p class="quiet">{escape(told)}</p></div>'


def standing(value: float | None, cell: Mapping[str, Any]) -> str:
    """In which quarter a value lies."""
    if value is None:
        return ""
    if value < cell["q25"]:
        return STANDINGS["lowest"]
    if value < cell["q50"]:
        return STANDINGS["below"]
    return STANDINGS["above"] if value <= cell["q75"] else STANDINGS["highest"]


def nothing() -> str:
    return (
        '<p class="card">Nothing is recorded yet that this report is made of. It fills by itself '
        "as animals, events and records come in.</p>"
    )
