"""Schedules in words: what people choose, and what cron texts mean."""

import re
from typing import Any

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
NEVER, HOURLY, DAILY, OWN = "", "0 * * * *", "daily", "own"
CHOICES = {
    "by hand only": NEVER,
    "every 15 minutes": "*/15 * * * *",
    "every hour": HOURLY,
    "every day at": DAILY,
    **{f"every {day} at": str(number) for number, day in enumerate(DAYS)},
    "my own (five fields of cron)": OWN,
}
_NAMES = {day[:3].lower(): number for number, day in enumerate(DAYS)}


def in_words(cron: str) -> str:
    """'0 6 * * *' as 'every day at 06:00'; what has no short words is shown as it stands."""
    fields = cron.lower().split()
    if not fields:
        return "by hand only"
    if len(fields) != 5:
        return f"by the schedule {cron}"
    when, days = _time(fields[0], fields[1]), _days(*fields[2:])
    if when is None or days is None:
        return f"by the schedule {cron}"
    at, often = when
    if at:
        return f"{days or 'every day'} at {at}"
    return f"{often}, {days}" if days else often


def _time(minute: str, hour: str) -> tuple[str, str] | None:
    """A time of day, or how often within the hours; None where it is neither."""
    if minute.isdigit() and hour.isdigit():
        return f"{int(hour):02}:{int(minute):02}", ""
    often = _often(minute)
    span = re.fullmatch(r"(\d+)-(\d+)", hour)
    if often and hour == "*":
        return "", often
    if often and span:
        return "", f"{often} from {int(span[1]):02}:00 to {int(span[2]):02}:59"
    every = re.fullmatch(r"\*/(\d+)", hour)
    if minute.isdigit() and every:
        return "", f"every {every[1]} hours"
    return None


def _often(minute: str) -> str:
    every = re.fullmatch(r"\*/(\d+)", minute)
    if minute == "*" or (every and every[1] == "1"):
        return "every minute"
    if every:
        return f"every {every[1]} minutes"
    if minute == "0":
        return "every hour"
    return f"every hour at minute {int(minute)}" if minute.isdigit() else ""


def _days(day: str, month: str, weekday: str) -> str | None:
    """On which days, "" for all; None where it has no short words."""
    if month != "*" or (day != "*" and weekday != "*"):
        return None
    if day == weekday == "*":
        return ""
    if day.isdigit():
        return f"on day {int(day)} of every month"
    names = [_weekday(part) for part in weekday.split(",")]
    if day == "*" and weekday == "1-5":
        return "from Monday to Friday"
    if day != "*" or None in names:
        return None
    return "every " + " and ".join(str(name) for name in names)


def _weekday(text: str) -> str | None:
    number = int(text) % 7 if text.isdigit() and int(text) < 8 else _NAMES.get(text[:3])
    return None if number is None else DAYS[number]


def cron_of(choice: str, time: str, own: str) -> str:
    """What people chose as a cron text; a ValueError says what is missing."""
    if choice == OWN:
        return own.strip()
    if choice in (NEVER, HOURLY) or "*" in choice:
        return choice
    found = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", time.strip())
    if not found:
        raise ValueError("Write the time of day as hours and minutes, such as 06:00.")
    return f"{int(found[2])} {int(found[1])} * * {'*' if choice == DAILY else choice}"


def choice_of(cron: str) -> dict[str, Any]:
    """The choice, time and own text that stand for a cron text."""
    if cron in CHOICES.values() and (cron == NEVER or " " in cron):
        return {"choice": cron, "time": "06:00", "own": ""}
    found = re.fullmatch(r"(\d+) (\d+) \* \* (\*|[0-6])", cron)
    if not found:
        return {"choice": OWN, "time": "06:00", "own": cron}
    choice = DAILY if found[3] == "*" else found[3]
    return {"choice": choice, "time": f"{int(found[2]):02}:{int(found[1]):02}", "own": ""}
