"""Which cases of a long test run every day; the others run with `make verify`."""

from collections.abc import Iterable
from typing import Any

import pytest


def some_of(cases: Iterable[Any], *daily: Any) -> list[Any]:
    """All cases, those that are not named marked as slow."""
    return [one if one in daily else pytest.param(one, marks=pytest.mark.slow) for one in cases]
