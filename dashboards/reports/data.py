"""Analytics and benchmarks of a farm, asked of the hub."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from agrigen.client import Hub, Item
from agrigen.client.reports import frame
from dashboards.components.units import KG_OF_LB, KILOGRAM, POUND

FEWEST_FARMS = 5
"""Below so many farms the hub withholds a benchmark."""

TIMES = {"a": {"en": "years", "fr": "ans"}, "d": {"en": "days", "fr": "jours"}}
"""Units of time as people write them."""


@dataclass(frozen=True)
class Table:
    """One table of a subject: words in the language asked for, values as numbers."""

    name: str
    title: str
    note: str
    columns: tuple[Mapping[str, Any], ...]
    rows: pd.DataFrame
    language: str = "en"

    def label(self, column: str) -> str:
        """What a column is called, with its unit."""
        one = next(one for one in self.columns if one["name"] == column)
        # "From day, days" says it twice
        said = column.endswith("day")
        unit = "" if said else TIMES.get(one["unit"], {}).get(self.language, one["unit"])
        return one["label"] + (f", {unit}" if unit else "")


@dataclass(frozen=True)
class Subject:
    """What is said about one subject."""

    title: str
    as_of: str
    tables: dict[str, Table]


def load_subject(hub: Hub, farm_id: str, subject: str, language: str) -> Subject:
    answer = hub.reports.analytics(farm_id, subject, language=language)
    tables = {one["name"]: _table(one, language) for one in answer["tables"]}
    return Subject(answer["title"], answer["as_of"], tables)


def _table(one: Mapping[str, Any], language: str) -> Table:
    told = (one["name"], one["title"], one["note"])
    return Table(*told, columns=tuple(one["columns"]), rows=frame(one), language=language)


@dataclass(frozen=True)
class Benchmarks:
    """A farm beside others, one item a metric."""

    item: Item

    @property
    def years(self) -> list[str]:
        return [str(year) for year in sorted(self.item["years"], reverse=True)]


def load_benchmarks(hub: Hub, farm_id: str, year: str, language: str) -> Benchmarks:
    return Benchmarks(
        hub.reports.benchmark_items(farm_id, int(year) if year else None, language=language)
    )


def in_unit(table: Table, unit: str) -> Table:
    """The table with weights in the unit; what is measured stands in a column or in a row."""
    if unit != POUND:
        return table
    rows = table.rows.copy()
    columns = [_converted_column(one, rows) for one in table.columns]
    if "measure" in rows:
        _convert_measures(rows)
    return replace(table, columns=tuple(columns), rows=rows)


def _converted_column(one: Mapping[str, Any], rows: pd.DataFrame) -> Mapping[str, Any]:
    if one["unit"] != KILOGRAM:
        return one
    rows[one["name"]] = rows[one["name"]] / KG_OF_LB
    return {**one, "unit": POUND}


MEASURED = ("mean", "sd", "adjusted_mean", "standard_error")


def _convert_measures(rows: pd.DataFrame) -> None:
    """Rows of a measure in kilograms or grams become rows in pounds."""
    for ending, size in ((", kg", KG_OF_LB), (", g", 1000 * KG_OF_LB)):
        hit = rows["measure"].astype(str).str.endswith(ending)
        for name in rows.columns.intersection(MEASURED):
            rows.loc[hit, name] = rows.loc[hit, name] / size
        rows.loc[hit, "measure"] = rows.loc[hit, "measure"].str.removesuffix(ending) + ", lb"


def benchmark_in_unit(one: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """A metric in kilograms in the unit of the viewer."""
    if unit != POUND or one["unit"] != KILOGRAM:
        return dict(one)
    moved = {
        name: cell and {**cell, **{q: cell[q] / KG_OF_LB for q in ("q25", "q50", "q75")}}
        for name, cell in _cells(one)
    }
    value = None if one["value"] is None else one["value"] / KG_OF_LB
    return {**one, **moved, "value": value, "unit": POUND}


def _cells(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in ("breed_quartiles", "region_quartiles"):
        yield name, one[name]
