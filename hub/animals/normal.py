"""The one normal form of an identifier, by which equal marks are found however they are written."""

import re
from typing import Any

from agrigen.errors import DataError
from agrigen.phenotypes import read_identifier

SEPARATORS = re.compile(r"[\s_.:\-]+")


def normal(written: str) -> str:
    """Fifteen digits of what is electronic or stands on an official tag; others upper case.

    What its form forbids (a wrong check digit) stays as it was written: it is kept, not refused.
    """
    try:
        found = read_identifier(written)
    except DataError:
        return re.sub(r"\s+", " ", written.strip()).upper()
    electronic = found.electronic
    return electronic.digits if electronic else found.value


def bare(written: str) -> str:
    """The normal form without separators, as people and readers leave them out."""
    return SEPARATORS.sub("", normal(written))


def normal_of_row(context: Any) -> str:
    """The normal form of a row's `value`, for whoever inserts one."""
    return normal(context.get_current_parameters()["value"])
