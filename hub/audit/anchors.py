"""Anchors: how long the log was and how it ended, noted outside the database.

One line of JSON each, in a file and in the process's log. Whoever cuts the end off the log would
have to change both as well.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from hub.observability import logging
from hub.settings import Settings

log = logging.get_logger("agrigen.audit")


def place(settings: Settings) -> Path:
    return settings.home / "audit" / "anchors.jsonl"


def add(path: Path, seq: int, head: bytes) -> None:
    """Note that the log has so many events and ends with this hash."""
    line = json.dumps({"at": datetime.now(UTC).isoformat(), "count": seq, "head": head.hex()})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a") as file:
        file.write(line + "\n")
    log.info("audit anchor", count=seq, head=head.hex())


def read(path: Path) -> dict[int, bytes]:
    """Hashes by the number of events; a line that was torn by a crash is passed over."""
    known: dict[int, bytes] = {}
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return known
    for line in lines:
        try:
            entry = json.loads(line)
            known[int(entry["count"])] = bytes.fromhex(entry["head"])
        except (ValueError, KeyError, TypeError):
            continue
    return known
