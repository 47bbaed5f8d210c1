"""Texts of a file to values: dates, numbers, codes; null is what cannot be read.

Each reads the text of a column in its place and leaves it in `<column>_text` for the rules, which
tell what could not be read.
"""

from datetime import date

import polars as pl

UNKNOWN = ("", "0", "NA", "N/A", "nan", "NaN", "NULL", "None", ".", "-", "?")
EARLIEST_BIRTH = date(1950, 1, 1)
SEXES = {
    "f": "F", "female": "F", "2": "F", "m": "M", "male": "M", "1": "M", "u": "U", "unknown": "U",
    "3": "U",
}  # fmt: skip
STATUSES = ("alive", "sold", "dead", "unknown")
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}$"
_DOTS = r"^\d{1,2}\.\d{1,2}\.\d{4}$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def known(column: str) -> pl.Expr:
    """Null where people write that nothing is known."""
    return pl.when(~pl.col(column).is_in(UNKNOWN)).then(pl.col(column)).alias(column)


def dates(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Dates written 2024-03-17 or 17.03.2024."""
    return _read(frame, column, _days(frame[column]))


def _days(texts: pl.Series) -> pl.Series:
    """Each day is read once: a file has many rows and few days."""
    days = texts.drop_nulls().unique().to_frame("text")
    cell = pl.col("text")
    iso = pl.when(cell.str.contains(_ISO)).then(cell).str.to_date("%Y-%m-%d", strict=False)
    dots = pl.when(cell.str.contains(_DOTS)).then(cell).str.to_date("%d.%m.%Y", strict=False)
    days = days.with_columns(pl.coalesce(iso, dots).alias("day"))
    return texts.to_frame("text").join(days, on="text", how="left", maintain_order="left")["day"]


def numbers(frame: pl.DataFrame, column: str, *, commas: bool = False) -> pl.DataFrame:
    """Decimal numbers; with a decimal comma where the comma delimits nothing."""
    cell = pl.col(column).str.replace(r"^([+-]?\d+),(\d+)$", "$1.$2") if commas else pl.col(column)
    plain = pl.when(cell.str.contains(_NUMBER)).then(cell).cast(pl.Float64, strict=False)
    return _read(frame, column, frame.select(plain).to_series())


def sexes(frame: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("sex").str.to_lowercase().replace_strict(SEXES, default=None)
    return _read(frame, "sex", frame.select(code).to_series())


def one_of(frame: pl.DataFrame, column: str, allowed: tuple[str, ...]) -> pl.DataFrame:
    low = pl.col(column).str.to_lowercase()
    return _read(frame, column, frame.select(pl.when(low.is_in(allowed)).then(low)).to_series())


def whole_numbers(frame: pl.DataFrame, column: str, low: int, high: int) -> pl.DataFrame:
    number = pl.when(pl.col(column).str.contains(r"^\d{1,4}$")).then(pl.col(column))
    whole = number.cast(pl.Int32, strict=False)
    inside = pl.when(whole.is_between(low, high)).then(whole)
    return _read(frame, column, frame.select(inside).to_series())


def _read(frame: pl.DataFrame, column: str, values: pl.Series) -> pl.DataFrame:
    return frame.with_columns(frame[column].alias(f"{column}_text"), values.alias(column))
