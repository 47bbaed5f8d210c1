"""What day it is on a farm."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class InTimeZone(Protocol):
    """A farm, as it is kept or as it is shown."""

    @property
    def time_zone(self) -> str: ...


def today(farm: InTimeZone) -> date:
    """The farm's own day."""
    return datetime.now(UTC).astimezone(ZoneInfo(farm.time_zone)).date()
