"""When a source runs, which files it takes, and how long it waits after a failure; no clock."""

import fnmatch
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter

from hub.errors import FieldError, Invalid

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
MOST_FAILURES = 20
"""Failures one after the other after which a source is paused: about four days of attempts."""
_FIELD = re.compile(r"(?:[0-9*,/\-]|[A-Za-z]{3})+")
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp")
_GENOTYPES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bed", ".bim", ".fam", ".ped", ".map")
TRIPLE, PAIR = (".bed", ".bim", ".fam"), (".ped", ".map")


def next_run(schedule: str, timezone: str, after: datetime) -> datetime | None:
    """The next time of a schedule; None where a source runs by hand only."""
    if not schedule:
        return None
    there = after.astimezone(ZoneInfo(timezone))
    found: datetime = croniter(schedule, there).get_next(datetime)
    return found.astimezone(UTC)


def check_schedule(schedule: str, timezone: str, now: datetime) -> None:
    """Refuse what is no schedule, no time zone, or never comes."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _refused(
            "timezone", f"There is no time zone {timezone!r}.", "Write one such as Europe/Paris."
        ) from error
    if not schedule:
        return
    fields = schedule.split()
    remedy = (
        "Write minute, hour, day of month, month and day of week, such as '15 6 * * *' (each day "
        "at 06:15) or '*/10 * * * *' (each ten minutes)."
    )
    if len(fields) != 5 or not all(map(_FIELD.fullmatch, fields)):
        raise _refused("schedule", f"{schedule!r} is no schedule of five fields.", remedy)
    try:
        next_run(schedule, timezone, now)
    except (CroniterError, ValueError, KeyError, OverflowError) as error:
        text = f"The schedule {schedule!r} cannot be read, or names a day that never comes."
        raise _refused("schedule", text, remedy) from error


def after_failure(failures: int, now: datetime, regular: datetime | None) -> datetime:
    """When to try again: soon after the first failure, then later and later.

    A rare schedule is retried before its next time, and a frequent one is slowed down.
    """
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    soon = now + wait
    if regular is None or failures < 4:
        return soon
    return max(soon, min(regular, now + LONGEST_WAIT))


def is_unfinished(key: str) -> bool:
    """Whether a name says that somebody still writes the file, or hides it."""
    name = PurePosixPath(key).name
    return name.startswith((".", "~$")) or name.casefold().endswith(_UNFINISHED)


def fits(pattern: str, key: str) -> bool:
    """Whether a file, named by its path below the place, is wanted.

    `*.csv` means the place itself; `milk/*.csv` a folder in it; `**/*.csv` any depth.
    """
    return _parts_fit(tuple(pattern.split("/")), tuple(key.split("/")))


@lru_cache(maxsize=4096)
def _parts_fit(wanted: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Remembered, since several `**` ask the same again and again."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_parts_fit(wanted[1:], parts[place:]) for place in range(len(parts) + 1))
    if not parts or not _part(wanted[0]).match(parts[0]):
        return False
    return _parts_fit(wanted[1:], parts[1:])


@lru_cache(maxsize=256)
def _part(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.casefold()), re.IGNORECASE)


def depth_of(pattern: str) -> int:
    """Folders below the place that files can be in."""
    return 8 if "**" in pattern else pattern.count("/")


def is_genotypes(key: str) -> bool:
    """Whether a name is that of a file of genotypes, whatever else comes into the place."""
    return key.casefold().endswith(_GENOTYPES)


def companions(key: str) -> tuple[str, ...]:
    """The files that belong together, this one among them: .bed, .bim and .fam; .ped and .map."""
    plain = key.casefold()
    for group in (TRIPLE, PAIR):
        for ending in group:
            if plain.endswith(ending):
                return tuple(key[: -len(ending)] + one for one in group)
    return (key,)


def _refused(where: str, message: str, remedy: str) -> Invalid:
    return Invalid(
        "sources.schedule", f"{message} {remedy}", errors=[FieldError(where, message, remedy)]
    )
