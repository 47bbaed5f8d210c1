"""Texts of a file to values: dates, numbers, codes; what cannot be read becomes a finding."""

from datetime import date

import polars as pl

from hub.etl.findings import Findings

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


def dates(frame: pl.DataFrame, column: str, findings: Findings) -> pl.DataFrame:
    """Dates written 2024-03-17 or 17.03.2024."""
    cell = pl.col(column)
    iso = pl.when(cell.str.contains(_ISO)).then(cell).str.to_date("%Y-%m-%d", strict=False)
    dots = pl.when(cell.str.contains(_DOTS)).then(cell).str.to_date("%d.%m.%Y", strict=False)
    read = frame.with_columns(pl.coalesce(iso, dots).alias("_date"))
    findings.add_where(
        read,
        cell.is_not_null() & pl.col("_date").is_null(),
        column,
        "bad_date",
        "{cell!r} cannot be read as a date.",
        "Write it as year-month-day, such as 2024-03-17, or leave it empty if it is unknown.",
        cell=column,
    )
    return read.with_columns(pl.col("_date").alias(column)).drop("_date")


def not_in_future(frame: pl.DataFrame, column: str, today: date, findings: Findings) -> None:
    findings.add_where(
        frame,
        pl.col(column) > today,
        column,
        "in_the_future",
        "{cell} is in the future.",
        "Correct the date.",
        cell=column,
    )


def numbers(
    frame: pl.DataFrame, column: str, findings: Findings, *, commas: bool = False
) -> pl.DataFrame:
    """Finite decimal numbers; with a decimal comma where the comma delimits nothing."""
    cell = pl.col(column).str.replace(r"^([+-]?\d+),(\d+)$", "$1.$2") if commas else pl.col(column)
    number = pl.when(cell.str.contains(_NUMBER)).then(cell).cast(pl.Float64, strict=False)
    read = frame.with_columns(number.alias("_number"))
    findings.add_where(
        read,
        pl.col(column).is_not_null() & ~pl.col("_number").is_finite().fill_null(False),
        column,
        "bad_number",
        "{cell!r} is not a number.",
        "Write digits with a point, such as 12.5, without units or thousands separators.",
        cell=column,
    )
    return read.with_columns(pl.col("_number").alias(column)).drop("_number")


def sexes(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    code = pl.col("sex").str.to_lowercase().replace_strict(SEXES, default=None)
    return _coded(frame, "sex", code, "F, M or U (unknown)", findings)


def one_of(
    frame: pl.DataFrame, column: str, allowed: tuple[str, ...], findings: Findings
) -> pl.DataFrame:
    low = pl.col(column).str.to_lowercase()
    code = pl.when(low.is_in(allowed)).then(low)
    return _coded(frame, column, code, ", ".join(allowed), findings)


def _coded(
    frame: pl.DataFrame, column: str, code: pl.Expr, allowed: str, findings: Findings
) -> pl.DataFrame:
    read = frame.with_columns(code.alias("_code"))
    findings.add_where(
        read,
        pl.col(column).is_not_null() & pl.col("_code").is_null(),
        column,
        f"bad_{column}",
        f"{{cell!r}} is no {column} the hub knows.",
        f"Write {allowed}, or leave it empty if it is unknown.",
        cell=column,
    )
    return read.with_columns(pl.col("_code").alias(column)).drop("_code")


def whole_numbers(
    frame: pl.DataFrame, column: str, low: int, high: int, findings: Findings
) -> pl.DataFrame:
    number = pl.when(pl.col(column).str.contains(r"^\d{1,4}$")).then(pl.col(column))
    read = frame.with_columns(number.cast(pl.Int32, strict=False).alias("_number"))
    findings.add_where(
        read,
        pl.col(column).is_not_null() & ~pl.col("_number").is_between(low, high).fill_null(False),
        column,
        f"bad_{column}",
        f"{{cell!r}} is no whole number from {low} to {high}.",
        "Correct it, or leave it empty if it is unknown.",
        cell=column,
    )
    return read.with_columns(pl.col("_number").alias(column)).drop("_number")


def short(frame: pl.DataFrame, column: str, longest: int, findings: Findings) -> None:
    """Texts that fit and hold no control characters."""
    cell = pl.col(column)
    findings.add_where(
        frame,
        (cell.str.len_chars() > longest) | cell.str.contains(r"[\x00-\x1f\x7f]"),
        column,
        "bad_text",
        f"The text is longer than {longest} characters or holds control characters.",
        "Shorten it, and remove line breaks and tabs.",
    )
