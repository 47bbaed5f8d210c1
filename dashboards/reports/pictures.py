"""Pictures of what a farm's data say; labels are those of the tables, in their language."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from bokeh.models import ColumnDataSource

from dashboards.components import charts
from dashboards.reports.data import Subject, Table
from dashboards.theme import GREEN, SERIES

MOST_LINES = 6
MOST_REASONS = 10
MOST_TRENDS = 4
LEAST_BEHIND = 3

Pictures = list[Any]


def pictures(name: str, subject: Subject) -> Pictures:
    """The pictures of a subject, each on its card; those without data are left out."""
    makers = DRAWN.get(name, ())
    made = [maker(subject.tables) for maker in makers]
    return [one for group in made for one in group]


def _ages(tables: dict[str, Table]) -> Pictures:
    table = tables["ages"]
    if table.rows.empty:
        return []
    names = [one for one in ("females", "males", "unknown_sex") if table.rows[one].sum()]
    plot = stacked(
        [str(age) for age in table.rows["age_years"]],
        [(table.label(one), table.rows[one].astype(int).tolist()) for one in names],
    )
    plot.xaxis.axis_label, plot.yaxis.axis_label = table.label("age_years"), table.label("animals")
    return [charts.panel_of(plot, table.title)]


def _shares(name: str, label: str, *, count: str = "animals") -> Callable[..., Pictures]:
    """Horizontal bars of a table, the largest on top."""

    def draw(tables: dict[str, Table]) -> Pictures:
        table = tables[name]
        known = table.rows.dropna(subset=[count])
        sums = known.groupby(known[label].fillna("–").astype(str))[count].sum()
        sums = sums.sort_values(ascending=False).head(MOST_REASONS)
        if sums.empty:
            return []
        plot = charts.shares([str(one) for one in sums.index], sums.astype(int).tolist())
        return [charts.panel_of(plot, table.title, table.note)]

    return draw


def _by_breed(tables: dict[str, Table]) -> Pictures:
    """Animals by breed and status; what stands first is how most of them are."""
    table = tables["composition"]
    rows = table.rows.assign(breed=table.rows["breed"].replace("", "–").fillna("–"))
    if rows.empty:
        return []
    wide = rows.pivot_table(index="breed", columns="status", values="animals", aggfunc="sum")
    wide = wide.fillna(0).astype(int).sort_values(wide.columns[0], ascending=False)
    groups = [(str(status), wide[status].tolist()) for status in wide.columns]
    plot = stacked([str(breed) for breed in wide.index][:MOST_REASONS],
                   [(name, counts[:MOST_REASONS]) for name, counts in groups])  # fmt: skip
    return [charts.panel_of(plot, table.title)]


def _born(tables: dict[str, Table]) -> Pictures:
    table = tables["litters_by_year"]
    rows = table.rows.dropna(subset=["year"])
    if rows.empty:
        return []
    plot = charts.bars_by_year(
        rows["year"].astype(int).tolist(), rows["born"].astype(int).tolist(),
        what=table.label("born").lower(),
    )  # fmt: skip
    made = [charts.panel_of(plot, table.title, table.note)]
    if len(rows) > 1:
        sizes = _line(table, rows, "year", "litter_size")
        sizes.y_range.start = 0
        made.append(charts.panel_of(sizes, table.label("litter_size")))
    return made


def _litter_sizes(tables: dict[str, Table]) -> Pictures:
    table = tables["litter_sizes"]
    if table.rows.empty:
        return []
    wide = table.rows.pivot_table(
        index="parity", columns="born", values="percent", aggfunc="sum"
    ).fillna(0.0)  # fmt: skip
    groups = [(str(size), wide[size].astype(float).tolist()) for size in wide.columns]
    plot = stacked([str(parity) for parity in wide.index], groups, digits=1)
    plot.xaxis.axis_label, plot.yaxis.axis_label = table.label("parity"), table.label("percent")
    plot.legend.title = table.label("born")
    return [charts.panel_of(plot, table.title, table.note)]


def _conception(tables: dict[str, Table]) -> Pictures:
    table = tables["matings_by_year"]
    rows = table.rows.dropna(subset=["year", "conception_rate"])
    if len(rows) < 2:
        return []
    plot = _line(table, rows, "year", "conception_rate")
    plot.y_range.start, plot.y_range.end = 0, 105
    return [charts.panel_of(plot, table.label("conception_rate"), table.note)]


def _intervals(tables: dict[str, Table]) -> Pictures:
    table = tables["interval_classes"]
    made = []
    for measure, some in table.rows.groupby("measure"):
        plot = stacked(
            [str(day) for day in some.sort_values("from_day")["from_day"]],
            [(str(measure), some.sort_values("from_day")["animals"].astype(int).tolist())],
        )
        plot.xaxis.axis_label = table.label("from_day")
        plot.xaxis.major_label_orientation = 0.9
        made.append(charts.panel_of(plot, str(measure).capitalize(), table.note))
    return made


def _survival(tables: dict[str, Table]) -> Pictures:
    table = tables["survival_curve"]
    groups = []
    for kind, some in table.rows.groupby("birth_type", sort=True):
        ordered = some.sort_values("day")
        groups.append((str(kind), ordered["day"].astype(float).tolist(),
                       ordered["survival"].astype(float).tolist()))  # fmt: skip
    if not groups:
        return []
    plot = charts.plain_figure("@name: @y{0.0} % @x", height=300)
    for color, (name, x, y) in zip(SERIES * 4, groups, strict=False):
        source = ColumnDataSource({"x": [0.0, *x], "y": [100.0, *y], "name": [name] * (len(x) + 1)})
        plot.step("x", "y", mode="after", color=color, line_width=2.5, source=source,
                  legend_label=name)  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = table.label("day"), table.label("survival")
    _legend(plot, "bottom_left", table.label("birth_type"))
    note = tables["survival_by_birth_type"].note
    return [charts.panel_of(plot, table.title, note)]


def _growth(tables: dict[str, Table]) -> Pictures:
    """Means by year of birth: levels that are years, whatever the factor is called."""
    table = tables["growth_by_class"]
    years = table.rows[table.rows["level"].astype(str).str.fullmatch(r"(19|20|21)\d\d")]
    made = []
    for measure, some in years.groupby("measure", sort=False):
        known = some.assign(year=some["level"].astype(int)).sort_values("year")
        if len(known) > 1:
            series = ("", known["year"].tolist(), known["mean"].astype(float).tolist())
            plot = charts.lines([series], across="", up=_unit(str(measure)),
                                tooltip="@x: @y{0.00}", years=True)  # fmt: skip
            made.append(charts.panel_of(plot, str(measure).capitalize(), table.label("mean")))
    return made


def _unit(measure: str) -> str:
    return measure.rpartition(", ")[2] if ", " in measure else ""


def _milk(tables: dict[str, Table]) -> Pictures:
    table = tables["milk_by_month"]
    months = pd.to_datetime(table.rows["month"].astype(str), errors="coerce")
    rows = table.rows.assign(when=months).dropna(subset=["when"]).sort_values("when")
    made = []
    for name in ("milk", "cells"):
        some = rows.dropna(subset=[name])
        if len(some) > 1:
            series = [("", some["when"].tolist(), some[name].astype(float).tolist())]
            plot = charts.points_over_time(series, table.label(name))
            made.append(charts.panel_of(plot, f"{table.title}: {table.label(name)}", table.note))
    curves = tables["milk_curves"]
    if len(curves.rows):
        groups = [
            (str(parity), some["from_day"].astype(float).tolist(), some["milk"].tolist())
            for parity, some in curves.rows.sort_values("from_day").groupby("lactation")
        ]
        plot = charts.lines(groups, across=curves.label("from_day"), up=curves.label("milk"),
                            tooltip="@name: @y{0.0} / @x")  # fmt: skip
        plot.y_range.start = 0
        _legend(plot, "bottom_left", curves.label("lactation"))
        made.append(charts.panel_of(plot, curves.title, tables["milk_by_lactation"].note))
    return made


def _trends(name: str) -> Callable[..., Pictures]:
    """A chart a trait: its mean by year of birth."""

    def draw(tables: dict[str, Table]) -> Pictures:
        table = tables[name]
        by = ["trait", "effect"] if "effect" in table.rows else ["trait"]
        made = []
        for key, some in table.rows.groupby(by, sort=False):
            known = some[some["animals"] >= LEAST_BEHIND].sort_values("birth_year")
            if len(known) > 1 and len(made) < MOST_TRENDS:
                plot = _line(table, known, "birth_year", "mean")
                words = ", ".join(str(one) for one in key if one and str(one) != "a")
                made.append(charts.panel_of(plot, words.capitalize(), table.title))
        return made

    return draw


def _inbreeding(tables: dict[str, Table]) -> Pictures:
    table = tables["inbreeding"]
    rows = table.rows.dropna(subset=["birth_year", "mean"])
    if len(rows) < 2:
        return []
    plot = _line(table, rows, "birth_year", "mean")
    plot.y_range.start = 0
    return [charts.panel_of(plot, table.title, table.note)]


def _line(table: Table, rows: pd.DataFrame, across: str, up: str) -> Any:
    series = ("", rows[across].astype(int).tolist(), rows[up].astype(float).tolist())
    label = table.label(up)
    return charts.lines([series], across="", up=label, tooltip="@x: @y{0.00}", years=True)


def stacked(
    places: Sequence[str], groups: Sequence[tuple[str, Sequence[float]]], *, digits: int = 0
) -> Any:
    """Bars on top of each other, a color a group."""
    form = "{0,0." + "0" * digits + "}" if digits else "{0,0}"
    plot = charts.plain_figure(f"@place, $name: @$name{form}", x_range=list(places))
    names = [name for name, _ in groups]
    source = ColumnDataSource({"place": list(places), **{n: list(v) for n, v in groups}})
    colors = [*SERIES] * 4 if len(names) > 1 else [GREEN]
    more = {"legend_label": names} if len(names) > 1 else {}
    plot.vbar_stack(names, x="place", width=0.75, color=colors[: len(names)], source=source, **more)
    plot.y_range.start = 0
    if len(names) > 1:
        charts.legend_above(plot)
    return plot


def _legend(plot: Any, place: str, title: str) -> None:
    """Inside at a place that is free."""
    plot.legend.location, plot.legend.title = place, title
    plot.legend.background_fill_alpha = 0.7
    plot.legend.label_text_font_size = plot.legend.title_text_font_size = "11px"


DRAWN: dict[str, tuple[Callable[[dict[str, Table]], Pictures], ...]] = {
    "composition": (_by_breed, _ages, _shares("reproduction", "state")),
    "fertility": (_born, _litter_sizes, _conception, _intervals),
    "survival": (_survival,),
    "disposals": (_shares("disposals", "reason"),),
    "growth": (_growth,),
    "milk": (_milk,),
    "trends": (_trends("breeding_value_trend"), _trends("phenotype_trend")),
    "inbreeding": (_inbreeding,),
}
