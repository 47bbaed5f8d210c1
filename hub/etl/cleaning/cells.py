"""Steps that make of each cell another one: a column in, a column out."""

import re
from typing import Any

import polars as pl

from hub.errors import Invalid
from hub.etl.cleaning import dates, identifiers, steps, units

_SPACES = "[\\s\u00a0\u2007\u202f]"
_LARGEST_GROWTH = 64 * 2**20


def trim_and_case(cells: pl.Series, step: steps.TrimAndCase) -> pl.Series:
    text = cells.str.replace_all(f"{_SPACES}+", " ").str.strip_chars()
    if step.case == "upper":
        text = text.str.to_uppercase()
    if step.case == "lower":
        text = text.str.to_lowercase()
    return text


def date_format(cells: pl.Series, step: steps.DateFormat) -> pl.Series:
    return dates.to_iso(cells, step.order, step.century, serial=step.serial)


def codes(cells: pl.Series, step: steps.Codes) -> pl.Series:
    if not step.any_case:
        return cells.replace(step.table)
    table = {old.casefold(): new for old, new in step.table.items()}
    found = cells.str.to_lowercase().replace_strict(table, default=None, return_dtype=pl.String)
    frame = pl.DataFrame({"found": found, "cell": cells})
    return frame.select(pl.coalesce("found", "cell").alias(cells.name)).to_series()


def identifier(cells: pl.Series, step: steps.IdentifierForm) -> pl.Series:
    return identifiers.normalize(cells, step.scheme)


def number_format(cells: pl.Series, step: steps.NumberFormat) -> pl.Series:
    """Only what is wholly a number so written; '1.234' with the decimal mark '.' stays."""
    mark = re.escape(step.decimal)
    fraction = f"({mark}\\d+)?"
    whole = r"\d+"
    thousands = "[ \u00a0\u2007\u202f]" if step.thousands == " " else "['\u2019]"
    if step.thousands in (".", ","):
        thousands = re.escape(step.thousands)
    if step.thousands:
        whole = f"\\d{{1,3}}({thousands}\\d{{3}})+|\\d+"
    is_number = cells.str.contains(f"^[+-]?({whole}){fraction}$")
    plain = cells.str.replace_all(thousands, "") if step.thousands else cells
    plain = plain.str.replace(mark, ".")
    return plain.zip_with(is_number.fill_null(value=False), cells).alias(cells.name)


def missing(cells: pl.Series, step: steps.Missing) -> pl.Series:
    return cells.set(cells.is_in(step.codes).fill_null(value=False), None)


def replace(cells: pl.Series, step: steps.Replace) -> pl.Series:
    _require_room(cells, step)
    if step.regex:
        return cells.str.replace_all(step.find, step.with_)
    return cells.str.replace_all(step.find, step.with_, literal=True)


def _require_room(cells: pl.Series, step: steps.Replace) -> None:
    """A short text that stands for many characters must not fill the memory."""
    found = cells.str.count_matches(step.find, literal=not step.regex).sum()
    length = int(cells.str.len_bytes().sum())
    groups = step.with_.count("$") if step.regex else 0
    if int(found) * len(step.with_.encode()) + groups * length > 8 * length + _LARGEST_GROWTH:
        raise Invalid(
            "cleaning.too_long",
            f"Replacing {step.find!r} by {step.with_!r} makes the column {cells.name!r} too long. "
            "Replace by a shorter text, or find a longer one.",
        )


def unit(cells: pl.Series, step: steps.Unit, *, commas: bool) -> pl.Series:
    return units.convert(cells, step.from_, step.to, commas=commas)


OF_STEP: dict[type[steps.Step], Any] = {
    steps.TrimAndCase: trim_and_case,
    steps.DateFormat: date_format,
    steps.Codes: codes,
    steps.IdentifierForm: identifier,
    steps.NumberFormat: number_format,
    steps.Missing: missing,
    steps.Replace: replace,
}
