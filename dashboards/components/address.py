"""Choices that stand in the address of a page."""

import json
from typing import Any, TypeVar

import param

T = TypeVar("T")


class Text(param.String):
    """A text; Panel reads one of digits alone, such as a year or a tag, as a number."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, str(val) if isinstance(val, int | float) else val)


class Parts(param.String):
    """A choice of several parts as JSON, "" when there is none; Panel reads JSON by itself."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, json.dumps(val) if isinstance(val, dict | list) else str(val))


def parts(text: str, kind: type[T]) -> T | None:
    """What stands in such a choice; None where it is empty or was made up."""
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return found if isinstance(found, kind) else None
