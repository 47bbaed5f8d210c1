"""What rows of records tell of one another, over files of any length in bounded memory.

Every good record carries two hashes: of its key (animal, trait, day, occasion), 128 bits, so that
equal hashes are equal keys, and of its contemporary group. They are compared a share of all hashes
at a time, so that no more than `AT_ONCE` records are in memory.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

import polars as pl

from hub.etl.rules.records import OUTLIER_Z, SMALLEST_GROUP

AT_ONCE = 2_000_000
COLUMNS = ("key_1", "key_2", "contemporary")
_TO_SIGMA = 1.4826
_REPEATED = {"row_number": pl.Int32, "first": pl.Int32, "at": pl.Int64}
Frames = Callable[[list[str]], Iterator[pl.DataFrame]]
"""Gives the wanted columns of each chunk of good records, again and again."""


def marked(rows: pl.DataFrame) -> pl.DataFrame:
    """The records with their hashes; a record without a group that can be named has none."""
    key = pl.struct("animal_id", "trait_code", "recorded_on", "occasion")
    day = pl.when(pl.col("recorded_on").is_null()).then(pl.col("occasion"))
    group = pl.struct("trait_code", "recorded_on", day, "sex", pl.col("birth_date").dt.year())
    return rows.with_columns(
        key.hash(1).alias("key_1"), key.hash(2).alias("key_2"), group.hash(3).alias("contemporary")
    )


def repeated(frames: Frames, total: int, without: pl.Series | None = None) -> pl.DataFrame:
    """Rows to refuse, for a key stands in an earlier row that is loaded: row_number, first, at.

    `without` are rows that are not loaded anyway.
    """
    found = _later(frames, total, without)
    uncertain = found.filter(pl.col("first").is_in(found["row_number"].unique().implode()))
    if uncertain.is_empty():
        return found
    return _settled(frames, total, found, uncertain)


def _later(frames: Frames, total: int, without: pl.Series | None) -> pl.DataFrame:
    """Records whose key stands in an earlier row, whatever becomes of that row."""
    found = [pl.DataFrame(schema=_REPEATED)]
    for part in _shares(frames, total, "key_1", ["row_number", "key_1", "key_2"]):
        kept = part if without is None else part.filter(_is_not_in(without))
        twice = kept.filter(pl.struct("key_1", "key_2").is_duplicated())
        first = pl.col("row_number").min().over("key_1", "key_2").alias("first")
        later = twice.with_columns(first).filter(pl.col("row_number") != pl.col("first"))
        found.append(later.select(*_REPEATED))
    return pl.concat(found).sort("row_number", maintain_order=True)


def _settled(
    frames: Frames, total: int, found: pl.DataFrame, uncertain: pl.DataFrame
) -> pl.DataFrame:
    """The same where the first row of a key is itself refused for another of its keys.

    A row that repeats one of a row that repeats none is refused for sure. The others, few and only
    in files with several traits in a row, are gone through in their order.
    """
    certain = found.join(uncertain, on=["row_number", "at"], how="anti", maintain_order="left")
    refused = certain["row_number"].unique()
    open_rows = uncertain.filter(_is_not_in(refused))["row_number"].unique()
    told = list(_told(_contested(frames, total, open_rows)))
    more = pl.DataFrame(told, schema=_REPEATED, orient="row")
    return pl.concat([certain, more]).sort("row_number", maintain_order=True)


def _contested(frames: Frames, total: int, rows: pl.Series) -> pl.DataFrame:
    """Records of these rows whose key another of these rows has: row_number, at, key."""
    found = [pl.DataFrame(schema={"row_number": pl.Int32, "at": pl.Int64, "key": pl.Int64})]
    seen = 0
    for part in _shares(frames, total, "key_1", ["row_number", "key_1", "key_2"]):
        mine = part.filter(pl.col("row_number").is_in(rows.implode()))
        mine = mine.filter(pl.struct("key_1", "key_2").is_duplicated())
        mine = mine.with_row_index("key", seen)
        key = pl.col("key").min().over("key_1", "key_2").cast(pl.Int64)
        found.append(mine.select("row_number", "at", key))
        seen += mine.height
    return pl.concat(found).sort("row_number", maintain_order=True)


def _told(contested: pl.DataFrame) -> Iterator[tuple[int, int, int]]:
    """Row by row: refused if a row that was taken has one of its keys, else taken."""
    taken: dict[int, int] = {}
    for row, records in groupby(contested.iter_rows(), key=itemgetter(0)):
        mine = [(at, key) for _, at, key in records]
        again = [(row, taken[key], at) for at, key in mine if key in taken]
        if again:
            yield from again
        else:
            taken.update((key, row) for _, key in mine)


def _is_not_in(rows: pl.Series) -> pl.Expr:
    return ~pl.col("row_number").is_in(rows.implode())


def outliers(frames: Frames, total: int, without: pl.Series) -> pl.DataFrame:
    """Records far from their contemporary group: row_number, at, value, others, middle."""
    schema = {
        "row_number": pl.Int32, "at": pl.Int64, "value": pl.Float64, "others": pl.UInt32,
        "middle": pl.Float64,
    }  # fmt: skip
    found = [pl.DataFrame(schema=schema)]
    wanted = ["row_number", "contemporary", "value"]
    for part in _shares(frames, total, "contemporary", wanted):
        kept = part.filter(_is_not_in(without))
        found.append(_far(kept).select(pl.col(n).cast(t) for n, t in schema.items()))
    return pl.concat(found).sort("row_number", maintain_order=True)


def _far(records: pl.DataFrame) -> pl.DataFrame:
    middle = pl.col("value").median().over("contemporary").alias("middle")
    size = pl.len().over("contemporary").alias("size")
    seen = records.with_columns(middle, size).filter(pl.col("size") >= SMALLEST_GROUP)
    distance = (pl.col("value") - pl.col("middle")).abs()
    seen = seen.with_columns(distance.alias("distance"))
    spread = pl.col("distance").median().over("contemporary") * _TO_SIGMA
    far = (spread > 0) & (pl.col("distance") > OUTLIER_Z * spread)
    return seen.filter(far).with_columns((pl.col("size") - 1).alias("others"))


def _shares(frames: Frames, total: int, by: str, names: list[str]) -> Iterator[pl.DataFrame]:
    """All records, a share at a time; equal hashes are in one share. `at` counts in the chunk."""
    shares = -(-total // AT_ONCE) or 1
    for share in range(shares):
        mine = pl.col(by) % shares == share
        parts = [
            frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("at")).filter(mine)
            for frame in frames(names)
        ]
        if parts:
            yield pl.concat(parts)
