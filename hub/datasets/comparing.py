"""What differs between two versions of a table: rows added, removed and changed, by their key."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

CHANGE = "change"
BEFORE, AFTER = ".before", ".after"
_NTH, _THERE = "\x00nth", "\x00there"
"""Columns of a comparison at work; no table has such a name, since PostgreSQL stores no NUL."""
MOST_ROWS = 2_000_000
"""Rows of one side that are compared at a time."""


@dataclass(frozen=True)
class Stored:
    """A stored table: digests and rows of its pieces in order, none of its rows, how to read one.

    `empty` has its columns.
    """

    pieces: Sequence[tuple[str, int]]
    empty: pl.DataFrame
    read: Callable[[str], pl.DataFrame]

    @property
    def columns(self) -> list[str]:
        return self.empty.columns

    @property
    def rows(self) -> int:
        return sum(rows for _, rows in self.pieces)


@dataclass(frozen=True)
class Comparison:
    """Rows that differ, and how many of each kind there are; `columns` counts changed cells."""

    rows: pl.DataFrame
    summary: dict[str, Any]


def compare(before: Stored, after: Stored, key: Sequence[str]) -> Comparison:
    """Exactly what differs; pieces that both have are not even read."""
    sides = [list(before.pieces), list(after.pieces)]
    if before.empty.schema == after.empty.schema:
        shared = Counter(sides[0]) & Counter(sides[1])
        sides = [list((Counter(side) - shared).elements()) for side in sides]
    most = max(sum(rows for _, rows in side) for side in sides)
    parts = -(-most // MOST_ROWS) or 1
    texts = _as_texts(before.empty, after.empty)
    found = []
    for part in range(parts):
        chosen = Part(key, texts, part, parts)
        left, right = chosen.read(before, sides[0]), chosen.read(after, sides[1])
        found.append(difference(left, right, key))
    rows = pl.concat(found).sort(key, nulls_last=False)
    return Comparison(rows, _summary(rows, before, after, key))


@dataclass(frozen=True)
class Part:
    """One of several shares of the rows, by their keys; equal keys are in equal shares.

    Keys of two types are made texts first: a number and its text have different hashes.
    """

    key: Sequence[str]
    texts: Sequence[pl.Expr]
    number: int
    of: int

    def read(self, table: Stored, pieces: Sequence[tuple[str, int]]) -> pl.DataFrame:
        frames = [table.empty, *(table.read(digest) for digest, _ in pieces)]
        return pl.concat([self._share(frame.with_columns(self.texts)) for frame in frames])

    def _share(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self.of == 1:
            return frame
        return frame.filter(frame.select(self.key).hash_rows() % self.of == self.number)


def difference(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """One row a row that differs: change (added, removed, changed), its key, and both values.

    Rows of one key that is there several times are compared in the order of their values.
    """
    texts = _as_texts(before, after)
    before, after = before.with_columns(texts), after.with_columns(texts)
    values = [name for name in {**before.schema, **after.schema} if name not in key]
    common = [name for name in values if name in before.columns and name in after.columns]
    before, after = _numbered(before, after, key)
    left = before.rename({n: n + BEFORE for n in before.columns if n not in (*key, _NTH)})
    right = after.rename({n: n + AFTER for n in after.columns if n not in (*key, _NTH)})
    joined = left.with_columns(pl.lit(True).alias(_THERE + BEFORE)).join(
        right.with_columns(pl.lit(True).alias(_THERE + AFTER)),
        on=[*key, _NTH], how="full", coalesce=True, nulls_equal=True,
    )  # fmt: skip
    different = [pl.col(n + BEFORE).ne_missing(pl.col(n + AFTER)) for n in common]
    change = (
        pl.when(pl.col(_THERE + BEFORE).is_null()).then(pl.lit("added"))
        .when(pl.col(_THERE + AFTER).is_null()).then(pl.lit("removed"))
        .when(pl.any_horizontal(pl.lit(False), *different)).then(pl.lit("changed"))
    )  # fmt: skip
    shown = [
        name + side
        for name in values
        for side, there in ((BEFORE, before), (AFTER, after))
        if name in there.columns
    ]
    rows = joined.with_columns(change.alias(CHANGE)).filter(pl.col(CHANGE).is_not_null())
    return rows.select(CHANGE, *key, *shown)


def _as_texts(before: pl.DataFrame, after: pl.DataFrame) -> list[pl.Expr]:
    """Makes the types of both equal; a column whose type was another is compared as text."""
    both = [name for name in before.columns if name in after.columns]
    others = [name for name in both if before[name].dtype != after[name].dtype]
    return [pl.col(name).cast(pl.String) for name in others]


def _numbered(
    before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first, second ... row of a key, where any key is there several times."""
    repeated = any(one.select(key).is_duplicated().any() for one in (before, after))
    if not repeated:
        first = pl.lit(0, pl.UInt32).alias(_NTH)
        return before.with_columns(first), after.with_columns(first)
    nth = pl.int_range(pl.len(), dtype=pl.UInt32).over(key).alias(_NTH)
    return (
        before.sort(before.columns).with_columns(nth),
        after.sort(after.columns).with_columns(nth),
    )


def _summary(
    rows: pl.DataFrame, before: Stored, after: Stored, key: Sequence[str]
) -> dict[str, Any]:
    counts = dict(rows[CHANGE].value_counts().iter_rows())
    there = [n for n in before.columns if n in after.columns and n not in key]
    changed = rows.filter(pl.col(CHANGE) == "changed")
    cells = {
        name: int(changed[name + BEFORE].ne_missing(changed[name + AFTER]).sum()) for name in there
    }
    named = {name: int(counts.get(name, 0)) for name in ("added", "removed", "changed")}
    return {
        "rows_before": before.rows,
        "rows_after": after.rows,
        **named,
        "unchanged": before.rows - named["removed"] - named["changed"],
        "columns": {name: count for name, count in cells.items() if count},
        "columns_added": [name for name in after.columns if name not in before.columns],
        "columns_removed": [name for name in before.columns if name not in after.columns],
    }


def as_items(rows: pl.DataFrame, key: Sequence[str]) -> list[dict[str, Any]]:
    """Rows for people: the key, and of a changed row the columns that changed with both values."""
    return [_item(row, key) for row in rows.iter_rows(named=True)]


def _item(row: dict[str, Any], key: Sequence[str]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name not in key and name != CHANGE}
    sides: dict[str, dict[str, Any]] = {
        side: {n.removesuffix(side): v for n, v in values.items() if n.endswith(side)}
        for side in (BEFORE, AFTER)
    }
    before, after = sides[BEFORE], sides[AFTER]
    if row[CHANGE] == "changed":
        same = {name for name in before if name in after and _same(before[name], after[name])}
        before = {name: value for name, value in before.items() if name not in same}
        after = {name: value for name, value in after.items() if name not in same}
    return {
        "change": row[CHANGE],
        "key": {name: row[name] for name in key},
        "before": None if row[CHANGE] == "added" else before,
        "after": None if row[CHANGE] == "removed" else after,
    }


def _same(before: Any, after: Any) -> bool:
    """Equal; what is not a number is the same as what is not a number."""
    return bool(before == after or (before != before and after != after))
