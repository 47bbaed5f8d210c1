"""Identifiers of animals to their normal form, a column at a time."""

import polars as pl

from agrigen.errors import DataError
from agrigen.phenotypes.electronic import HIGHEST_NUMBER
from agrigen.phenotypes.identifiers import read_identifier

_OWN_TAG = r"^(\d{1,12}|[A-Z]{1,4}\d{1,5})$"
_OTHER_FORM = r"^(LA|LR|UK)"
_CHIP = r"^(\d{3}) ?(\d{12})$"
_UK_SHEEP = r"^UK ?0?(\d{6})[ -]?(\d{5})$"


def normalize(cells: pl.Series, scheme: str | None) -> pl.Series:
    """Normal forms; what cannot be read stays as it is."""
    known = pl.DataFrame({"cell": cells.unique().drop_nulls()})
    quick = _quickly() if scheme is None else pl.lit(None, pl.String)
    known = known.with_columns(quick.alias("normal"))
    slow = known.filter(pl.col("normal").is_null())["cell"]
    read = pl.Series("read", [_normal(text, scheme) for text in slow], pl.String)
    both = known.join(pl.DataFrame({"cell": slow, "read": read}), on="cell", how="left")
    known = both.select("cell", pl.coalesce("normal", "read").alias("normal"))
    frame = pl.DataFrame({"cell": cells}).join(known, on="cell", how="left", maintain_order="left")
    return frame["normal"].alias(cells.name)


def _quickly() -> pl.Expr:
    """The forms that most cells have, a column at a time: farms' numbers, transponders, sheep."""
    cell = pl.col("cell")
    code, number = (cell.str.extract(_CHIP, place) for place in (1, 2))
    fits = (code.cast(pl.Int64) >= 1) & (number.cast(pl.Int64) <= HIGHEST_NUMBER)
    sheep = pl.format("8260{}{}", *(cell.str.extract(_UK_SHEEP, place) for place in (1, 2)))
    own = cell.str.contains(_OWN_TAG) & ~cell.str.contains(_OTHER_FORM)
    return pl.coalesce(
        pl.when(own).then(cell), pl.when(fits).then(pl.concat_str(code, number)), sheep
    )


def _normal(text: str, scheme: str | None) -> str:
    try:
        return read_identifier(text, scheme=scheme).value
    except DataError:
        return text
