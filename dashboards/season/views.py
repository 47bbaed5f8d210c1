"""How a season is drawn; takes data, returns HTML and charts."""

from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from typing import Any

from dashboards.components import charts
from dashboards.components.event_words import DUE_KINDS, of_species
from dashboards.components.pieces import Cell, badge, card, figure, progress, table, text, tiles
from dashboards.season import data
from dashboards.season.data import Season
from dashboards.theme import counted, day, number, percent, plain_days, words

Href = Callable[[str], str]
MOST_SHOWN = 150


def overview(season: Season) -> str:
    """The season in a few numbers."""
    said, states = of_species(season.farm["species"]), data.by_state(season.females)
    return tiles(
        [
            (number(states["pregnant"]), said.pregnant),
            (number(states["served"]), "mated, not yet checked"),
            (number(states["open"]), f"open {said.females}"),
            (number(data.due_within(season, 7)), "due this week"),
            (number(data.overdue(season)), "overdue"),
        ]
    )


def pictures(season: Season) -> list[Any]:
    """Expected births by week."""
    weeks = data.births_by_week(season.females)
    said = of_species(season.farm["species"])
    title = f"Expected {said.birth}, by week"
    if not weeks:
        return []
    plot = charts.bars_by_week(
        list(weeks), [(said.pregnant, [n for n, _ in weeks.values()]),
                      ("mated, not checked", [n for _, n in weeks.values()])],
    )  # fmt: skip
    first = next(week for week, counts in weeks.items() if sum(counts))
    return [charts.panel_of(plot, title, f"The first in the week of {day(first)}.")]


def scans(season: Season) -> str:
    """Results of the last pregnancy checks."""
    results = data.scan_results(season.scans)
    said = of_species(season.farm["species"])
    if not results:
        return card("Pregnancy checks", '<p class="quiet">None in the last 200 days.</p>')
    total = sum(results.values())
    head = [("Result", ""), (said.females.capitalize(), "number"), ("Share", "")]
    cells = (
        [text(name), figure(number(n)), Cell(progress(n / total) + f"{percent(n / total)}")]
        for name, n in results.items()
    )
    note = (
        f'<p class="quiet">{counted(total, "animal")} checked in the last '
        f"{data.SCANS_OF_DAYS} days; the last check of each counts.</p>"
    )
    return card("Pregnancy checks", note + table("Results of pregnancy checks", head, cells))


def due_list(season: Season, kind: str, href: Href) -> str:
    """What there is to do, what is overdue first, then day by day."""
    groups = data.grouped(season.due, kind, season.today)
    if not groups:
        return card("What is due", "<p>Nothing in this time. Look further ahead above.</p>")
    left, parts = MOST_SHOWN, []
    for on, items in groups:
        if left > 0:
            parts.append(_group(on, items[:left], season.today, href))
            left -= len(items)
    total = sum(len(items) for _, items in groups)
    more = f'<p class="quiet">The first {MOST_SHOWN} of {total:,}.</p>' if left < 0 else ""
    return f'<section class="card"><h2>What is due</h2>{"".join(parts)}{more}</section>'


def _group(on: date | None, items: list[dict[str, Any]], today: date, href: Href) -> str:
    name = "Overdue" if on is None else _day_name(on, today)
    mark = " late" if on is None else ""
    entries = "".join(_item(one, href, late=on is None) for one in items)
    return (
        f'<h3 class="day{mark}">{escape(name)} <span class="quiet">({len(items)})</span></h3>'
        f'<ul class="due">{entries}</ul>'
    )


def _day_name(on: date, today: date) -> str:
    near = {0: "Today", 1: "Tomorrow"}.get((on - today).days)
    return f"{near}, {day(on)}" if near else f"{on:%A}, {day(on)}"


def _item(one: Mapping[str, Any], href: Href, *, late: bool) -> str:
    name = f" {one['name']}" if one.get("name") else ""
    when = f", best on {day(one['due_on'])}" if late else ""
    because = plain_days(one["because"]).rstrip(".") + when
    kind = badge(DUE_KINDS.get(one["kind"], words(one["kind"])), "bad" if late else "")
    return (
        f'<li><a href="{escape(href(str(one["animal_id"])))}">{escape(one["tag"] + name)}</a> '
        f'{kind}<span class="quiet">{escape(because)}</span></li>'
    )


def alert(one: Mapping[str, Any], href: Href) -> str:
    """One alert in a sentence."""
    return (
        f'<p class="alert">{badge(ALERTS.get(one["kind"], words(one["kind"])), "bad")} '
        f'<a href="{escape(href(str(one["animal_id"])))}">{escape(one["tag"])}</a> '
        f"{escape(str(one['text']).removeprefix(one['tag'] + ':').strip())}</p>"
    )


ALERTS = {
    "withdrawal": "Withdrawal", "inbred_mating": "Inbreeding", "overdue": "Overdue",
    "milk_drop": "Milk drop", "weight_loss": "Weight loss",
}  # fmt: skip


def calendar_address(address: str) -> str:
    """The secret address, shown this once."""
    return (
        '<div class="message good" role="status"><h2>Your calendar</h2>'
        "<p>Copy this address into your calendar program, under “Subscribe” or “Add from web "
        "address”. Whoever knows it can read the work of this farm. It is shown only now.</p>"
        f'<p><input class="copy" readonly value="{escape(address)}" '
        'aria-label="Secret address of the calendar" onfocus="this.select()"></p></div>'
    )


def links(calendars: int, phone: str) -> str:
    """The phone page, and how many calendars are shared."""
    shared = f" You share {counted(calendars, 'calendar')} of this farm." if calendars else ""
    return (
        f'<section class="card"><h2>In the pen, and in your calendar</h2><p>'
        f'<a href="{escape(phone)}">Open the phone page</a> on your phone: it works without a '
        "signal and sends later what you record.</p><p>A calendar program can show what is due."
        f"{shared}</p></section>"
    )
