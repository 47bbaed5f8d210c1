"""The flock report: composition, growth, milk, fertility, losses, trends and benchmarks as PDF."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.farms import FarmRead
from hub.reports import charts
from hub.reports.paper import GRAY, GREEN, INK, Paper
from hub.reports.schemas import AnalyticsRead, Subject, TableRead
from hub.reports.texts import Texts

MOST_BARS = 12
CURVES = 4
"""Lines in one picture."""


@dataclass(frozen=True)
class Flock:
    """What a report is made of, gathered before the pages are drawn."""

    farm: FarmRead
    as_of: date
    made: str
    subjects: Mapping[Subject, AnalyticsRead]
    benchmarks: TableRead

    def table(self, name: str) -> TableRead:
        """A table by its name."""
        for subject in self.subjects.values():
            for one in subject.tables:
                if one.name == name:
                    return one
        return self.benchmarks

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Its rows by the names of columns."""
        table = self.table(name)
        names = [column.name for column in table.columns]
        return [dict(zip(names, row, strict=True)) for row in table.rows]


def pdf(flock: Flock, texts: Texts) -> bytes:
    """The report of a farm; subjects of which there are no data are left out."""
    species = flock.farm.species
    title = texts.title("herd_report" if species == "cattle" else "flock_report")
    paper = Paper(f"{title}: {flock.farm.name}", flock.made, texts)
    paper.add_page()
    _top(paper, flock, title)
    for draw in (
        _composition, _growth, _milk, _fertility, _survival, _disposals, _trends, _benchmarks,
    ):  # fmt: skip
        draw(paper, flock, texts)
    return paper.bytes()


def _top(paper: Paper, flock: Flock, title: str) -> None:
    texts, farm = paper.texts, flock.farm
    paper.ink(9, GRAY)
    paper.cell(0, 5, title, new_x="LMARGIN", new_y="NEXT")
    paper.ink(20, GREEN, bold=True)
    paper.multi_cell(0, 9, farm.name, new_x="LMARGIN", new_y="NEXT")
    paper.ink(9, INK)
    parts = [farm.code, texts.word(farm.species), farm.region]
    parts.append(f"{texts.title('as_of')} {paper.day(flock.as_of)}")
    paper.cell(0, 6, "  ·  ".join(part for part in parts if part), new_x="LMARGIN", new_y="NEXT")
    rows = flock.rows("composition")
    animals = sum(row["animals"] for row in rows)
    alive = sum(row["animals"] for row in flock.rows("ages"))
    told = texts.sentence("animals_alive", alive=paper.shown(alive), animals=paper.shown(animals))
    paper.cell(0, 6, told, new_x="LMARGIN", new_y="NEXT")
    if not animals:
        paper.cell(0, 6, texts.title("nothing"), new_x="LMARGIN", new_y="NEXT")


def _section(paper: Paper, flock: Flock, subject: Subject, height: float = 75) -> None:
    paper.section(flock.subjects[subject].title, height)


def _composition(paper: Paper, flock: Flock, texts: Texts) -> None:
    ages = flock.rows("ages")
    if not flock.rows("composition"):
        return
    _section(paper, flock, Subject.COMPOSITION)
    if ages:
        left, right = charts.side_by_side(paper)
        labels = ["?" if row["age_years"] is None else str(row["age_years"]) for row in ages]
        if labels[-1] == "10" or "10" in labels:
            labels[labels.index("10")] = "10+"
        stacks = {name: [row[name] for row in ages] for name in ("females", "males")}
        if any(row["unknown_sex"] for row in ages):
            stacks["unknown_sex"] = [row["unknown_sex"] for row in ages]
        named = {texts.column("ages", name): values for name, values in stacks.items()}
        charts.bars(paper, left, flock.table("ages").title, labels, named)
        states = flock.rows("reproduction")[:8]
        if states:
            title = flock.table("reproduction").title
            counts = {title: [row["animals"] for row in states]}
            charts.bars(paper, right, title, [row["state"] for row in states], counts)
    paper.put_table(flock.table("composition"), most=25)


def _growth(paper: Paper, flock: Flock, texts: Texts) -> None:
    rows = flock.rows("growth_by_sire")
    if not rows:
        return
    _section(paper, flock, Subject.GROWTH)
    by_measure = _grouped(rows, "measure")
    drawn = [name for name in by_measure if name != texts.word("birth_weight")][:2]
    for box, measure in zip(charts.side_by_side(paper, 50), drawn, strict=False):
        known = [
            (row["sire"] or "?", row["adjusted_mean"], 1.96 * row["standard_error"])
            for row in by_measure[measure]
            if row["adjusted_mean"] is not None and row["standard_error"] is not None
        ]
        if known:
            title = f"{texts.column('', 'adjusted_mean')}, 95 %: {measure}"
            charts.whiskers(paper, box, title, known[:MOST_BARS])
    paper.put_table(flock.table("growth_by_sire"), most=30)
    classes = flock.table("growth_by_class")
    years = texts.word("birth_year")
    kept = [row for row in classes.rows if row[1] != years]
    paper.put_table(classes.model_copy(update={"rows": kept}), most=30)


def _milk(paper: Paper, flock: Flock, texts: Texts) -> None:
    months = flock.rows("milk_by_month")
    if not any(row["milk"] is not None for row in months):
        return
    _section(paper, flock, Subject.MILK)
    left, right = charts.side_by_side(paper)
    points = [(float(k), row["milk"]) for k, row in enumerate(months) if row["milk"] is not None]
    names = {float(k): row["month"] for k, row in enumerate(months) if k % 6 == 0}
    title = flock.table("milk_by_month").title
    charts.lines(paper, left, title, {"": points}, names=names, zero=True)
    curves = _grouped(flock.rows("milk_curves"), "lactation")
    series = {
        f"{texts.column('', 'lactation')} {name}": [
            (float(row["from_day"] + 5), row["milk"]) for row in rows if row["milk"] is not None
        ]
        for name, rows in curves.items()
    }
    charts.lines(paper, right, flock.table("milk_curves").title, series, zero=True)
    paper.put_table(flock.table("milk_by_lactation"))
    paper.put_table(flock.table("milk_by_month"))


def _fertility(paper: Paper, flock: Flock, texts: Texts) -> None:
    litters = flock.rows("litters_by_year")
    if not litters and not flock.rows("matings_by_year"):
        return
    _section(paper, flock, Subject.FERTILITY)
    if litters:
        left, right = charts.side_by_side(paper, 50)
        sizes = _grouped(flock.rows("litter_sizes"), "parity")
        born = sorted({row["born"] for rows in sizes.values() for row in rows})
        stacks = {}
        for parity, rows in sizes.items():
            counts = {row["born"]: row["litters"] for row in rows}
            name = f"{texts.column('', 'parity')} {parity}{'+' if parity == 3 else ''}"
            stacks[name] = [counts.get(one, 0) for one in born]
        title = flock.table("litter_sizes").title
        charts.bars(paper, left, title, [str(one) for one in born], stacks)
        classes = _grouped(flock.rows("interval_classes"), "measure")
        if classes:
            name, rows = next(iter(classes.items()))
            days = [str(row["from_day"]) for row in rows]
            title = f"{name} ({texts.title('days')})"
            charts.bars(paper, right, title, days, {name: [row["animals"] for row in rows]})
    for name in ("matings_by_year", "litters_by_year", "litter_sizes", "intervals"):
        if flock.table(name).rows:
            paper.put_table(flock.table(name))


def _survival(paper: Paper, flock: Flock, texts: Texts) -> None:
    if not flock.rows("survival_by_birth_type"):
        return
    _section(paper, flock, Subject.SURVIVAL)
    curves = _grouped(flock.rows("survival_curve"), "birth_type")
    horizon = flock.rows("survival_by_birth_type")[0]["to_day"]
    series = {
        f"{texts.column('', 'birth_type')} {name}": [
            (0.0, 100.0), *((row["day"], row["survival"]) for row in rows),
            (float(horizon), rows[-1]["survival"]),
        ]
        for name, rows in curves.items()
    }  # fmt: skip
    title = f"{flock.table('survival_curve').title} (%)"
    if series:
        charts.lines(paper, charts.whole(paper), title, series, steps=True)
    paper.put_table(flock.table("survival_by_birth_type"))


def _disposals(paper: Paper, flock: Flock, _: Texts) -> None:
    rows = flock.rows("disposals")
    if not rows:
        return
    _section(paper, flock, Subject.DISPOSALS)
    years = sorted({row["year"] for row in rows})
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["disposal"]] = totals.get(row["disposal"], 0) + row["animals"]
    stacks = {
        name: [
            sum(row["animals"] for row in rows if (row["disposal"], row["year"]) == (name, year))
            for year in years
        ]
        for name in sorted(totals, key=lambda one: -totals[one])
    }
    title = flock.table("disposals").title
    charts.bars(paper, charts.whole(paper, 45), title, [str(one) for one in years], stacks)
    paper.put_table(flock.table("disposals"))


def _trends(paper: Paper, flock: Flock, texts: Texts) -> None:
    values = _grouped(flock.rows("breeding_value_trend"), "trait")
    inbred = flock.rows("inbreeding")
    if values or any(row["mean"] for row in inbred):
        _section(paper, flock, Subject.TRENDS)
        left, right = charts.side_by_side(paper)
        if values:
            title = f"{texts.table('breeding_value_trend')}: {next(iter(values))}"
            first = next(iter(values.values()))
            by_effect = _grouped(first, "effect")
            series = {
                str(name): [(float(row["birth_year"]), row["mean"]) for row in rows]
                for name, rows in by_effect.items()
            }
            charts.lines(paper, left, title, dict(list(series.items())[:CURVES]), numbers=".0f")
        points = [(float(row["birth_year"]), row["mean"]) for row in inbred]
        title = f"{texts.table('inbreeding')} (%)"
        charts.lines(paper, right, title, {"": points}, zero=True, numbers=".0f")
    if values:
        paper.put_table(flock.table("breeding_value_trend"))
    if inbred:
        paper.put_table(flock.table("inbreeding"))


def _benchmarks(paper: Paper, flock: Flock, texts: Texts) -> None:
    if flock.benchmarks.rows:
        paper.section(texts.title("benchmarks"))
        paper.put_table(flock.benchmarks)


def _grouped(rows: Iterable[dict[str, Any]], column: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
