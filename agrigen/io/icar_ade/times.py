"""Days of farms as instants of ADE, and back to the same day.

ADE wants every date as an instant in UTC, but most facts of a farm have only a day. Such a day is
written as noon on the farm, without a fraction of a second; instants that are known are written
with milliseconds, so that both come back as what they were.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WHOLE_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d[T ]00:00(:00)?(Z|[+-]00:?00)?")


@dataclass(frozen=True)
class Moment:
    """The day of the farm on which something was, and the instant if it is known."""

    day: date
    instant: datetime | None = None


def noon_text(day: date, zone: str) -> str:
    """A day of which no time is known: noon there, in UTC."""
    noon = datetime.combine(day, time(12), _zone(zone)).astimezone(UTC)
    return noon.strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_text(instant: datetime) -> str:
    """An instant that is known, in UTC with milliseconds."""
    at = instant.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def moment(text: str, zone: str) -> Moment:
    """What a text of ADE means on a farm.

    A day, midnight in UTC and a time without an offset are what programs write that know only the
    day or the farm's clock: the day is the one that is written. ValueError when it is no date.
    """
    if _DAY.fullmatch(text) or _WHOLE_MIDNIGHT.fullmatch(text):
        return Moment(date.fromisoformat(text[:10]))
    at = datetime.fromisoformat(text)
    there = at.replace(tzinfo=_zone(zone)) if at.tzinfo is None else at.astimezone(_zone(zone))
    if there.time() == time(12) and "." not in text:
        return Moment(there.date())
    return Moment(there.date(), there.astimezone(UTC))


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
