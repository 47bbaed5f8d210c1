"""Which tables there are, what their columns hold, and rows as tables in a language."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from hub.reports.schemas import Cell, ColumnRead, Subject, TableRead
from hub.reports.texts import Texts

Kind = Literal["text", "integer", "decimal", "date"]

TABLES: dict[str, tuple[str, ...]] = {
    "composition": ("species", "breed", "sex", "status", "animals"),
    "ages": ("age_years", "females", "males", "unknown_sex", "animals"),
    "reproduction": ("state", "animals"),
    "growth_by_sire": (
        "measure", "sire", "animals", "mean", "sd", "adjusted_mean", "standard_error",
    ),
    "growth_by_class": (
        "measure", "factor", "level", "animals", "mean", "sd", "adjusted_mean", "standard_error",
    ),
    "milk_by_month": ("month", "tests", "animals", "milk", "sd", "fat", "protein", "cells"),
    "milk_by_lactation": (
        "lactation", "tests", "animals", "milk", "sd", "fat", "protein", "cells",
    ),
    "milk_curves": ("lactation", "from_day", "tests", "animals", "milk", "sd"),
    "matings_by_year": (
        "year", "matings", "females", "known", "conceived", "conception_rate", "gave_birth",
    ),
    "litters_by_year": ("year", "litters", "born", "litter_size", "sd", "live", "stillborn"),
    "litter_sizes": ("parity", "born", "litters", "percent"),
    "intervals": ("measure", "animals", "mean", "sd", "q10", "q25", "q50", "q75", "q90"),
    "interval_classes": ("measure", "from_day", "animals"),
    "survival_by_birth_type": (
        "birth_type", "born", "died", "survival", "lower", "upper", "to_day", "unknown",
    ),
    "survival_curve": ("birth_type", "day", "at_risk", "events", "survival", "lower", "upper"),
    "disposals": ("year", "disposal", "reason", "animals", "percent", "mean_age_years"),
    "breeding_value_trend": (
        "trait", "effect", "birth_year", "animals", "mean", "sd", "accuracy",
    ),
    "phenotype_trend": ("trait", "birth_year", "animals", "records", "mean", "sd"),
    "inbreeding": ("birth_year", "animals", "both_parents", "mean", "highest", "above_625"),
    "benchmarks": (
        "breed", "metric", "unit", "value", "animals", "breed_farms", "breed_q25", "breed_q50",
        "breed_q75", "region_farms", "region_q25", "region_q50", "region_q75",
    ),
    "animals": (
        "tag", "name", "species", "breed", "sex", "birth_date", "birth_type", "status", "sire",
        "dam",
    ),
    "records": ("tag", "trait", "recorded_on", "value", "unit", "occasion"),
    "events": ("tag", "kind", "occurred_on", "told", "sires", "young", "remark"),
}  # fmt: skip

SUBJECTS: dict[Subject, tuple[str, ...]] = {
    Subject.COMPOSITION: ("composition", "ages", "reproduction"),
    Subject.GROWTH: ("growth_by_sire", "growth_by_class"),
    Subject.MILK: ("milk_by_month", "milk_by_lactation", "milk_curves"),
    Subject.FERTILITY: (
        "matings_by_year", "litters_by_year", "litter_sizes", "intervals", "interval_classes",
    ),
    Subject.SURVIVAL: ("survival_by_birth_type", "survival_curve"),
    Subject.DISPOSALS: ("disposals",),
    Subject.TRENDS: ("breeding_value_trend", "phenotype_trend"),
    Subject.INBREEDING: ("inbreeding",),
}  # fmt: skip
LISTS = ("animals", "records", "events")

WHOLE = {
    "age_years", "animals", "females", "males", "unknown_sex", "tests", "lactation", "from_day",
    "year", "matings", "known", "conceived", "gave_birth", "litters", "born", "live", "stillborn",
    "parity", "died", "to_day", "unknown", "at_risk", "events", "birth_year", "records",
    "both_parents", "above_625", "breed_farms", "region_farms",
}  # fmt: skip
DIGITS = {
    "mean": 2, "sd": 2, "adjusted_mean": 2, "standard_error": 2, "milk": 2, "fat": 2,
    "protein": 2, "cells": 0, "conception_rate": 1, "litter_size": 2, "percent": 1, "q10": 0,
    "q25": 0, "q50": 0, "q75": 0, "q90": 0, "day": 1, "survival": 1, "lower": 1, "upper": 1,
    "mean_age_years": 1, "accuracy": 2, "highest": 2, "value": 2, "breed_q25": 2,
    "breed_q50": 2, "breed_q75": 2, "region_q25": 2, "region_q50": 2, "region_q75": 2,
}  # fmt: skip
DATES = {"birth_date", "recorded_on", "occurred_on"}
UNITS = {
    "milk": "kg", "fat": "%", "protein": "%", "cells": "1000/ml", "conception_rate": "%",
    "percent": "%", "survival": "%", "lower": "%", "upper": "%", "day": "d", "from_day": "d",
    "to_day": "d", "mean_age_years": "a", "age_years": "a",
}  # fmt: skip
_IN_TABLE = {
    "intervals": dict.fromkeys(("mean", "sd", "q10", "q25", "q50", "q75", "q90"), "d"),
    "inbreeding": {"mean": "%", "highest": "%"},
    "milk_by_month": {"sd": "kg"},
    "milk_by_lactation": {"sd": "kg"},
    "milk_curves": {"sd": "kg"},
}
WORDS = {
    "sex", "status", "state", "species", "measure", "factor", "disposal", "reason", "trait",
    "kind", "metric", "level", "birth_type",
}  # fmt: skip


def column(table: str, name: str, texts: Texts) -> ColumnRead:
    """A column with its label in a language."""
    kind: Kind = "text"
    if name in DIGITS:
        kind = "decimal"
    elif name in WHOLE or (name == "birth_type" and table == "animals"):
        kind = "integer"
    elif name in DATES:
        kind = "date"
    return ColumnRead(
        name=name,
        label=texts.column(table, name),
        unit=_IN_TABLE.get(table, {}).get(name, UNITS.get(name, "")),
        kind=kind,
        digits=DIGITS.get(name, 0),
    )


def table(name: str, rows: Iterable[Mapping[str, Any]], texts: Texts) -> TableRead:
    """Rows as the table of this name; words of the data are put into the language."""
    columns = TABLES[name]
    return TableRead(
        name=name,
        title=texts.table(name),
        note=texts.note(name),
        columns=[column(name, one, texts) for one in columns],
        rows=[[_cell(one, row.get(one), texts) for one in columns] for row in rows],
    )


def _cell(column: str, value: Any, texts: Texts) -> Cell:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if column in WORDS and isinstance(value, str):
        return texts.word(value)
    if column in WHOLE:
        return int(value)
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, Cell) else float(value)
