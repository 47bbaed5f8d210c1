"""Units that files use, and what turns one into another."""

import polars as pl

_QUANTITIES: dict[str, dict[str, float]] = {
    "mass": {
        "kg": 1.0, "g": 1e-3, "mg": 1e-6, "t": 1000.0,
        "lb": 0.45359237, "oz": 0.028349523125, "st": 6.35029318, "cwt_us": 45.359237,
        "cwt_uk": 50.80234544,
    },
    "content": {"mg/l": 1.0, "mg/dl": 10.0, "g/l": 1000.0, "mg/100ml": 10.0},
    "rate": {"kg/d": 1.0, "g/d": 1e-3, "lb/d": 0.45359237},
    "length": {
        "cm": 1.0, "mm": 0.1, "micron": 1e-4, "m": 100.0, "in": 2.54, "ft": 30.48, "hand": 10.16,
    },
    "volume": {
        "l": 1.0, "ml": 1e-3, "dl": 0.1, "gal_us": 3.785411784, "gal_uk": 4.54609,
        "pt_us": 0.473176473, "pt_uk": 0.56826125,
    },
    "share": {"%": 1.0, "g/100g": 1.0, "g/kg": 0.1, "permille": 0.1, "fraction": 100.0},
    "cells": {"10^3/ml": 1.0, "cells/ml": 1e-3, "10^6/ml": 1000.0},
    "time": {"d": 1.0, "h": 1 / 24, "min": 1 / 1440, "week": 7.0},
    "temperature": {"degC": 1.0, "degF": 5 / 9},
}  # fmt: skip
"""The international pound, ounce, stone, inch and foot (1959).

Hundredweights, gallons and pints are others on either side of the Atlantic, by 12 to 20 %: a bare
`cwt` names none of them.
"""
_NAMES: dict[str, tuple[str, ...]] = {
    "kg": ("kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramm", "kilogramme"),
    "g": ("gr", "gram", "grams", "gramm", "gramme", "grammes"),
    "lb": ("lbs", "pound", "pounds", "#"),
    "oz": ("ounce", "ounces"), "st": ("stone",), "t": ("tonne", "tonnes"),
    "mm": ("millimeter", "millimetre"), "cm": ("centimeter", "centimetre"),
    "m": ("meter", "metre"), "in": ("inch", "inches", '"'), "ft": ("feet", "foot"),
    "l": ("liter", "litre", "liters", "litres", "ltr", "lt"),
    "%": ("pct", "percent", "prozent", "g/100 g"), "permille": ("‰", "promille"),
    "10^3/ml": (
        "1000/ml", "x1000", "x1000/ml", "'000", "'000/ml", "000/ml", "1000 cells/ml",
                "thousand/ml", "tsd/ml", "k/ml", "10e3/ml", "1000 zellen/ml", "x1000 cells/ml"),
    "cells/ml": ("cells", "/ml", "zellen/ml", "cellules/ml", "celulas/ml"),
    "10^6/ml": ("million/ml", "mio/ml"), "micron": ("µm", "um", "microns"),
    "kg/d": ("kg/day",), "g/d": ("g/day",), "lb/d": ("lb/day", "lbs/day"),
    "d": ("day", "days", "jours", "tage", "dias"), "h": ("hour", "hours", "hr", "hrs"),
    "min": ("minute", "minutes"), "week": ("weeks", "wk", "wks"),
    "degC": ("°c", "c", "celsius"), "degF": ("°f", "f", "fahrenheit"),
}  # fmt: skip
_OF = {
    name.casefold(): unit
    for quantity in _QUANTITIES.values()
    for unit in quantity
    for name in (unit, *_NAMES.get(unit, ()))
}
WRITTEN = r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-].*)?$"
"""A number, and after it perhaps a unit; what reads as a number in `hub.etl.cells` does here."""


def unit(text: str) -> str | None:
    """The unit that a text names."""
    return _OF.get(text.strip().casefold().rstrip("."))


def quantity(name: str) -> str | None:
    """What a unit measures."""
    return next((what for what, known in _QUANTITIES.items() if name in known), None)


def factor(old: str, new: str) -> tuple[float, float]:
    """Factor and what is added after it; ValueError when there is none."""
    one, other = unit(old), unit(new)
    if one is None or other is None:
        known = ", ".join(name for quantity in _QUANTITIES.values() for name in quantity)
        raise ValueError(f"{old if one is None else new!r} is no unit that is known: {known}.")
    if quantity(one) != quantity(other):
        raise ValueError(
            f"{old!r} measures {quantity(one)} and {new!r} {quantity(other)}. "
            "Give two units of one quantity."
        )
    known_units = _QUANTITIES[str(quantity(one))]
    added = {"degC": 0.0, "degF": -160 / 9}
    shift = (added.get(one, 0.0) - added.get(other, 0.0)) / known_units[other]
    return known_units[one] / known_units[other], shift


def convert(cells: pl.Series, old: str, new: str, *, commas: bool) -> pl.Series:
    """Cells in the new unit, to 10 digits; a cell that is no number, or has no such unit, stays.

    `commas`: the comma delimits nothing in the file, so one in a number is its decimal mark.
    """
    bare = cells.str.replace(r"^([+-]?\d+),(\d+)", "$1.$2") if commas else cells
    parts = bare.str.extract_groups(WRITTEN).struct.unnest()
    number = parts["1"].cast(pl.Float64, strict=False)
    target = unit(new)
    frame = pl.DataFrame({"cell": cells, "number": number, "unit": parts["2"]})
    result = pl.col("cell")
    for name in frame["unit"].unique().to_list():
        written = unit(name) if name is not None else unit(old)
        same = pl.col("unit").eq_missing(pl.lit(name, pl.String)) & pl.col("number").is_not_null()
        if written is None or quantity(written) != quantity(str(target)):
            continue
        if written == target:
            plain = pl.lit(parts["1"]) if name is not None else pl.col("cell")
            result = pl.when(same).then(plain).otherwise(result)
            continue
        times, plus = factor(written, new)
        result = pl.when(same).then(_text(pl.col("number") * times + plus)).otherwise(result)
    return frame.select(result.alias(cells.name)).to_series()


def _text(number: pl.Expr) -> pl.Expr:
    """Digits with a point, as few as say the number."""
    return number.round_sig_figs(10).cast(pl.String).str.replace(r"\.0$", "")
