"""Check a file of records value by value and turn its good rows into what is stored."""

import json
import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from hub.etl import cells, columns
from hub.etl.animals import Stock
from hub.etl.findings import Findings
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.records import bulk
from hub.storage.base import new_id

PREFIX = "attribute:"


@dataclass
class Checked:
    """Good records as they are stored; `empty` counts rows without any value."""

    rows: pl.DataFrame
    findings: Findings
    notes: dict[str, int]


def check(
    table: Table,
    mapping: Mapping,
    stock: Stock,
    traits: pl.DataFrame,
    today: date,
    findings: Findings,
) -> Checked:
    """All problems of all rows; one bad value refuses the whole row."""
    _require_traits(mapping, traits)
    frame, attributes = columns.of_records(table, mapping)
    frame = _animals(frame, stock, findings)
    frame = _values(frame, table, traits, mapping, findings)
    frame = _dates(frame, today, findings)
    _duplicates(frame, findings)
    good = frame.filter(~findings.is_bad())
    kept = _attributes(good, attributes)
    rows = good.select(
        pl.col(ROW).alias("row_number"),
        pl.Series("id", [str(new_id()) for _ in range(good.height)], dtype=pl.String),
        "animal_id",
        pl.col("trait").alias("trait_code"),
        pl.col("date").alias("recorded_on"),
        pl.col("occasion").fill_null(""),
        "value",
        pl.Series("attributes", kept, dtype=pl.String),
    )
    empty = table.frame.height - frame[ROW].n_unique()
    return Checked(rows.select(bulk.STAGE_COLUMNS), findings, {"rows_without_value": empty})


def _require_traits(mapping: Mapping, traits: pl.DataFrame) -> None:
    unknown = sorted(set(mapping.traits) - set(traits["code"]))
    if unknown:
        columns.refuse(
            "mapping.traits",
            f"The hub knows no trait {', '.join(map(repr, unknown))}.",
            f"It knows {', '.join(traits['code'])}.",
        )


def _animals(frame: pl.DataFrame, stock: Stock, findings: Findings) -> pl.DataFrame:
    """Find each animal of the farm by its tag or another of its names."""
    frame = frame.with_columns(cells.known("animal"))
    findings.add_where(
        frame, pl.col("animal").is_null(), "animal", "missing_animal",
        "The row names no animal.", "Fill in the animal's identifier.",
    )  # fmt: skip
    names = stock.names.rename({"value": "animal"}).unique("animal", keep="first")
    facts = stock.animals.select(
        pl.col("id").alias("animal_id"), "species",
        pl.col("birth_date").str.to_date(strict=False), pl.col("farm_id"),
    )  # fmt: skip
    found = frame.join(names, on="animal", how="left", maintain_order="left")
    found = found.join(facts, on="animal_id", how="left", maintain_order="left")
    findings.add_where(
        found,
        pl.col("animal").is_not_null() & pl.col("farm_id").is_null(),
        "animal",
        "unknown_animal",
        f"{{cell}} is no animal of farm {stock.farm_code}.",
        "Correct the identifier, or import the animal first.",
        cell="animal",
    )
    return found


def _values(
    frame: pl.DataFrame,
    table: Table,
    traits: pl.DataFrame,
    mapping: Mapping,
    findings: Findings,
) -> pl.DataFrame:
    """Numbers within the range of their trait."""
    known = traits.rename({"code": "trait", "species": "trait_species"})
    frame = frame.with_columns(pl.col("trait").str.to_lowercase())
    frame = frame.join(known, on="trait", how="left", maintain_order="left")
    frame = frame.with_columns(_bound(0, "lowest"), _bound(1, "highest"))
    findings.add_where(
        frame, pl.col("trait").is_null(), "trait", "missing_trait", "The row names no trait.",
        "Fill in the trait.",
    )  # fmt: skip
    findings.add_where(
        frame, pl.col("trait").is_not_null() & pl.col("lowest").is_null(), "trait",
        "unknown_trait", "The hub knows no trait {cell!r}.",
        f"Write one of {', '.join(traits['code'])}.", cell="trait",
    )  # fmt: skip
    findings.add_where(
        frame, pl.col("trait_species") != pl.col("species"), "trait", "other_species",
        "{cell} is a trait of {of}, but {animal} is of species {species}.",
        "Correct the trait or the animal.",
        cell="trait", of="trait_species", animal="animal", species="species",
    )  # fmt: skip
    findings.add_where(
        frame, pl.col("value").is_null(), "value", "missing_value", "The row has no value.",
        "Fill in the value, or remove the row.",
    )  # fmt: skip
    before = findings.rows
    commas = table.notes.get("delimiter") != ","
    read = cells.numbers(frame, "value", findings, commas=commas)
    read = read.with_columns(_column_name(mapping).alias("_column"))
    out = read.filter((pl.col("value") < pl.col("lowest")) | (pl.col("value") > pl.col("highest")))
    for row in out.iter_rows(named=True):
        findings.add(
            row[ROW], row["_column"], "out_of_range",
            f"{_number(row['value'])} {row['unit']} is not plausible for {row['trait']}: it lies "
            f"between {_number(row['lowest'])} and {_number(row['highest'])} {row['unit']}.",
            "Check the unit and the decimal point, or leave the record out.",
        )  # fmt: skip
    if mapping.traits:
        _name_columns(findings, before, mapping)
    return read


def _bound(place: int, name: str) -> pl.Expr:
    """An end of the range: that of the animal's species, or else that of the trait."""
    own = pl.col("ranges").str.json_path_match(pl.format("$.{}[" + str(place) + "]", "species"))
    return pl.coalesce(own.cast(pl.Float64), name).alias(name)


def _column_name(mapping: Mapping) -> pl.Expr:
    if not mapping.traits:
        return pl.lit("value")
    return pl.col("trait").replace(dict(mapping.traits))


def _name_columns(findings: Findings, before: set[int], mapping: Mapping) -> None:
    """Where every trait has a column and there is one trait, say that column, not `value`."""
    if len(mapping.traits) != 1:
        return
    [column] = mapping.traits.values()
    for row in findings.rows - before:
        for problem in findings.by_row[row]:
            if problem["column"] == "value":
                problem["column"] = column


def _number(value: float) -> str:
    return f"{value:.10g}"


def _dates(frame: pl.DataFrame, today: date, findings: Findings) -> pl.DataFrame:
    read = cells.dates(frame, "date", findings)
    findings.add_where(
        read.with_columns(frame["date"].alias("_cell")),
        pl.col("_cell").is_null() & ~pl.col("undated") & pl.col("occasion").is_null(),
        "date",
        "missing_date",
        "The record has neither a date nor an occasion.",
        "Fill in the date.",
    )
    cells.not_in_future(read, "date", today, findings)
    findings.add_where(
        read, pl.col("date") < pl.col("birth_date"), "date", "before_birth",
        "{animal} was born on {born}; the record is dated {cell}.",
        "Correct the date of the record or the birth date of the animal.",
        animal="animal", born="birth_date", cell="date",
    )  # fmt: skip
    return read


def _duplicates(frame: pl.DataFrame, findings: Findings) -> None:
    """Two good values of one trait for one animal, date and occasion; the first is taken."""
    key = ["animal_id", "trait", "date", "occasion"]
    again = frame.filter(~findings.is_bad())
    again = again.with_columns(pl.col(ROW).first().over(key).alias("first"))
    findings.add_where(
        again,
        pl.col(ROW) != pl.col("first"),
        "animal",
        "duplicate_row",
        "Row {first} has a value of {trait} for {animal} on that day already.",
        "Keep one, or tell them apart by an occasion column in the mapping.",
        first="first",
        trait="trait",
        animal="animal",
    )


def _attributes(frame: pl.DataFrame, names: list[str]) -> list[str]:
    """The further cells of each record as JSON; columns of numbers become numbers."""
    values = [_typed(frame[f"{PREFIX}{name}"]) for name in names]
    if not values:
        return ["{}"] * frame.height
    return [
        json.dumps({n: v for n, v in zip(names, row, strict=True) if v is not None})
        for row in zip(*values, strict=True)
    ]


def _typed(column: pl.Series) -> list[Any]:
    """Numbers if every filled cell is one that reads back the same, else the texts."""
    plain = column.drop_nulls().str.contains(r"^-?(0|[1-9]\d{0,14})(\.\d+)?$").all()
    if not plain:
        return column.to_list()
    if column.drop_nulls().str.contains(r"\.").any():
        return [v if v is None or math.isfinite(v) else None for v in column.cast(pl.Float64)]
    return column.cast(pl.Int64).to_list()


def stage(checked: Checked, first: int, last: int) -> pl.DataFrame:
    """The records of the file's rows `first` to `last`."""
    return checked.rows.filter(pl.col("row_number").is_between(first, last))
