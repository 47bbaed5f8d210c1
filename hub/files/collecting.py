"""Remove objects that nobody refers to: left by what was cancelled, refused, or taken back.

The order is what makes it safe beside people and workers. Objects and parts of uploads are listed
first; what refers to them is read afterwards; only what was old at the listing and is old still is
removed, and whoever stores equal content meanwhile makes it young.
"""

import asyncio
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.files import repository
from hub.files.references import referred
from hub.storage.objects import ObjectStore, Stored

GRACE = timedelta(days=2)
"""Longer than any work takes from writing an object to storing what refers to it."""
SHORTEST = timedelta(hours=1)
_DIGEST = re.compile(rb"[0-9a-f]{64}")
_LISTS = (b"{", b"[")
_CUT = 63
"""Of a digest less than the whole, so that none is found twice."""


@dataclass(frozen=True)
class Collected:
    """Numbers and bytes of what stays and of what goes."""

    kept: int
    kept_bytes: int
    young: int
    removed: int
    removed_bytes: int
    uploads: int


async def collect(
    engine: AsyncEngine, objects: ObjectStore, *, grace: timedelta = GRACE, really: bool = False
) -> Collected:
    """What would go, or, `really`, what went; `engine` is that of the tables' owner."""
    before = datetime.now(UTC) - max(grace, SHORTEST)
    stored = {one.digest: one for one in await asyncio.to_thread(lambda: list(objects.digests()))}
    parts = await asyncio.to_thread(objects.uploads)
    async with engine.connect() as connection:
        named = await referred(connection)
        open_uploads = await repository.known_uploads(connection, datetime.now(UTC))
    kept = await asyncio.to_thread(reached, objects, stored, named)
    goes = [one for one in stored.values() if one.digest not in kept and one.written_at < before]
    left = parts - open_uploads
    if really:
        goes = await asyncio.to_thread(_remove, objects, goes, left, before)
        await _forget(engine, left)
    return _told(stored, kept, goes, len(left))


def reached(objects: ObjectStore, stored: dict[str, Stored], named: Iterable[str]) -> set[str]:
    """Objects that are named, and those that these name: a list of objects is JSON."""
    kept: set[str] = set()
    todo = [digest for digest in named if digest in stored]
    while todo:
        digest = todo.pop()
        if digest in kept:
            continue
        kept.add(digest)
        todo.extend(_names_in(objects, digest, stored))
    return kept


def _names_in(objects: ObjectStore, digest: str, stored: Collection[str]) -> set[str]:
    """Objects that a list of objects names, however long it is: it is read a piece at a time."""
    named: set[str] = set()
    held = b""
    for place, piece in enumerate(objects.pieces(digest)):
        if place == 0 and not piece.lstrip().startswith(_LISTS):
            break
        held += piece
        found = {one.decode() for one in _DIGEST.findall(held)}
        named |= {one for one in found if one in stored}
        held = held[-_CUT:]  # a digest may be cut in two
    return named


def _remove(
    objects: ObjectStore, goes: list[Stored], left: set[UUID], before: datetime
) -> list[Stored]:
    for upload in left:
        objects.remove_parts(upload)
    objects.sweep(before)
    return [one for one in goes if objects.delete(one.digest, unless_since=before)]


async def _forget(engine: AsyncEngine, uploads: set[UUID]) -> None:
    async with engine.begin() as connection:
        await repository.forget_uploads(connection, uploads)


def _told(stored: dict[str, Stored], kept: set[str], goes: list[Stored], uploads: int) -> Collected:
    return Collected(
        kept=len(kept),
        kept_bytes=sum(stored[one].size for one in kept),
        young=len(stored) - len(kept) - len(goes),
        removed=len(goes),
        removed_bytes=sum(one.size for one in goes),
        uploads=uploads,
    )
