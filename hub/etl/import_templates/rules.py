"""By which header a template is found again."""

import hashlib
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from typing import Any

from hub.etl.cleaning import load, made, named


def fingerprint(columns: Sequence[str]) -> str:
    """The same for headers that differ in order and capitals only."""
    names = sorted(name.strip().casefold() for name in columns)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def fits(mapping: MappingOf[str, Any], cleaning: Sequence[Any], columns: Sequence[str]) -> bool:
    """Whether a file with this header has every column that a template names."""
    there = set(columns)
    for step in load(cleaning):
        if not set(named(step)) <= there:
            return False
        there |= set(made(step))
    wanted = {*mapping.get("columns", {}).values(), *mapping.get("traits", {}).values()}
    wanted |= {*(mapping.get("attributes") or []), mapping.get("occasion")} - {None}
    return bool(wanted or cleaning) and wanted <= there
