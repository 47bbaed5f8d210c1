"""Dates as people write them, to year-month-day."""

import polars as pl

_MONTHS = (
    "jan january janvier januar jänner enero ene janv",
    "feb february février fevrier februar febrero fév fev févr",
    "mar march mars märz maerz marzo mär mrz",
    "apr april avril abril abr avr",
    "may mai mayo",
    "jun june juin juni junio",
    "jul july juillet juli julio juil",
    "aug august août aout agosto ago aoû",
    "sep september septembre septiembre sept setiembre",
    "oct october octobre oktober octubre okt",
    "nov november novembre noviembre",
    "dec december décembre decembre dezember diciembre dez dic déc",
)
MONTHS = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
"""Names and short names in English, French, German and Spanish."""
TIME = r"[T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2}|[AaPp][Mm])?$"
_MARK = r"\s*[-/. ]\s*"
_WORD = r"\.?\s*[-/. ]?\s*(?:de\s+)?([a-zà-ÿ]{3,10})\.?,?\s*[-/. ]?\s*(?:de\s+)?"
_YEAR_FIRST = (rf"^(\d{{4}}){_MARK}(\d{{1,2}}){_MARK}(\d{{1,2}})\.?$", "ymd")
_NAMED = (rf"^(\d{{1,2}}){_WORD}(\d{{4}}|\d{{2}})$", "dmy")
_AMERICAN = (r"^([a-zà-ÿ]{3,10})\.?\s+(\d{1,2}),?\s+(\d{4})$", "mdy")
_BY_ORDER = {
    "dmy": (rf"^(\d{{1,2}}){_MARK}(\d{{1,2}}){_MARK}(\d{{4}}|\d{{2}})\.?$",
            r"^(\d{2})(\d{2})(\d{4}|\d{2})$"),
    "mdy": (rf"^(\d{{1,2}}){_MARK}(\d{{1,2}}){_MARK}(\d{{4}}|\d{{2}})\.?$",
            r"^(\d{2})(\d{2})(\d{4}|\d{2})$"),
    "ymd": (rf"^(\d{{2}}){_MARK}(\d{{1,2}}){_MARK}(\d{{1,2}})\.?$",
            r"^(\d{4}|\d{2})(\d{2})(\d{2})$"),
}  # fmt: skip
_EXCEL = pl.date(1899, 12, 30)
"""Day 0 of Excel, so that days from 1 March 1900 on are right (Excel has a 29 February 1900)."""


def to_iso(cells: pl.Series, order: str, century: int | None, *, serial: bool) -> pl.Series:
    """Dates as year-month-day; a cell that is no date in this order stays as it is."""
    distinct = pl.DataFrame({"cell": cells.unique().drop_nulls()})
    text = pl.col("cell").str.replace(TIME, "").str.to_lowercase().str.strip_chars()
    forms = [_YEAR_FIRST, _NAMED, _AMERICAN, *((form, order) for form in _BY_ORDER[order])]
    read = [_date(text, form, places, century) for form, places in forms]
    if serial:
        read.insert(0, _of_number(text))
    iso = pl.coalesce(*read).dt.strftime("%Y-%m-%d")
    known = distinct.select("cell", pl.coalesce(iso, "cell").alias("iso"))
    frame = pl.DataFrame({"cell": cells}).join(known, on="cell", how="left", maintain_order="left")
    return frame["iso"].alias(cells.name)


def _date(text: pl.Expr, form: str, places: str, century: int | None) -> pl.Expr:
    parts = text.str.extract_groups(form)
    year, month, day = (parts.struct.field(str(places.index(one) + 1)) for one in "ymd")
    named = month.replace_strict(MONTHS, default=None, return_dtype=pl.Int64)
    number = pl.coalesce(month.cast(pl.Int64, strict=False), named)
    written = pl.format("{}-{}-{}", _whole_year(year, century), number, day)
    return written.str.to_date("%Y-%m-%d", strict=False)


def _whole_year(year: pl.Expr, century: int | None) -> pl.Expr:
    number = year.cast(pl.Int64, strict=False)
    whole = pl.when(year.str.len_chars() == 4).then(number)
    if century is None:
        return whole
    return whole.when(number <= century).then(number + 2000).otherwise(number + 1900)


def _of_number(text: pl.Expr) -> pl.Expr:
    """Days from 1 March 1900 to 2173."""
    days = pl.when(text.str.contains(r"^\d{2,5}(\.0+)?$")).then(text)
    number = days.cast(pl.Float64, strict=False).cast(pl.Int64)
    return pl.when(number >= 61).then(_EXCEL + pl.duration(days=number))
