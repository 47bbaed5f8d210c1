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
from hub.evaluations.schemas import EvaluationCreate
from hub.records import bulk as records
from hub.storage.transaction import Transaction

PEDIGREE_COLUMNS = ("id", "sire", "dam", "tag", "sex", "birth_date", "breed", "farm", "species")
KEY = ("animal", "recorded_on", "occasion")
OF_ANIMAL = (
    "animal", "tag", "farm", "species", "sex", "breed", "birth_year", "birth_month",
    "birth_type", "dam", "sire",
)  # fmt: skip
OF_RECORD = ("recorded_on", "year", "month", "age_days", "occasion")


@dataclass(frozen=True)
class Snapshot:
    """Both tables, and the farms whose animals are in them."""

    pedigree: pd.DataFrame
    data: pd.DataFrame
    farm_ids: list[UUID]


async def take(tx: Transaction, new: EvaluationCreate, traits: Sequence[str]) -> Snapshot:
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
    return await asyncio.to_thread(_snapshot, members, long, traits)


def _snapshot(members: pl.DataFrame, long: pl.DataFrame, traits: Sequence[str]) -> Snapshot:
    farm_ids = sorted(UUID(farm) for farm in members["farm_id"].unique())
    there = members["id"]
    data = data_frame(_visible_parents(long, there), traits)
    return Snapshot(pedigree_frame(members), data, farm_ids)


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


def data_frame(long: pl.DataFrame, traits: Sequence[str]) -> pd.DataFrame:
    """One row for each animal, date and occasion: a column for every trait and attribute."""
    # What we compute from is ours, too: an attribute `value` must not become the trait.
    reserved = {*OF_ANIMAL, *OF_RECORD, *traits, *long.columns}
    attributes = _attributes(long["attributes"].to_list(), reserved)
    table = long.drop("attributes").with_columns(attributes).with_columns(_computed())
    kept = [*(name for name in (*OF_ANIMAL, *OF_RECORD) if name not in KEY)]
    values = [
        pl.col("value").filter(pl.col("trait") == trait).first().alias(trait) for trait in traits
    ]
    first = [pl.col(name).first() for name in kept]
    others = [pl.col(column.name).drop_nulls().first() for column in attributes]
    rows = table.group_by(KEY, maintain_order=True).agg(*first, *values, *others)
    order = [*OF_ANIMAL, *OF_RECORD, *traits, *(column.name for column in attributes)]
    return rows.select(order).to_pandas()


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
