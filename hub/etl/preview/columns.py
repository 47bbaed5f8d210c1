"""What a column of a file looks like."""

from typing import Literal

import polars as pl

from hub.etl.mapping.content import Content
from hub.etl.preview.schemas import ColumnRead

_SAMPLES = 5
_LONGEST = 100
Type = Literal["empty", "number", "date", "code", "identifier", "text"]


def read(column: pl.Series) -> ColumnRead:
    """Its name, some different cells, and their type."""
    content = Content.of(column)
    samples = content.cells.unique(maintain_order=True).head(_SAMPLES)
    return ColumnRead(
        name=column.name,
        samples=samples.str.slice(0, _LONGEST).to_list(),
        type=_type(content),
        filled=round(len(content) / max(len(column), 1), 3),
    )


def _type(content: Content) -> Type:
    if not len(content):
        return "empty"
    if content.order is not None:
        return "date"
    if content.chips > 0.9:
        return "identifier"
    if content.numeric > 0.9:
        return "number"
    if content.cells.n_unique() <= 12 and content.distinct < 0.5:
        return "code"
    return "identifier" if content.distinct > 0.9 and _one_word(content) else "text"


def _one_word(content: Content) -> bool:
    return content.share(content.cells.str.contains(r"^\S*\d\S*$")) > 0.8
