"""Which of several rows with one key stays, told over the pieces of a file.

Keys are kept in sorted runs, each less than half as long as the one before it; what is longer is
merged. So each key is moved a few times, however many pieces there are, and the runs are few.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.etl.cleaning.steps import Duplicates
from hub.etl.read import ROW

_SEEDS = (1, 2)
_BETWEEN = "\x1f"
_NO_RANK = np.iinfo(np.int64).max
Keys = npt.NDArray[np.bytes_]
Ranks = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """Different keys in order, with the best rank that each was seen with: 24 bytes a key."""

    keys: Keys
    ranks: Ranks

    def best(self, keys: Keys) -> Ranks:
        """The rank of these keys; of those that are not here the worst there is."""
        if not self.keys.size:
            return np.full(keys.size, _NO_RANK)
        at = np.searchsorted(self.keys, keys).clip(max=self.keys.size - 1)
        return np.where(self.keys[at] == keys, self.ranks[at], _NO_RANK)


@dataclass
class Seen:
    """For every key met so far the row that stays."""

    runs: list[Run] = field(default_factory=list)

    def look(self, frame: pl.DataFrame, step: Duplicates) -> None:
        """Take the rows of a piece into account."""
        keys, ranks, whole = _keyed(frame, step)
        self.runs.append(_run(keys[whole], ranks[whole]))
        while len(self.runs) > 1 and self.runs[-2].keys.size < 2 * self.runs[-1].keys.size:
            new, old = self.runs.pop(), self.runs.pop()
            keys = np.concatenate([old.keys, new.keys])
            self.runs.append(_run(keys, np.concatenate([old.ranks, new.ranks])))

    def keeps(self, frame: pl.DataFrame, step: Duplicates) -> pl.Series:
        """True for the rows of a piece that stay."""
        keys, ranks, whole = _keyed(frame, step)
        best = np.full(keys.size, _NO_RANK)
        for run in self.runs:
            best = np.minimum(best, run.best(keys))
        return pl.Series(~whole | (ranks <= best))


def _run(keys: Keys, ranks: Ranks) -> Run:
    """Every key once; sorting two runs behind each other is quick, since each is in order."""
    order = keys.argsort(kind="stable")
    keys, ranks = keys[order], ranks[order]
    if not keys.size:
        return Run(keys, ranks)
    first = np.append(0, np.flatnonzero(keys[1:] != keys[:-1]) + 1)
    return Run(keys[first], np.minimum.reduceat(ranks, first))


def _keyed(frame: pl.DataFrame, step: Duplicates) -> tuple[Keys, Ranks, npt.NDArray[np.bool_]]:
    """128 bits of the key of each row, its rank (the least stays), and whether it has a key."""
    key = pl.concat_str(step.key, separator=_BETWEEN)
    made = frame.select(
        *(key.hash(seed).fill_null(0).alias(str(seed)) for seed in _SEEDS),
        _rank(frame, step).alias("rank"),
        pl.all_horizontal(pl.col(step.key).is_not_null()).alias("whole"),
    )
    hashes: npt.NDArray[Any] = np.column_stack([made[str(seed)].to_numpy() for seed in _SEEDS])
    keys = np.ascontiguousarray(hashes).view("S16").ravel()
    return keys, made["rank"].to_numpy(), made["whole"].to_numpy()


def _rank(frame: pl.DataFrame, step: Duplicates) -> pl.Expr:
    """The place of a row among those of one key; rows have different places."""
    row = pl.col(ROW).cast(pl.Int64)
    if step.keep == "first":
        return row
    if step.keep == "last":
        return -row
    texts = [name for name in frame.columns if name != ROW]
    return row - pl.sum_horizontal(pl.col(texts).is_not_null()).cast(pl.Int64) * 2**32
