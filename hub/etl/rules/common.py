"""Rules that hold for files of several kinds."""

import polars as pl

from hub.etl.read import LONGEST_CELL
from hub.etl.rules.rule import Rule

WIDTH = Rule(
    code="wrong_number_of_cells",
    column="",
    says="A row has as many cells as the header.",
    remedy="Look for a missing or extra delimiter, or put texts that hold one in quotes.",
)
LONG = Rule(
    code="long_cell",
    column="",
    says=f"A cell holds at most {LONGEST_CELL:,} letters.",
    remedy="Shorten the text, and look for a missing quotation mark.",
)
UNKNOWN_COLUMN = Rule(
    code="unknown_column",
    column="",
    says="The hub knows what to do with every column. The others are not loaded, and told here.",
    message="Nobody knows what to do with the column {cell!r}; it was not loaded.",
    remedy="Name in mapping.columns what it is, or list it in mapping.ignore ('*' for all others).",
    severity="warning",
)
OF_EVERY_FILE = (WIDTH, LONG)

_FILLED_BUT = "{cell!r} "


def bad_date(column: str, extra: str = ", or leave it empty if it is unknown") -> Rule:
    """`column` is the date that was read of the text in `column`_text."""
    text = f"{column}_text"
    return Rule(
        code="bad_date",
        column=column,
        says="A date can be read and is in the calendar.",
        message=f"{_FILLED_BUT}cannot be read as a date.",
        remedy=f"Write it as year-month-day, such as 2024-03-17{extra}.",
        wrong=pl.col(text).is_not_null() & pl.col(column).is_null(),
        cell=text,
    )


def in_the_future(column: str) -> Rule:
    return Rule(
        code="in_the_future",
        column=column,
        says="Nothing is dated later than today.",
        message="{date} is in the future.",
        remedy="Correct the date.",
        wrong=pl.col(column) > pl.col("today"),
        shown={"date": column},
        cell=f"{column}_text",
    )


def bad_text(column: str, longest: int) -> Rule:
    cell = pl.col(column)
    return Rule(
        code="bad_text",
        column=column,
        says=f"A {column} holds at most {longest} letters and no control characters.",
        message=f"The text is longer than {longest} characters or holds control characters.",
        remedy="Shorten it, and remove line breaks and tabs.",
        wrong=(cell.str.len_chars() > longest) | cell.str.contains(r"[\x00-\x1f\x7f]"),
        cell=column,
    )


def bad_code(column: str, allowed: str) -> Rule:
    text = f"{column}_text"
    return Rule(
        code=f"bad_{column}",
        column=column,
        says=f"A {column} is one that the hub knows: {allowed}.",
        message=f"{_FILLED_BUT}is no {column} the hub knows.",
        remedy=f"Write {allowed}, or leave it empty if it is unknown.",
        wrong=pl.col(text).is_not_null() & pl.col(column).is_null(),
        cell=text,
    )
