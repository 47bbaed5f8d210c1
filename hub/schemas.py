"""What the schemas of every noun share: their base classes and the kinds of short text."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import PydanticCustomError, core_schema

from hub.storage.paging import MAX_LIMIT

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_NUMBER = re.compile(r"\s*[-+]?[0-9_.]+(e[-+]?[0-9]+)?\s*", re.IGNORECASE)

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


def _refuse_numbers(value: Any) -> Any:
    """Pydantic reads them as seconds since 1970: 20260314 would be a day of that year."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise PydanticCustomError("date_as_number", "A number is no date.")
    return value


def _without_numbers(schema: Any) -> Any:
    """The schema of a field, in which days, moments and hours are no numbers."""
    if schema["type"] in ("date", "datetime", "time"):
        return core_schema.no_info_before_validator_function(_refuse_numbers, schema)
    if schema["type"] in ("nullable", "default"):
        return {**schema, "schema": _without_numbers(schema["schema"])}
    if schema["type"] == "union":
        return {**schema, "choices": [_without_numbers(one) for one in schema["choices"]]}
    return schema


class Input(BaseModel):
    """What people send: a field nobody knows is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """As Pydantic has it, but that no number is a day."""
        schema = handler(source)
        inner: Any = handler.resolve_ref_schema(schema)
        while "fields" not in inner:  # below the checks of the model as a whole
            inner = inner["schema"]
        for field in inner["fields"].values():
            field["schema"] = _without_numbers(field["schema"])
        return schema


class Output(BaseModel):
    """What people get."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PageQuery(Input):
    """Which part of a long list."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT, description="Rows at most")
    cursor: str | None = Field(
        default=None, max_length=1000, description="`next_cursor` of the page before"
    )
