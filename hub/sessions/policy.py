"""How long sessions last and how many a person may have, by role and kind of device.

The strictest of a person's roles decides. Somebody with none of the roles that the setting names
gets what stands under "phone" on a phone or a tablet, and what stands under "other" elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.settings import Settings

PHONE, OTHER = "phone", "other"
NOTES_SECONDS = 300.0


@dataclass(frozen=True)
class Limits:
    """Seconds without a request, seconds in all, and how many sessions at a time."""

    idle: float
    absolute: float
    at_once: int


def limits_of(settings: Settings, roles: Iterable[str], *, phone: bool) -> Limits:
    """What holds for a person with these roles on such a device."""
    held = list(roles)
    return Limits(
        idle=60 * _strictest(settings.session_idle_minutes, held, phone=phone),
        absolute=3600 * _strictest(settings.session_hours, held, phone=phone),
        at_once=int(_strictest(settings.sessions_at_once, held, phone=phone)),
    )


def note_every(idle: float) -> float:
    """Seconds between two notes that a session is in use: rare, but well within its idle time."""
    return min(NOTES_SECONDS, idle / 10)


def _strictest(table: Mapping[str, float], roles: Iterable[str], *, phone: bool) -> float:
    named = [table[role] for role in roles if role in table]
    if named:
        return min(named)
    return table[PHONE] if phone and PHONE in table else table[OTHER]
