"""Cut a sorted table where its own keys say so, so that versions share the pieces that are equal.

A row begins a piece when the hash of its key says so, whatever stands around it: rows that are
added, changed or taken away change the piece that they are in and no other. Rows are sorted by
date first, so that what is added later is at the end.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

MEAN_ROWS = 1 << 14
"""A million records are some sixty pieces of half a megabyte."""
MOST_ROWS = 8 * MEAN_ROWS
_YEAR = "_year"


def pieces(
    frames: Iterable[pl.DataFrame], key: Sequence[str], *, mean: int = MEAN_ROWS
) -> Iterator[pl.DataFrame]:
    """Rows in their order, cut by content; however they come in, the pieces are the same."""
    rest: pl.DataFrame | None = None
    for frame in frames:
        held = frame if rest is None else pl.concat([rest, frame])
        starts = _starts(held, key, mean)
        for first, last in pairwise([0, *starts]):
            yield held[first:last]
        rest = held[[0, *starts][-1] :]
    if rest is not None and rest.height:
        yield rest


def _starts(frame: pl.DataFrame, key: Sequence[str], mean: int) -> list[int]:
    """Rows other than the first at which a piece begins."""
    hashes = key_hashes(frame, key)
    # Rows of one key stay together, or a comparison would not see that they are one.
    chosen = (hashes % np.uint64(mean) == 0) & (hashes != np.roll(hashes, 1))
    starts: list[int] = []
    last, most = 0, MOST_ROWS // MEAN_ROWS * mean
    for start in [*np.flatnonzero(chosen[1:]) + 1, frame.height]:
        while start - last > most:
            last += most
            starts.append(last)
        if start < frame.height:
            last = int(start)
            starts.append(last)
    return starts


def key_hashes(frame: pl.DataFrame, key: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A number of 64 bits a row, the same in every version of this software and its libraries."""
    texts = [pl.col(name).cast(pl.String).fill_null("\x00") for name in key]
    joined = frame.select(pl.concat_str(texts, separator="\x1f")).to_series()
    return pd.util.hash_array(joined.to_numpy().astype(object), categorize=False)


class Spool:
    """Rows of any order on the disk by year; read back sorted, one year in memory at a time."""

    def __init__(self, folder: Path, order: Sequence[str]) -> None:
        self._folder = TemporaryDirectory(dir=folder)
        self._order = order
        self._years: dict[int | None, list[Path]] = {}
        self._count = 0
        self.rows = 0

    def close(self) -> None:
        self._folder.cleanup()

    def add(self, frame: pl.DataFrame) -> None:
        self.rows += frame.height
        first = self._order[0]
        dated = frame.schema[first] == pl.Date
        years = frame.with_columns(
            (pl.col(first).dt.year() if dated else pl.lit(None, pl.Int32)).alias(_YEAR)
        )
        for (year,), part in years.partition_by(_YEAR, as_dict=True).items():
            path = Path(self._folder.name) / f"{self._count}.arrow"
            self._count += 1
            part.drop(_YEAR).write_ipc(path)
            self._years.setdefault(year, []).append(path)

    def sorted(self) -> Iterator[pl.DataFrame]:
        """Every year's rows in order; rows without a date come first."""
        for year in sorted(self._years, key=lambda one: (one is not None, one or 0)):
            together = pl.concat([pl.read_ipc(path) for path in self._years[year]])
            yield in_order(together, self._order)


def in_order(frame: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Sorted by these columns; the others decide between equal rows, so one order is the order."""
    others = [name for name in frame.columns if name not in order]
    return frame.sort([*order, *others], nulls_last=False)
