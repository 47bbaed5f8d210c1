"""What an action makes of cells: texts in, texts out; no database, no clock."""

import polars as pl

from hub.errors import Invalid
from hub.etl.cleaning import cells as clean
from hub.etl.cleaning import dates, steps
from hub.etl.quarantine.schemas import (
    Case,
    CellAction,
    ChangeUnit,
    DateOrder,
    Replace,
    SetValue,
    Trim,
)

_NUMBER = r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$"
LONGEST = 1000


def apply(action: CellAction, cells: pl.Series) -> pl.Series:
    """The cells after the action, as the reader of files takes them; empty ones are ''."""
    new = _changed(action, cells).fill_null("").str.strip_chars()
    if (new.str.len_chars() > LONGEST).any():
        raise Invalid(
            "quarantine.too_long",
            f"A cell of {cells.name!r} would have more than {LONGEST:,} characters. Replace by a "
            "shorter text, or choose fewer rows and mend the long cell by hand.",
        )
    return new.alias(cells.name)


def _changed(action: CellAction, cells: pl.Series) -> pl.Series:
    match action:
        case Replace():
            step = steps.Replace(find=action.find, with_=action.with_, regex=action.regex)
            return clean.replace(cells, step)
        case ChangeUnit():
            return _multiplied(cells, action.factor)
        case DateOrder():
            return dates.to_iso(cells, action.order, action.century, serial=False)
        case SetValue():
            return pl.Series(cells.name, [action.value], dtype=pl.String).new_from_index(
                0, len(cells)
            )
        case Case():
            return cells.str.to_uppercase() if action.to == "upper" else cells.str.to_lowercase()
        case Trim():
            return clean.trim_and_case(cells, steps.TrimAndCase())


def _multiplied(cells: pl.Series, factor: float) -> pl.Series:
    """Numbers times the factor, to 10 digits; a comma is a decimal mark here."""
    plain = cells.str.replace(r"^(\s*[+-]?\d+),(\d+)\s*$", "$1.$2")
    number = plain.str.extract(_NUMBER).cast(pl.Float64, strict=False) * factor
    text = number.round_sig_figs(10).cast(pl.String).str.replace(r"\.0$", "")
    return text.zip_with(number.is_finite().fill_null(value=False), cells)
