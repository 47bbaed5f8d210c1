"""Lactations of an animal: yields, projection and the curve."""

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource

from dashboards.animals.data import AnimalCard
from dashboards.components import charts
from dashboards.components.pieces import card, figure, table, text
from dashboards.components.units import in_unit, weight_with_unit
from dashboards.theme import MISSING, SERIES, day, missing, number, percent

MOST_CURVES = 3


def lactations(known: AnimalCard, unit: str) -> str:
    """A row a lactation, the newest first; "" for an animal without any."""
    found = known.lactations
    if not found:
        return ""
    standard = found[0]["standard_days"]
    head = [("Lactation", ""), ("Begun", ""), ("Days", "number"), ("Milk", "number"),
            ("Fat", "number"), ("Protein", "number"), (f"{standard} days", "number"),
            ("Cell score", "number")]  # fmt: skip
    rows = ([*_row(one, unit)] for one in found)
    note = (
        '<p class="quiet">“Expected” is what a lactation in progress will probably give in '
        f"{standard} days, give or take its usual error.</p>"
        if any(not missing(one["projected_kg"]) for one in found)
        else ""
    )
    return card("Milk", table("Lactations of this animal", head, rows) + note)


def _row(one: Mapping[str, Any], unit: str) -> list[Any]:
    state = "" if one["finished"] else ", in progress"
    return [
        text(f"{one['parity']}{state}"),
        text(day(one["calved_on"])),
        figure(number(one["days_in_milk"])),
        figure(weight_with_unit(one["milk_kg"], unit, 0)),
        figure(_share(one["fat_percent"])),
        figure(_share(one["protein_percent"])),
        figure(_standard(one, unit)),
        figure(number(one["mean_scs"], 1)),
    ]


def _share(value: Any) -> str:
    return MISSING if missing(value) else f"{value:.2f} %"


def _standard(one: Mapping[str, Any], unit: str) -> str:
    """What was given in the standard length, or what is expected."""
    if missing(one["projected_kg"]):
        return weight_with_unit(one["milk_standard_kg"], unit, 0)
    error = in_unit(one["projected_error_kg"], unit)
    return (
        f"expected {weight_with_unit(one['projected_kg'], unit, 0)} ± {error:,.0f}, "
        f"reliability {percent(one['reliability'])}"
    )


def pictures(known: AnimalCard, unit: str) -> list[Any]:
    """The newest curves with their test days."""
    drawn = [one for one in known.lactations if one["test_days"]][:MOST_CURVES]
    if not drawn:
        return []
    note = "Test days as points; the line is the curve through them, or what is expected."
    return [charts.panel_of(curves(drawn, unit), "Milk a day", note)]


def curves(drawn: Sequence[Mapping[str, Any]], unit: str) -> Any:
    """Milk over days in milk, a color for each lactation."""
    plot = charts.plain_figure(f"lactation @name, day @x: @y{{0.0}} {unit}")
    for color, one in zip(SERIES, drawn, strict=False):
        name = str(one["parity"])
        points = [(p["day"], p["milk_kg"]) for p in one["curve"]["points"]]
        tests = [(t["dim"], t["milk_kg"]) for t in one["test_days"] if t["milk_kg"] is not None]
        if points:
            plot.line("x", "y", color=color, line_width=2.5, source=_source(points, name, unit))
        plot.scatter("x", "y", color=color, size=8, source=_source(tests, name, unit),
                     legend_label=f"lactation {name}")  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = "days in milk", unit
    plot.y_range.start = 0
    plot.legend.location, plot.legend.background_fill_alpha = "bottom_right", 0.7
    plot.legend.label_text_font_size = "11px"
    return plot


def _source(points: Sequence[tuple[Any, Any]], name: str, unit: str) -> Any:
    return ColumnDataSource({
        "x": [x for x, _ in points], "y": [in_unit(y, unit) for _, y in points],
        "name": [name] * len(points),
    })  # fmt: skip
