"""A row with the key of an earlier one is refused, unless the earlier one is itself not loaded."""

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.etl import across

SCHEMA = {"row_number": pl.Int32, "key_1": pl.UInt64, "key_2": pl.UInt64}
rows_of_keys = st.lists(st.sets(st.integers(0, 8), min_size=1, max_size=4), max_size=20)


def repeated(
    rows: list[set[int]], chunk: int = 5, without: set[int] | None = None
) -> list[tuple[int, int]]:
    """Row and first row; rows are counted from 2, as in a file."""
    records = [(row, key, key + 1) for row, keys in enumerate(rows, 2) for key in sorted(keys)]
    whole = pl.DataFrame(records, schema=SCHEMA, orient="row")

    def frames(names: list[str]) -> Iterator[pl.DataFrame]:
        for first in range(2, len(rows) + 2, chunk):
            yield whole.filter(pl.col("row_number").is_between(first, first + chunk - 1)).select(
                names
            )

    left_out = pl.Series(sorted(without or ()), dtype=pl.Int32)
    found = across.repeated(frames, whole.height, left_out)
    for row, first, at in found.iter_rows():
        start = 2 + (row - 2) // chunk * chunk
        mine = whole.filter(pl.col("row_number").is_between(start, start + chunk - 1))
        assert mine["row_number"][at] == row
        assert mine["key_1"][at] in rows[first - 2]
    return [(row, first) for row, first, _ in found.iter_rows()]


def in_order(rows: list[set[int]], without: set[int]) -> set[int]:
    """Which rows are refused, row by row."""
    taken: set[int] = set()
    refused = set()
    for row, keys in enumerate(rows, 2):
        if row in without:
            continue
        if keys & taken:
            refused.add(row)
        else:
            taken |= keys
    return refused


def test_a_row_that_is_refused_is_no_first() -> None:
    assert repeated([{1}, {1, 2}, {2}]) == [(3, 2)]
    assert repeated([{1}, {1, 2}, {2, 3}, {3}, {2}]) == [(3, 2), (5, 4), (6, 4)]
    assert repeated([{1, 2}, {2}], without={2}) == []


@given(rows_of_keys, st.sets(st.integers(2, 21), max_size=3), st.sampled_from([3, 1000]))
@settings(max_examples=150, deadline=None)
def test_rows_are_refused_as_when_they_are_taken_one_by_one(
    rows: list[set[int]], without: set[int], at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(across, "AT_ONCE", at_once)
        found = repeated(rows, without=without)
    refused = in_order(rows, without)
    assert {row for row, _ in found} == refused
    assert not {first for _, first in found} & (refused | without)
