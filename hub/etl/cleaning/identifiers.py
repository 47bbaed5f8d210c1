"""Identifiers of animals to their normal form, a column at a time."""

import polars as pl

from agrigen.errors import DataError
from agrigen.phenotypes.electronic import HIGHEST_NUMBER
from agrigen.phenotypes.identifiers import read_identifier

_OWN_TAG = r"^(\d{1,12}|[A-Z]{1,4}\d{1,5})$"
_OTHER_FORM = r"^(LA|LR|UK)"
_ELECTRONIC = r"^\d{15}$"


def normalize(cells: pl.Series, scheme: str | None) -> pl.Series:
    """Normal forms; what cannot be read stays as it is."""
    distinct = cells.unique().drop_nulls()
    if scheme is None:
        distinct = distinct.filter(~_is_normal(distinct))
    known = pl.DataFrame(
        {"cell": distinct, "normal": [_normal(text, scheme) for text in distinct]},
        schema={"cell": pl.String, "normal": pl.String},
    )
    frame = pl.DataFrame({"cell": cells}).join(known, on="cell", how="left", maintain_order="left")
    return frame.select(pl.coalesce("normal", "cell").alias(cells.name)).to_series()


def _is_normal(cells: pl.Series) -> pl.Series:
    """Plain numbers of the farm and of transponders: most cells, told without reading each."""
    own = cells.str.contains(_OWN_TAG) & ~cells.str.contains(_OTHER_FORM)
    code = cells.str.slice(0, 3).cast(pl.Int64, strict=False)
    number = cells.str.slice(3).cast(pl.Int64, strict=False)
    chip = cells.str.contains(_ELECTRONIC) & (code >= 1) & (number <= HIGHEST_NUMBER)
    return (own | chip).fill_null(value=False)


def _normal(text: str, scheme: str | None) -> str:
    try:
        return read_identifier(text, scheme=scheme).value
    except DataError:
        return text
