"""Check records value by value, a chunk of a file at a time, and make of them what is stored.

What one row tells of another, a second value of the same occasion and a value far from those of its
contemporary group, is found over the whole file in `hub.etl.across`.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from hub.etl import across, attributes, cells, columns
from hub.etl.animals import Stock
from hub.etl.findings import Findings
from hub.etl.ids import new_ids
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.records import bulk

CHECK_COLUMNS = (*bulk.STAGE_COLUMNS, *across.COLUMNS)


@dataclass
class Checked:
    """Good records as they are stored, and what compares them with others of the file."""

    rows: pl.DataFrame
    findings: Findings
    empty: frozenset[int]
    """Rows of a wide file in which every trait's cell is empty: nothing to load, nothing wrong."""


def facts(stock: Stock, traits: pl.DataFrame) -> dict[str, str]:
    """What messages say of the import as a whole."""
    return {"farm": stock.farm_code, "traits": ", ".join(traits["code"])}


def check(
    table: Table, mapping: Mapping, stock: Stock, traits: pl.DataFrame, today: date,
    findings: Findings, numeric: attributes.Numeric | None = None,
) -> Checked:  # fmt: skip
    """All problems of all rows; one bad value refuses the whole row."""
    _require_traits(mapping, traits)
    frame, names = columns.of_records(table, mapping)
    frame = _with_animals(frame, stock)
    frame = _with_traits(frame, traits)
    commas = table.notes.get("delimiter") != ","
    frame = cells.dates(cells.numbers(frame, "value", commas=commas), "date")
    frame = frame.with_columns(_column_name(mapping), pl.lit(today).alias("today"))
    findings.judge(frame, named={"value": "_column"})
    good = frame.filter(~findings.is_bad()) if findings.refused else frame
    kept = attributes.as_json(good, names, numeric)
    return Checked(_rows(good, kept), findings, _empty(table, frame, findings))


def _empty(table: Table, frame: pl.DataFrame, findings: Findings) -> frozenset[int]:
    if frame[ROW].n_unique() == table.frame.height:
        return frozenset()
    return frozenset(set(table.frame[ROW]) - set(frame[ROW]) - findings.refused)


def _rows(good: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    rows = good.select(
        pl.col(ROW).alias("row_number"),
        new_ids(good.height).alias("id"),
        "animal_id",
        pl.col("trait").alias("trait_code"),
        pl.col("date").alias("recorded_on"),
        pl.col("occasion").fill_null(""),
        "value",
        kept.alias("attributes"),
        "sex",
        "birth_date",
    )
    return across.marked(rows).select(CHECK_COLUMNS)


def _require_traits(mapping: Mapping, traits: pl.DataFrame) -> None:
    unknown = sorted(set(mapping.traits) - set(traits["code"]))
    if unknown:
        columns.refuse(
            "mapping.traits",
            f"The hub knows no trait {', '.join(map(repr, unknown))}.",
            f"It knows {', '.join(traits['code'])}.",
        )


def _with_animals(frame: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """Each animal of the farm, found by its tag or another of its names."""
    frame = frame.with_columns(cells.known("animal"))
    return frame.join(stock.named, on="animal", how="left", maintain_order="left")


def _with_traits(frame: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """Each trait as the hub writes it, with the range of the animal's species.

    A file has many rows and few pairs of trait and species: what is known is found once a pair.
    """
    written, species = (_places(frame[name]) for name in ("trait", "species"))
    pairs = _pairs(written.kinds, species.kinds, traits)
    at = written.at * species.kinds.height + species.at
    return frame.with_columns(pairs.select(pl.all().gather(at)).get_columns())


class _Places(NamedTuple):
    kinds: pl.DataFrame
    """Every text of a column once, the last one null."""
    at: pl.Series
    """For each row, where its text stands in `kinds`."""


def _places(texts: pl.Series) -> _Places:
    there = texts.unique().drop_nulls()
    kinds = pl.concat([there, pl.Series([None], dtype=pl.String)]).to_frame(texts.name)
    codes = texts.cast(pl.Enum(there)).to_physical().cast(pl.Int64)
    return _Places(kinds, codes.fill_null(there.len()))


def _pairs(written: pl.DataFrame, species: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """What is known of each trait; its range is that of the species, or else its own."""
    known = traits.rename({"code": "trait", "species": "trait_species"})
    pairs = written.select(pl.col("trait").str.to_lowercase()).join(
        known, on="trait", how="left", maintain_order="left"
    )
    pairs = pairs.join(species, how="cross", maintain_order="left_right")
    own = [
        pl.col("ranges").str.json_path_match(pl.format(f"$.{{}}[{place}]", "species"))
        for place in (0, 1)
    ]
    return pairs.select(
        "trait", "trait_species", "unit",
        pl.coalesce(own[0].cast(pl.Float64), "lowest").alias("lowest"),
        pl.coalesce(own[1].cast(pl.Float64), "highest").alias("highest"),
    )  # fmt: skip


def _column_name(mapping: Mapping) -> pl.Expr:
    """Where every trait has a column, that column, not `value`."""
    if not mapping.traits:
        return pl.lit("value").alias("_column")
    return pl.col("trait").replace(dict(mapping.traits)).alias("_column")
