"""Which of several rows with one key stays, told over the pieces of a file."""

from dataclasses import dataclass, field

import polars as pl

from hub.etl.cleaning.steps import Duplicates
from hub.etl.read import ROW

_KEY = ("_key1", "_key2")
_SEEDS = (1, 2)
_BETWEEN = "\x1f"
_SCHEMA = {"_key1": pl.UInt64, "_key2": pl.UInt64, "_best": pl.Int32, "_filled": pl.Int64}


@dataclass
class Seen:
    """For every key met so far the row that stays: 28 bytes a key."""

    keys: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SCHEMA))

    def look(self, frame: pl.DataFrame, step: Duplicates) -> None:
        """Take the rows of a piece into account."""
        new = _keyed(frame, step).filter(pl.col("_key1").is_not_null())
        rows = new.select(*_KEY, pl.col(ROW).alias("_best"), "_filled")
        both = pl.concat([self.keys, rows]).sort(*_preference(step))
        self.keys = both.unique(_KEY, keep="first", maintain_order=False)

    def keeps(self, frame: pl.DataFrame, step: Duplicates) -> pl.Series:
        """True for the rows of a piece that stay."""
        rows = _keyed(frame, step)
        found = rows.join(self.keys, on=_KEY, how="left", maintain_order="left")
        return found.select((pl.col("_best") == pl.col(ROW)).fill_null(value=True)).to_series()


def _preference(step: Duplicates) -> tuple[pl.Expr, ...]:
    """The order in which rows of one key are wanted."""
    if step.keep == "first":
        return (pl.col("_best"),)
    if step.keep == "last":
        return (-pl.col("_best"),)
    return (-pl.col("_filled"), pl.col("_best"))


def _keyed(frame: pl.DataFrame, step: Duplicates) -> pl.DataFrame:
    """Rows with 128 bits of their key, null where a cell of it is empty."""
    whole = pl.all_horizontal(pl.col(step.key).is_not_null())
    key = pl.concat_str(step.key, separator=_BETWEEN)
    texts = [name for name in frame.columns if name != ROW]
    filled = pl.sum_horizontal(pl.col(texts).is_not_null()).cast(pl.Int64)
    hashes = [
        pl.when(whole).then(key.hash(seed)).alias(name)
        for name, seed in zip(_KEY, _SEEDS, strict=True)
    ]
    return frame.select(ROW, *hashes, filled.alias("_filled"))
