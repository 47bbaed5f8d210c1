"""What every kind of place answers: which files there are, and one of them as a local copy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

MOST_SEEN = 100_000
"""Files of a place that are looked at; who keeps more moves away what was taken."""
PIECE = 1 << 20
Stopping = Callable[[], bool]


@dataclass(frozen=True)
class Seen:
    """A file as it stands in a place now; `wait` says why it is not taken yet."""

    key: str
    size: int
    version: str
    modified_at: datetime | None = None
    wait: str = ""
    refused: str = ""


class Changed(Exception):
    """The file became another one while it was copied, or is gone: the next run takes it."""


class Refused(Exception):
    """This file cannot be taken, for a reason that only a change of it removes."""


class Waits(Exception):
    """This file cannot be read yet, for a reason that passes without a change of it."""


class Place(Protocol):
    """A folder, a bucket, or a question to a database."""

    def look(self, pattern: str) -> list[Seen]:
        """The files that fit the pattern, oldest first."""

    def fetch(self, seen: Seen, target: Path, stop: Stopping) -> None:
        """Copy a file, as it was when it was seen; raises Changed, Refused or Waits."""
