"""What every reader does to the cells it found."""

import polars as pl

from hub.etl.read import LONGEST_CELL, ROW


def filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without spaces around them, empty ones null; rows without any filled cell left out.

    A cell that is longer than any fact about an animal is cut one letter after the longest, by
    which the rules recognize it.
    """
    names = [name for name in frame.columns if name != ROW]
    if _longest(frame, names) > LONGEST_CELL:
        frame = frame.with_columns(pl.col(names).str.slice(0, LONGEST_CELL + 1))
    frame = frame.with_columns(pl.col(names).str.strip_chars())
    frame = frame.with_columns(pl.when(pl.col(names) != "").then(pl.col(names)).name.keep())
    return frame.filter(~pl.all_horizontal(pl.col(names).is_null()))


def _longest(frame: pl.DataFrame, names: list[str]) -> int:
    """Bytes of the longest cell."""
    longest = frame.select(pl.max_horizontal(pl.col(names).str.len_bytes().max())).item()
    return int(longest or 0)
