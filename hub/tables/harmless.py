"""Texts that a spreadsheet would compute are written with an apostrophe in front, and read without.

Whoever reads undoes exactly what was done: an apostrophe is taken from the front of a text only
where a formula, or more apostrophes and a formula, follow it. A text that began so by itself gets
one more when it is written. All other apostrophes ('t Hooft) are honest and stay.

This is the rule of the hub for texts, in every file that people open in a spreadsheet. It holds for
texts only: a number is written as a number, and -5 is one. A text that reads -5 (a tag, a remark)
is protected, or it would come back as a number. Results that nobody imports, whose numbers may be
texts with two decimals, have `agrigen.io.csv.harmless`, which lets those be.
"""

import re

import polars as pl

from agrigen.io.csv import COMPUTED

_BEGINS = rf"^'*[{re.escape(COMPUTED)}]"
_QUOTED = rf"^'+[{re.escape(COMPUTED)}]"


def protected(column: str) -> pl.Expr:
    """The texts of a column for a CSV file that a spreadsheet may open."""
    cell = pl.col(column)
    return pl.when(cell.str.contains(_BEGINS)).then("'" + cell).otherwise(cell).alias(column)


def marked(column: str) -> pl.Expr:
    """The texts of a column for a workbook, where a format says that `=...` is a text.

    Only what would lose an honest apostrophe when it is read gets another one.
    """
    cell = pl.col(column)
    return pl.when(cell.str.contains(_QUOTED)).then("'" + cell).otherwise(cell).alias(column)


def plain(column: str) -> pl.Expr:
    """The texts of a column as they were before they were protected."""
    cell = pl.col(column)
    bare = cell.str.slice(1)
    return pl.when(cell.str.contains(_QUOTED)).then(bare).otherwise(cell).alias(column)


def is_computed(text: str) -> bool:
    """Whether a spreadsheet would compute a text that somebody typed into it."""
    return text.startswith(tuple(COMPUTED))


def protected_text(text: str) -> str:
    """One text, such as a name of a column, as `protected` has it."""
    return f"'{text}" if re.match(_BEGINS, text) else text


def bare_text(text: str) -> str:
    """One text as it was before it was protected."""
    return text[1:] if re.match(_QUOTED, text) else text
