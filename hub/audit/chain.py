"""The chain: the hash of every event covers the one before, under a key the database lacks.

h(n) = HMAC-SHA256(key, h(n-1) || n || id of the event || moment of sealing || digest of the event)
"""

import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

START = bytes(32)
LATE_SECONDS = 3600.0
"""How long an event may be under way, in a transaction that is open, before it is seen."""


PACKED = struct.Struct(">q16sd32s32sd")
"""A link as app.audit_links gives it: place, event, moment of sealing and hash as stored, then
digest and time of the event as it is now (zeros when it is gone)."""
_GONE = bytes(32)
_PLACE = struct.Struct(">qd").pack

Link = tuple[int, bytes, float, bytes, bytes, float]


@dataclass(frozen=True)
class Finding:
    """What is wrong with the log, and at which event."""

    what: str
    seq: int | None = None
    event_id: UUID | None = None


def link_hash(
    key: bytes, before: bytes, seq: int, event: bytes, sealed_at: float, digest: bytes
) -> bytes:
    return hmac.digest(key, before + _PLACE(seq, sealed_at) + event + digest, "sha256")


class Walk:
    """Follows the chain from its start and says what does not fit."""

    def __init__(self, key: bytes, anchors: dict[int, bytes]) -> None:
        self._key = key
        self._anchors = anchors
        self.seq = 0
        self.head = START
        self._sealed_at = 0.0  # of the batch before
        self._batch_at = 0.0
        self.found = 0  # events that are there

    def follow(self, packed: bytes) -> Iterator[Finding]:
        for link in PACKED.iter_unpack(packed):
            seq, event, _, stored, digest, _ = link
            if seq != self.seq + 1:
                yield Finding(_gap(self.seq + 1, seq - 1), self.seq + 1)
            self.found += digest != _GONE
            yield from self._check(link)
            if self._anchors.get(seq, stored) != stored:
                yield _at("the chain differs from its anchor here", seq, event)
            self.seq, self.head = seq, stored

    def _check(self, link: Link) -> Iterator[Finding]:
        seq, event, sealed_at, stored, digest, at = link
        if sealed_at != self._batch_at:
            self._sealed_at, self._batch_at = self._batch_at, sealed_at
        if digest == _GONE:
            yield _at("the event is missing", seq, event)
        elif link_hash(self._key, self.head, seq, event, sealed_at, digest) != stored:
            yield _at("the event, or its place in the log, was changed", seq, event)
        elif at < self._sealed_at - LATE_SECONDS:
            yield _at("the event was put in later than it says", seq, event)

    def end(self) -> Iterator[Finding]:
        """Anchors past the last link: the end of the log is gone."""
        missing = [seq for seq in self._anchors if seq > self.seq]
        if missing:
            yield Finding(
                f"the end of the log is missing: it had at least {max(missing):,} events",
                self.seq + 1,
            )


def _at(what: str, seq: int, event: bytes) -> Finding:
    return Finding(what, seq, UUID(bytes=event))


def _gap(first: int, last: int) -> str:
    if last < first:
        return "links stand twice in the log"
    return "a link is missing" if first == last else f"links {first:,} to {last:,} are missing"
