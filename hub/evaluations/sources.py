"""Where every row of a frozen dataset came from: file and row, event, phone, partner or by hand.

It is kept beside the data, not in them: the same data that came another way are the same data.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import pandas as pd
import polars as pl

from hub.evaluations import repository
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

TABLE = "sources.parquet"
ORIGIN = ("record", "import", "row", "door")
COLUMNS = (
    "table", "animal", "trait", "recorded_on", "occasion", "value", "record", "door", "import",
    "row", "event",
)  # fmt: skip


async def take(
    tx: Transaction,
    long: pl.DataFrame,
    members: pl.DataFrame,
    farm_ids: Sequence[UUID],
    traits: Sequence[str],
) -> pl.DataFrame:
    """The origin of every record and animal that is to be frozen, in the order of the data."""
    entries = await repository.entries(tx.session, farm_ids)
    told = await repository.told_by_events(tx.session, farm_ids, traits)
    return await asyncio.to_thread(_sources, long, members, _frame(entries), _frame(told))


def none() -> pl.DataFrame:
    """The origin of rows that are taken from a version: it is known of that version."""
    schema = dict.fromkeys(COLUMNS, pl.String) | {"value": pl.Float64, "row": pl.Int64}
    return pl.DataFrame(schema=schema)


def stored(objects: ObjectStore, files: Mapping[str, str]) -> pl.DataFrame:
    """The origins that were kept beside the frozen input of an evaluation, if they were."""
    if TABLE not in files:
        return none()
    return pl.read_parquet(io.BytesIO(objects.get(files[TABLE])))


def _frame(content: bytes) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(content), infer_schema=False)


def _sources(
    long: pl.DataFrame, members: pl.DataFrame, entries: pl.DataFrame, told: pl.DataFrame
) -> pl.DataFrame:
    records = long.select(pl.lit("records").alias("table"), *COLUMNS[1:6], *ORIGIN).join(
        _events(told), on="record", how="left"
    )
    found = _with_entries(records, entries, pl.coalesce("event", "record"))
    animals = members.select(
        pl.lit("animals").alias("table"), pl.col("id").alias("animal"),
        *(pl.lit(None, pl.String).alias(name) for name in (*COLUMNS[2:7], *COLUMNS[8:])),
        pl.lit("hand").alias("door"),
    )  # fmt: skip
    both = [found.select(COLUMNS), _with_entries(animals, entries, pl.col("animal"))]
    return pl.concat(one.select(COLUMNS) for one in both).with_columns(
        pl.col("row").cast(pl.Int64), pl.col("value").cast(pl.Float64)
    )


def _with_entries(rows: pl.DataFrame, entries: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """What an import made comes from the import, from its last one where several changed it."""
    last = entries.unique("id", keep="last", maintain_order=True)
    joined = rows.with_columns(key.alias("key")).join(
        last, left_on="key", right_on="id", how="left", suffix="_made"
    )
    made = pl.col("import").is_null() & pl.col("import_made").is_not_null()
    return joined.with_columns(
        pl.when(made).then(pl.lit("import")).otherwise(pl.col("door")).alias("door"),
        pl.coalesce("import", "import_made").alias("import"),
        pl.when(made).then(pl.col("row_made")).otherwise(pl.col("row")).alias("row"),
    )


def _events(told: pl.DataFrame) -> pl.DataFrame:
    """Which event said a record: the record's id is made from the event's (events/weights.py)."""
    said = [
        (record, event)
        for record, event, trait, animal in told.iter_rows()
        if uuid5(UUID(event), f"{trait}:{animal}") == UUID(record)
    ]
    return pl.DataFrame(said, {"record": pl.String, "event": pl.String}, orient="row")


def of(sources: pl.DataFrame, pedigree: pd.DataFrame, data: pd.DataFrame) -> pl.DataFrame:
    """The sources of the animals and records that are frozen in the end."""
    animals = pl.Series(pedigree["id"].unique().tolist(), dtype=pl.String).implode()
    recorded = pl.Series(data["animal"].unique().tolist(), dtype=pl.String).implode()
    is_animal = pl.col("table") == "animals"
    mine = pl.when(is_animal).then(pl.col("animal").is_in(animals))
    return sources.filter(mine.otherwise(pl.col("animal").is_in(recorded)))


def description(sources: pl.DataFrame) -> dict[str, Any]:
    """Rows by import, and by other door for each table."""
    counts = sources.group_by("import").len().drop_nulls().sort("import")
    other = sources.filter(pl.col("import").is_null()).group_by("table", "door").len()
    doors: dict[str, dict[str, int]] = {}
    for table, door, rows in other.sort("table", "door").iter_rows():
        doors.setdefault(table, {})[door] = rows
    return {"imports": dict(counts.iter_rows()), "doors": doors}
