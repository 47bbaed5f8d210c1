"""A column of a table that people take along, import or freeze."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

Type = Literal["text", "number", "whole", "date", "animal", "animals", "choice", "flag", "json"]
DType = type[pl.DataType]
TYPES: dict[Type, DType] = {
    "number": pl.Float64, "whole": pl.Int64, "date": pl.Date, "flag": pl.Boolean,
}  # fmt: skip
"""What is not a text; an animal is written by its tag."""


@dataclass(frozen=True)
class Column:
    """One column: what it holds, which codes it knows, in which unit, and whether it may be empty.

    `sentence` is what the data dictionary and the comment in a template say.
    """

    name: str
    type: Type
    sentence: str
    codes: Sequence[str] = ()
    unit: str = ""
    missing: bool = True

    @property
    def dtype(self) -> DType:
        """The type of the column in a data frame."""
        return TYPES.get(self.type, pl.String)
