"""Whether anybody changed the audit log: every link, every event and every anchor is looked at."""

import asyncio
import time
from itertools import islice
from uuid import UUID

from hub.audit import anchors, repository
from hub.audit.chain import Finding, Walk
from hub.audit.schemas import FindingRead, VerificationRead
from hub.audit.sealing import PURPOSE
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.sealing import open_sealer

CHUNK = 20_000
MOST_FINDINGS = 100


async def verify(engine: Engine, settings: Settings) -> VerificationRead:
    """Everything that does not fit, the first hundred findings by name."""
    started = time.monotonic()
    known = await asyncio.to_thread(anchors.read, anchors.place(settings))
    async with engine.connect() as connection:
        sealed = (await repository.head(connection)).sealed_key
        await connection.rollback()  # the sealer need not wait for us
        key = open_sealer(settings).open(PURPOSE, sealed) if sealed else b""
        walk = Walk(key, known)
        findings: list[Finding] = []
        while packed := await repository.links(connection, walk.seq, CHUNK):
            more = await asyncio.to_thread(_follow, walk, packed)
            findings += islice(more, MOST_FINDINGS + 1 - len(findings))
        findings += walk.end()
        waiting = await repository.waiting(connection)
        findings += [
            Finding("the event is missing", None, one) for one, there in waiting if not there
        ]
        strays: list[UUID] = []
        if await repository.count(connection) != walk.found:  # the search takes long
            strays = await repository.strays(connection, MOST_FINDINGS)
        findings += [Finding("the event was put in past the log", None, one) for one in strays]
    return VerificationRead(
        sound=not findings,
        events=walk.seq,
        waiting=len(waiting),
        head=walk.head.hex(),
        anchors=len(known),
        findings=[_read(one) for one in findings[:MOST_FINDINGS]],
        seconds=round(time.monotonic() - started, 2),
    )


def _follow(walk: Walk, packed: bytes) -> list[Finding]:
    return list(walk.follow(packed))


def _read(finding: Finding) -> FindingRead:
    return FindingRead(what=finding.what, place=finding.seq, event_id=finding.event_id)
