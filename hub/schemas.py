"""What the schemas of every noun share: their base classes and the kinds of short text."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub.storage.paging import MAX_LIMIT

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_PRINTABLE)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE)
]
Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_PRINTABLE)
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]


class Language(StrEnum):
    """Of texts for people; codes and numbers are the same in all."""

    ENGLISH = "en"
    FRENCH = "fr"


class Input(BaseModel):
    """What people send: a field nobody knows is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """What people get."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PageQuery(Input):
    """Which part of a long list."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT, description="Rows at most")
    cursor: str | None = Field(
        default=None, max_length=1000, description="`next_cursor` of the page before"
    )
