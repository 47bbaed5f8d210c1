"""Choices that stand in the address of a page."""

from typing import Any

import param


class Text(param.String):
    """A text; Panel reads one of digits alone, such as a year or a tag, as a number."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, str(val) if isinstance(val, int | float) else val)
