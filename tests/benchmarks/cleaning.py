"""Steps of cleaning on a million rows of weights: seconds each, whole and in pieces.

python -m tests.benchmarks.cleaning [rows]
"""

import resource
import sys
import time
from typing import Any

import numpy as np
import polars as pl

from hub.etl.cleaning import State, apply, load, survey, unapply
from hub.etl.read import ROW, Table

PIECE = 100_000
STEPS: list[dict[str, Any]] = [
    {"step": "trim_and_case"},
    {"step": "missing", "codes": ["-9", "NA"]},
    {"step": "identifier", "columns": ["tag"]},
    {"step": "date_format", "columns": ["weighed"], "order": "dmy", "century": 49},
    {"step": "number_format", "columns": ["weight"], "decimal": ","},
    {"step": "unit", "column": "weight", "from": "lb", "to": "kg"},
    {"step": "codes", "column": "sex", "table": {"W": "F"}},
    {"step": "replace", "columns": ["note"], "find": "l+ame", "with": "lame", "regex": True},
    {"step": "split", "column": "pen", "by": "/", "into": ["barn", "place"]},
    {"step": "join", "columns": ["barn", "place"], "by": "-", "into": "where"},
    {"step": "constant", "column": "scale", "value": "A"},
    {"step": "duplicates", "key": ["tag", "weighed"], "keep": "last"},
]


def weights(rows: int) -> Table:
    """A file of weights of a tenth as many sheep with UK tags, each date in another spelling."""
    rng = np.random.default_rng(1)
    number = pl.Series(rng.integers(0, rows // 10, rows))
    days = pl.Series(rng.integers(0, 1500, rows))
    frame = pl.DataFrame({
        ROW: pl.Series(range(2, rows + 2), dtype=pl.Int32), "number": number, "days": days,
        "kilos": rng.normal(100, 15, rows).round(1),
    }).select(
        ROW,
        pl.format("UK 0123456 {}", pl.col("number").cast(pl.String).str.zfill(5)).alias("tag"),
        (pl.date(2020, 1, 1) + pl.duration(days="days")).dt.strftime("%d.%m.%y").alias("weighed"),
        pl.col("kilos").cast(pl.String).str.replace(".", ",", literal=True).alias("weight"),
        pl.when(pl.col("number") % 2 == 0).then(pl.lit("W")).otherwise(pl.lit("M")).alias("sex"),
        pl.when(pl.col("days") % 10 == 0).then(pl.lit("llame ")).alias("note"),
        pl.format("{}/{}", pl.col("days") % 20, pl.col("number") % 9).alias("pen"),
    )  # fmt: skip
    return Table("weights.csv", frame, {}, {"delimiter": ";"})


def main(rows: int = 1_000_000) -> None:
    table = weights(rows)
    for step in STEPS[:8]:
        start = time.perf_counter()
        done = apply(table, load([step]))
        took = time.perf_counter() - start
        print(f"{step['step']:16} {took:6.2f} s  {done.changes.height:>10,} changes")
    steps = load(STEPS)
    start = time.perf_counter()
    state = State.of(steps)
    pieces = [Table(table.name, one, {}, table.notes) for one in table.frame.iter_slices(PIECE)]
    for piece in pieces:
        survey(piece, steps, state)
    changes = sum(apply(piece, steps, state).changes.height for piece in pieces)
    took = time.perf_counter() - start
    print(f"all in pieces    {took:6.2f} s  {changes:>10,} changes")
    start = time.perf_counter()
    done = apply(table, steps)
    print(f"all at once      {time.perf_counter() - start:6.2f} s")
    start = time.perf_counter()
    same = unapply(done.table, done.changes).frame.equals(table.frame)
    print(f"taken back       {time.perf_counter() - start:6.2f} s  same as before: {same}")
    print(f"most memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:6.2f} GiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
