"""Select and freeze what an evaluation is computed from: a pedigree and a table of records."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd
import polars as pl

from hub.animals import bulk as animals
from hub.errors import FieldError, Invalid
from hub.evaluations import sources
from hub.evaluations.schemas import RowsOf
from hub.records import bulk as records
from hub.storage.transaction import Transaction

PEDIGREE_COLUMNS = ("id", "sire", "dam", "tag", "sex", "birth_date", "breed", "farm", "species")
BY_DATE = ("animal", "recorded_on", "occasion")
BY_ANIMAL = ("animal", "occasion")
OF_ANIMAL = (
    "animal", "tag", "farm", "species", "sex", "breed", "birth_year", "birth_month",
    "birth_type", "dam", "sire",
)  # fmt: skip
OF_RECORD = ("recorded_on", "year", "month", "age_days", "occasion")


@dataclass(frozen=True)
class Snapshot:
    """Both tables, the farms whose animals are in them, and what stands on a row of the data.

    `sources` says where each of their rows came from.
    """

    pedigree: pd.DataFrame
    data: pd.DataFrame
    farm_ids: list[UUID]
    rows: RowsOf
    sources: pl.DataFrame

    def origin(
        self, pedigree: pd.DataFrame, data: pd.DataFrame
    ) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
        """What the description and the files beside the data say of where these came from."""
        mine = sources.of(self.sources, pedigree, data)
        return sources.description(mine), {sources.TABLE: mine.to_pandas()}


@dataclass(frozen=True)
class Selection:
    """Which animals: of these farms (all that one reads), this species, this breed."""

    farms: Sequence[UUID] | None = None
    species: str | None = None
    breed: str | None = None
    rows: RowsOf | None = None


async def take(tx: Transaction, new: Selection, traits: Sequence[str]) -> Snapshot:
    """What the actor reads at this moment; refuses when there is nothing to evaluate."""
    long = await records.records(tx.session, list(traits), new.farms, new.species, new.breed)
    if long.is_empty():
        message = f"You read no records of {', '.join(traits)} on these farms."
        remedy = "Import records first, or choose another trait, species or farm."
        error = FieldError("model.traits", message, remedy)
        raise Invalid("evaluations.no_records", message, errors=[error])
    species = sorted(long["species"].unique().to_list())
    members = await animals.pedigree(tx.session, new.farms, species, new.breed)
    # Seconds of work for a large population, during which the API must answer others.
    farm_ids = sorted(UUID(farm) for farm in members["farm_id"].unique())
    origins = await sources.take(tx, long, members, farm_ids, traits)
    long = long.drop(sources.ORIGIN)
    found = await asyncio.to_thread(tables, members, long, traits, new.rows)
    return Snapshot(*found[:2], farm_ids, found[2], origins)


def tables(
    members: pl.DataFrame, long: pl.DataFrame, traits: Sequence[str], rows: RowsOf | None
) -> tuple[pd.DataFrame, pd.DataFrame, RowsOf]:
    """The pedigree and the data as they are frozen, and what stands on a row of the data."""
    rows = rows_of(long, traits, rows)
    data = data_frame(_visible_parents(long, members["id"]), traits, rows)
    return pedigree_frame(members), data, rows


def rows_of(long: pl.DataFrame, traits: Sequence[str], wanted: RowsOf | None) -> RowsOf:
    """Whether a row holds the records of a date or all of an animal.

    Traits of different ages (birth weight, weaning weight) are on one row of the animal, or their
    residual covariance could not be seen. That needs one record a trait; lactations and the like
    are told apart by their occasion.
    """
    if wanted == "date" or (wanted is None and len(traits) == 1):
        return "date"
    counts = long.group_by(*BY_ANIMAL, "trait").len().filter(pl.col("len") > 1)
    if counts.is_empty():
        return "animal"
    if wanted is None:
        return "date"
    trait = counts["trait"][0]
    message = f"{len(counts)} animals have several records of {trait} on one occasion."
    error = FieldError("rows", message, "Choose rows: date, or name occasions when importing.")
    raise Invalid("evaluations.repeated_records", message, errors=[error])


def pedigree_frame(members: pl.DataFrame) -> pd.DataFrame:
    """One row an animal."""
    visible = _visible_parents(members, members["id"])
    return visible.select(PEDIGREE_COLUMNS).to_pandas()


def _visible_parents(table: pl.DataFrame, there: pl.Series) -> pl.DataFrame:
    """A parent that is not in the pedigree is unknown, so that no hidden id leaks."""
    known = there.implode()
    return table.with_columns(
        pl.when(pl.col(parent).is_in(known)).then(pl.col(parent)).alias(parent)
        for parent in ("sire", "dam")
    )


def data_frame(long: pl.DataFrame, traits: Sequence[str], rows: RowsOf = "date") -> pd.DataFrame:
    """One row for each animal, date and occasion: a column for every trait and attribute.

    A row of an animal has dates, ages and attributes also by trait: age_days_weaning_weight.
    Those without a trait are of the first trait that was recorded.
    """
    apart = traits if rows == "animal" else ()
    # What we compute from is ours, too: an attribute `value` must not become the trait.
    ours = [name for name in OF_RECORD if name != "occasion"]
    reserved = {*OF_ANIMAL, *OF_RECORD, *traits, *long.columns}
    reserved |= {f"{name}_{trait}" for name in ours for trait in apart}
    attributes = _attributes(long["attributes"].to_list(), reserved)
    table = long.drop("attributes").with_columns(attributes).with_columns(_computed())
    named = [column.name for column in attributes]
    key = BY_ANIMAL if apart else BY_DATE
    of_record = [name for name in (*ours, *named) if name not in key]
    values = [_of_trait("value", trait).alias(trait) for trait in traits]
    first = [pl.col(name).first() for name in OF_ANIMAL if name not in key]
    found = [_first_known(name, apart) for name in of_record]
    found += [_of_trait(name, t).alias(f"{name}_{t}") for name in of_record for t in apart]
    joined = table.group_by(key, maintain_order=True).agg(*first, *values, *found)
    by_trait = [f"{name}_{trait}" for name in of_record for trait in apart]
    return joined.select([*OF_ANIMAL, *OF_RECORD, *traits, *named, *by_trait]).to_pandas()


def _of_trait(name: str, trait: str) -> pl.Expr:
    return pl.col(name).filter(pl.col("trait") == trait).first()


def _first_known(name: str, apart: Sequence[str]) -> pl.Expr:
    """The value of the row, where records of several traits differ that of the first of them."""
    if apart:
        return pl.coalesce(_of_trait(name, trait) for trait in apart).alias(name)
    return pl.col(name).drop_nulls().first()


def _computed() -> list[pl.Expr]:
    born = pl.col("birth_date").str.to_date(strict=False)
    on = pl.col("recorded_on").str.to_date(strict=False)
    return [
        pl.col("value").cast(pl.Float64),
        pl.col("birth_type").cast(pl.Int64),
        born.dt.year().cast(pl.Int64).alias("birth_year"),
        born.dt.month().cast(pl.Int64).alias("birth_month"),
        on.dt.year().cast(pl.Int64).alias("year"),
        on.dt.month().cast(pl.Int64).alias("month"),
        (on - born).dt.total_days().cast(pl.Int64).alias("age_days"),
    ]


def _attributes(texts: Sequence[str], reserved: set[str]) -> list[pl.Series]:
    """A column for every attribute: numbers when every value is one, text otherwise.

    An attribute named like one of our own columns is kept as record_<name>.
    """
    rows: list[dict[str, Any]] = [json.loads(text) for text in texts]
    names = sorted({name for row in rows for name in row})
    taken = {*reserved, *names}
    return [
        _series(_free(name, taken) if name in reserved else name, [row.get(name) for row in rows])
        for name in names
    ]


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"record_{name}"
    return name


def _series(name: str, values: list[Any]) -> pl.Series:
    numbers = all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        for value in values
    )
    if numbers:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    return pl.Series(name, [None if v is None else _text(v) for v in values], dtype=pl.String)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
