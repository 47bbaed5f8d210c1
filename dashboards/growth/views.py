"""How growth, milk, condition and withdrawals are drawn; takes data, returns HTML and charts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from agrigen.client import Item
from dashboards.components import charts
from dashboards.components.pieces import Cell, badge, card, facts, figure, table, text, tiles
from dashboards.components.units import in_unit, weight, weight_with_unit
from dashboards.growth import data, pictures
from dashboards.growth.data import Growth, Health, Milk
from dashboards.growth.state import PAGE_ROWS
from dashboards.theme import (
    MISSING,
    counted,
    day,
    missing,
    number,
    percent,
    sex_word,
    signed,
)

Href = Callable[[str], str]

FEWEST_SCORES = 3
FEWEST_FOR_A_SPREAD = 8
THIN, FAT = 2.0, 4.0


def growth_tiles(growth: Growth, unit: str) -> str:
    """The young of the year in numbers."""
    numbers = [(number(len(growth.young)), f"young of {growth.year} that were weighed")]
    for days in growth.targets:
        known = data.adjusted_weights(growth.young, days)
        numbers.append(
            (weight_with_unit(known.mean(), unit), f"mean at {days} days, of {len(known):,}")
        )
    gains = [one["daily_gain_kg"] for one in growth.young if one["daily_gain_kg"] is not None]
    if gains:
        numbers.append((weight_with_unit(sum(gains) / len(gains), unit, 2), "gain a day"))
    return tiles(numbers)


def nothing_weighed(year: int) -> str:
    return (
        f'<p class="card">No weighing of young born in {year} is recorded. Weigh them and record '
        "it on the phone or in the animal's page: trait “weight”; with the birth weight the "
        "weights at standard ages follow by themselves.</p>"
    )


def growth_pictures(growth: Growth, marked: str, unit: str) -> list[Any]:
    """Weights by age, their spread at standard ages, and sires beside each other."""
    points = data.gains(growth.young)
    note = "Every weighing; choose an animal below to see its own line."
    made = [charts.panel_of(pictures.weights_by_age(points, marked, unit), "Weights by age", note)]
    for days in growth.targets:
        known = data.adjusted_weights(growth.young, days)
        if len(known) >= FEWEST_FOR_A_SPREAD:
            own = known.get(marked)
            plot = pictures.spread(known, unit, None if own is None else in_unit(own, unit))
            note = f"Adjusted to {days} days of age. Dashed: the mean" + (
                f"; solid: {escape(marked)}." if own is not None else "."
            )
            made.append(charts.panel_of(plot, f"{days}-day weight", note))
    return made + _sire_pictures(growth, unit)


def _sire_pictures(growth: Growth, unit: str) -> list[Any]:
    for days in reversed(growth.targets):
        found = data.sires_of(growth.sires, days)
        if len(found) > 1:
            measure = str(found["measure"].iloc[0]).partition(",")[0]
            note = (
                f"{escape(measure.capitalize())} of their young of the last ten years, compared "
                "as if all were of one year, sex and type of birth. Number of young in brackets."
            )
            return [charts.panel_of(pictures.sires(found, unit), "Sires", note)]
    return []


WEIGHTS = (
    '<p class="quiet">Weights are brought to one age, so that old and young can be compared. The '
    "ratio compares with animals of one sex that were weighed on one day: 100 is their mean. "
    "“Why” says how a weight was made, why there is none, and why a weighing was not used.</p>"
)


def weight_list(rows: Sequence[Item], growth: Growth, unit: str, href: Href) -> str:
    """One page of young: their weights, and the reasons to open."""
    head = [("Tag", ""), ("Sex", ""), ("Born", ""), (f"Birth, {unit}", "number")]
    head += [(f"{days} days, {unit} (ratio)", "number") for days in growth.targets]
    head += [(f"Gain a day, {unit}", "number"), ("Why", "")]
    body = (_weight_row(one, growth.targets, unit, href) for one in rows)
    return table("Weights of the young", head, body)


def _weight_row(one: Item, targets: Sequence[int], unit: str, href: Href) -> list[Cell]:
    assumed = " (assumed)" if one["birth_weight_assumed"] else ""
    cells = [
        _animal(one["animal_id"], one["tag"], href),
        text(sex_word(one["sex"])),
        text(day(one["birth_date"])),
        figure(weight(one["birth_weight_kg"], unit) + assumed),
    ]
    cells += [figure(_adjusted(one, days, unit)) for days in targets]
    return [*cells, figure(weight(one["daily_gain_kg"], unit, 2)), _reasons(one, targets)]


def _adjusted(one: Item, days: int, unit: str) -> str:
    """'38.9 (101)': the weight, and what it is among contemporaries of whom the mean is 100."""
    known = data.adjusted_of(one, days) or {}
    told = weight(known.get("weight_kg"), unit)
    ratio = known.get("ratio")
    return told if missing(ratio) else f"{told} ({number(ratio)})"


def _reasons(one: Item, targets: Sequence[int]) -> Cell:
    """A line that opens: how each weight was made, and why a weighing was not used."""
    told = "".join(
        f"<li><b>{days} days:</b> {escape(reason)}</li>"
        for days in targets
        for reason in data.reasons(one, days)
    )
    if not told:
        return text("")
    unused = data.never_used(one)
    label = f"{unused} not used" if unused else "how made"
    return Cell(f"<details><summary>{label}</summary><ul>{told}</ul></details>", "wrap")


def one_young(one: Item, unit: str, href: Href) -> str:
    """Every weighing of one animal with its gain."""
    head = [("Day", ""), ("Age, days", "number"), (f"Weight, {unit}", "number"),
            (f"Gain a day, {unit}", "number")]  # fmt: skip
    rows = (
        [
            text(day(each["weighed_on"])),
            figure(number(each["age_days"])),
            figure(weight(each["weight_kg"], unit)),
            figure(weight(each["daily_gain_kg"], unit, 2)),
        ]
        for each in one["weighings"]
    )
    link = f'<p><a href="{escape(href(str(one["animal_id"])))}">Open the animal</a></p>'
    return card(
        f"Weighings of {one['tag']}", table(f"Weighings of {one['tag']}", head, rows) + link
    )


def milk_tiles(milk: Milk, unit: str) -> str:
    """The running lactations in numbers."""
    running = milk.running
    numbers = [(number(len(running)), "in milk, with test days")]
    over = milk.lactations["milk_standard_kg"].dropna()
    if len(over):
        days = int(milk.lactations["standard_days"].iloc[0])
        told = f"in {days} days, mean of {counted(len(over), 'lactation')} of two years"
        numbers.append((weight_with_unit(over.mean(), unit, 0), told))
    if len(running):
        numbers += [
            (weight_with_unit(running["last_milk_kg"].mean(), unit), "a cow at the last test"),
            (number(running["mean_scs"].mean(), 1), "mean cell score (SCS)"),
        ]
    projected = running["projected_kg"].dropna()
    if len(projected):
        numbers.append((weight_with_unit(projected.mean(), unit, 0), "mean yield to expect"))
    if len(milk.drops):
        numbers.append((number(len(milk.drops)), "with falling milk"))
    return tiles(numbers)


def no_milk() -> str:
    return (
        '<p class="card">No milk tests of a lactation are recorded for this farm. They come with '
        "files of milk recording, or one by one on the phone; a lactation begins with a recorded "
        "birth.</p>"
    )


def milk_pictures(milk: Milk, unit: str) -> list[Any]:
    """What the herd gives by day in milk."""
    if milk.curves.empty:
        return []
    note = "Mean of the test days of the last three years, by ten days in milk."
    plot = pictures.herd_curves(milk.curves, unit)
    return [charts.panel_of(plot, "Milk of the herd by parity", note)]


def lactations_title(milk: Milk) -> str:
    """What the list below shows."""
    if len(milk.running):
        return heading("Running lactations")
    told = "No lactation is running: the last tests are long ago, or the cows are dry."
    return f'{heading("Lactations that are over")}<p class="quiet">{told}</p>'


def lactations(rows: pd.DataFrame, drops: pd.DataFrame, unit: str, cow: Href) -> str:
    """Lactations: what was given so far, and in the standard length or what is to expect."""
    fallen = dict(zip(drops["animal_id"], drops["text"], strict=True)) if len(drops) else {}
    days = int(rows["standard_days"].iloc[0]) if len(rows) else 305
    head = [
        ("Cow", ""), ("Parity", "number"), ("Calved", ""), ("Days", "number"),
        (f"In all, {unit}", "number"), (f"{days} days, {unit}", "number"),
        ("Known to", "number"), ("Last test", "number"), ("SCS", "number"), ("To know", ""),
    ]  # fmt: skip
    body = (
        [
            _animal(one.animal_id, one.tag, cow),
            figure(number(one.parity)),
            text(day(one.calved_on)),
            figure(number(one.days_in_milk)),
            figure(weight(one.milk_kg, unit, 0)),
            figure(_projected(one, unit)),
            figure(percent(one.reliability)),
            figure(weight_with_unit(one.last_milk_kg, unit)),
            figure(number(one.mean_scs, 1)),
            _to_know([fallen.get(one.animal_id), *one.remarks]),
        ]
        for one in rows.itertuples()
    )
    return table("Running lactations", head, body)


def _projected(one: Any, unit: str) -> str:
    if missing(one.projected_kg):
        return weight(one.milk_standard_kg, unit, 0)
    told = weight(one.projected_kg, unit, 0)
    error = one.projected_error_kg
    return told if missing(error) else f"{told} ± {weight(error, unit, 0)}"


def _to_know(notes: Iterable[str | None]) -> Cell:
    told = "<br>".join(escape(note) for note in notes if note)
    return Cell(told or MISSING, "wrap")


LACTATIONS = (
    '<p class="quiet">Of a running lactation the standard length is a forecast from the tests so '
    "far; ± is one standard error. “Known to” says how much of the differences among cows it "
    "tells: 100 % would be certain. SCS is the cell score: one more means twice the cells.</p>"
)


def one_cow(tag: str, found: Sequence[Item], unit: str, href: Href) -> str:
    """The newest lactation of a cow in words and its tests as a table."""
    if not found:
        text_ = f"<p>No test days of {escape(tag)} fall into a recorded lactation.</p>"
        return card(tag, text_)
    one = found[0]
    animal = escape(href(str(one["animal_id"])))
    pairs = [
        ("Calved", f"{day(one['calved_on'])}, lactation {one['parity']}"),
        ("State", badge("finished" if one["finished"] else "in milk", "good")),
        ("So far", f"{weight_with_unit(one['milk_kg'], unit, 0)} in {one['days_in_milk']} days"),
    ]
    if not missing(one["projected_kg"]):
        error = weight_with_unit(one["projected_error_kg"], unit, 0)
        pairs.append((
            f"{one['standard_days']} days to expect",
            f"<b>{weight_with_unit(one['projected_kg'], unit, 0)}</b>, give or take {error}; "
            f"known to {percent(one['reliability'])}",
        ))  # fmt: skip
    pairs += [("How", escape(one["projection"]))] if one["projection"] else []
    pairs += [("To know", escape(" ".join(one["remarks"])))] if one["remarks"] else []
    link = f'<p><a href="{animal}">Open the animal</a></p>'
    return card(f"Cow {tag}", facts(pairs) + link)


def tests(tag: str, lactation: Mapping[str, Any], unit: str) -> str:
    """Test days with the change of milk; a fall of a fifth is marked."""
    head = [("Day", ""), ("Day in milk", "number"), (f"Milk, {unit}", "number"),
            ("Change", "number"), ("Fat %", "number"), ("Protein %", "number"),
            ("Cells, 1000/ml", "number"), ("SCS", "number")]  # fmt: skip
    rows = (
        [
            text(day(one["tested_on"])),
            figure(number(one["dim"])),
            figure(weight(one["milk_kg"], unit)),
            _change(one),
            figure(number(one["fat_percent"], 2)),
            figure(number(one["protein_percent"], 2)),
            figure(number(one["scc"])),
            figure(number(one["scs"], 1)),
        ]
        for one in data.tests_with_drops(lactation["test_days"])
    )
    return "<h3>Test days</h3>" + table(f"Test days of {tag}", head, rows)


def _change(one: Mapping[str, Any]) -> Cell:
    if missing(one["change"]):
        return figure(MISSING)
    told = f"{signed(one['change'] * 100, 0)} %"
    return Cell(badge(f"{told}, fell", "bad"), "number") if one["drop"] else figure(told)


def withdrawals(health: Health, href: Href) -> str:
    """Whose meat or milk is withheld today."""
    found = health.withdrawals
    if found.empty:
        return card("Withdrawals running", "<p>Nothing is withheld today.</p>")
    head = [("Tag", ""), ("Meat until", ""), ("Milk until", "")]
    rows = (
        [
            _animal(one.animal_id, one.tag, href),
            text(day(one.meat_until)),
            text(day(one.milk_until)),
        ]
        for one in found.sort_values("tag").itertuples()
    )
    told = f"<p>{counted(len(found), 'animal')} may not be sold, or their milk not delivered, yet."
    return card("Withdrawals running", f"{told}</p>" + table("Withdrawals running", head, rows))


def condition(health: Health, href: Href) -> str:
    """The last score of each animal: how many are thin, right, fat, and which."""
    last = last_scores(health.scores)
    if last.empty:
        return card(
            "Condition scores",
            "<p>No condition score was recorded in the last year. Scores from 1 (thin) to 5 (fat) "
            "are recorded on the phone, trait “body condition”.</p>",
        )
    thin, fat = last[last["value"] <= THIN], last[last["value"] >= FAT]
    numbers = [
        (number(last["value"].mean(), 1), f"mean of {counted(len(last), 'animal')}, last score"),
        (number(len(thin)), f"thin: {THIN:.0f} or less"),
        (number(len(fat)), f"fat: {FAT:.0f} or more"),
    ]
    head = [("Tag", ""), ("Score", "number"), ("Day", "")]
    notable = pd.concat([thin, fat]).sort_values("value").head(PAGE_ROWS)
    rows = (
        [_animal(one.animal_id, one.tag, href), figure(number(one.value, 1)),
         text(day(one.recorded_on))]
        for one in notable.itertuples()
    )  # fmt: skip
    listed = table("Thin and fat animals", head, rows) if len(notable) else ""
    return f"<h2>Condition scores</h2>{tiles(numbers)}<p></p>{listed}"


def last_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The newest score of each animal."""
    if scores.empty:
        return scores
    return scores.sort_values("recorded_on").drop_duplicates("animal_id", keep="last")


def condition_pictures(health: Health) -> list[Any]:
    if len(health.scores) < FEWEST_SCORES:
        return []
    plot = pictures.condition(health.scores)
    note = "Every score of the last year; the line is the mean of each month."
    return [charts.panel_of(plot, "Condition over the year", note)]


def position(total: int, page: int, noun: str) -> str:
    """Which rows are shown, of how many."""
    if not total:
        return ""
    first, last = page * PAGE_ROWS + 1, min(total, (page + 1) * PAGE_ROWS)
    return f'<p class="quiet">{first:,} to {last:,} of {counted(total, noun)}</p>'


def _animal(id: str, tag: str, href: Href) -> Cell:
    return Cell(f'<a href="{escape(href(str(id)))}">{escape(str(tag))}</a>')


def heading(name: str) -> str:
    return f"<h2>{escape(name)}</h2>"


def which(written: str) -> str:
    """No animal, or several, bear what was typed."""
    return (
        f'<p class="message" role="alert">No single animal of this list has “{escape(written)}”. '
        "Write more of its tag; the list below shows all.</p>"
    )
