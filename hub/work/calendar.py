"""Due work as a calendar that every calendar program reads (RFC 5545)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import icalendar

from hub.schemas import Language
from hub.work.texts import say

PRODUCT = "-//AgriGen//Work of a farm//EN"


def write(items: Iterable[Any], farm: str, language: str, *, now: datetime) -> bytes:
    """One whole-day event for every item of `hub.events.due`; the same item keeps its name."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say(language, "calendar.name", farm=farm))
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
    for item in items:
        calendar.add_component(_event(item, language, now))
    return bytes(calendar.to_ical())


def _event(item: Any, language: str, now: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{item.kind}-{item.event_id or item.animal_id}-{item.animal_id}@agrigen")
    event.add("dtstamp", now)
    event.add("dtstart", item.due_on)
    event.add("dtend", item.due_on + timedelta(days=1))
    animal = f"{item.tag} {item.name}".strip()
    event.add("summary", f"{animal}: {say(language, f'due.{item.kind}')}")
    if language == Language.ENGLISH:  # the reason is known in this language only
        event.add("description", item.because)
    event.add("transp", "TRANSPARENT")  # work does not make one busy
    return event
