"""Use cases of sign-in sessions.

What is known about a session stands in DynamoDB. That one is over stands in PostgreSQL too, where
the first statement of every request looks, so a session that is ended is ended for every process
at its next request. PostgreSQL is written first: a crash in between leaves the session ended.
"""

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.errors import Missing
from hub.permissions import Permission
from hub.sessions import ledger, repository
from hub.sessions.devices import LONGEST_AGENT, device_of, place_of
from hub.sessions.policy import limits_of
from hub.sessions.schemas import Ended, Session
from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction

LONGEST_ADDRESS = 45
_AFTER_ITS_END = timedelta(days=1)  # what a session gave away, such as OAuth tokens, is over then
_LONGEST = timedelta(days=400)


def digest_of(session_id: str) -> str:
    """Under what a session is stored and ended: whoever reads the store cannot use it."""
    return hashlib.sha256(session_id.encode()).hexdigest()


async def start(
    store: Store,
    engine: Engine,
    settings: Settings,
    *,
    username: str,
    roles: Iterable[str],
    session_id: str,
    address: str,
    agent: str,
    level: int,
    methods: Iterable[str],
    issuer: str = "",
    at: datetime | None = None,
    now: datetime | None = None,
) -> Session:
    """Write a sign-in down; whoever has too many sessions then loses the oldest ones.

    `at` is when the person proved who they are, if that was before: an institution remembers
    people for hours.
    """
    moment = _seconds(now)
    device, digest = device_of(agent), digest_of(session_id)
    limits = limits_of(settings, roles, phone=device.phone)
    known = sorted(set(methods))
    item = repository.item_of(
        username,
        digest,
        now=moment,
        idle=limits.idle,
        absolute=limits.absolute,
        proved=min(moment, _seconds(at or now)),
        level=level,
        methods=known,
        issuer=issuer,
        method=_method(known, issuer),
        address=address[:LONGEST_ADDRESS],
        agent=agent[:LONGEST_AGENT],
        device=device.name,
        place=place_of(settings.places, address),
    )
    await store.run(repository.create, item)
    await _end_oldest(store, engine, username, limits.at_once, moment)
    session = await find(store, username, digest, now=now)
    if session is None:
        raise Missing("sessions.over", "The session was ended while it began. Sign in again.")
    await ledger.started(
        engine, id=digest, username=username, method=session.method,
        device="phone" if device.phone else "computer", idle=limits.idle, ends=session.ends_at,
    )  # fmt: skip
    return session


async def _end_oldest(
    store: Store, engine: Engine, username: str, at_once: int, moment: float
) -> None:
    """Two sign-ins at the same time both look after both wrote, so the later sees the other."""
    there = await store.run(repository.living, username, moment)
    for session in there[: max(0, len(there) - at_once)]:
        await _end(engine, store, None, session, Ended.LIMIT, moment)


async def find(
    store: Store, username: str, digest: str, *, now: datetime | None = None
) -> Session | None:
    """The session, or None: unknown, ended, idle too long, too old."""
    return await store.run(repository.get, username, digest, _seconds(now))


async def proved(
    store: Store,
    username: str,
    session_id: str,
    *,
    level: int,
    methods: Iterable[str],
    at: datetime | None = None,
    now: datetime | None = None,
) -> Session | None:
    """Note that the person just proved who they are; None when the session is over.

    A level once reached stays: who signed in with two factors and repeats one still did.
    """
    digest, moment = digest_of(session_id), _seconds(now)
    before = await store.run(repository.get, username, digest, moment)
    if before is None:
        return None
    return await store.run(
        repository.prove,
        username,
        digest,
        level=max(level, before.level),
        methods=sorted(before.methods | set(methods)),
        at=min(moment, _seconds(at or now)),
        now=moment,
    )


async def seen(
    store: Store,
    engine: Engine,
    settings: Settings,
    username: str,
    digest: str,
    *,
    address: str,
    now: datetime | None = None,
) -> Session | None:
    """Note that a session is in use; None when it is over."""
    session = await store.run(
        repository.touch,
        username,
        digest,
        address=address[:LONGEST_ADDRESS],
        place=place_of(settings.places, address),
        now=_seconds(now),
    )
    if session is not None:
        await ledger.seen(engine, username, digest)
    return session


async def list_for(store: Store, username: str, *, now: datetime | None = None) -> list[Session]:
    """The living sessions of a person, the last used first, then those ended a short while ago."""
    found = await store.run(repository.of_person, username, _seconds(now))
    return sorted(found, key=lambda one: (one.is_over, -one.last_seen_at.timestamp(), one.id))


async def end(
    engine: Engine,
    store: Store,
    person_id: UUID | None,
    username: str,
    digest: str,
    *,
    reason: Ended = Ended.REVOKED,
    now: datetime | None = None,
) -> bool:
    """End one session of a person; whether it was theirs and alive."""
    session = await find(store, username, digest, now=now)
    if session is None:
        return False
    await _end(engine, store, person_id, session, reason, _seconds(now))
    return True


async def end_all(
    engine: Engine,
    store: Store,
    person_id: UUID | None,
    username: str,
    *,
    but: str | None = None,
    reason: Ended = Ended.REVOKED,
    now: datetime | None = None,
) -> int:
    """End all sessions of a person but the one with this digest, and tell how many those were."""
    moment = _seconds(now)
    there = await store.run(repository.living, username, moment)
    gone = [one for one in there if one.id != but]
    if gone:
        until = max(one.ends_at for one in gone) + _AFTER_ITS_END
        await ledger.end(
            engine, [one.id for one in gone], until, reason,
            person_id=person_id, username=username,
        )  # fmt: skip
    for one in gone:
        await store.run(repository.end, username, one.id, reason=reason, now=moment)
    return len(gone)


async def end_everybody(tx: Transaction, but: str) -> int:
    """End all sessions of all people but this one; how many."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    return await ledger.end_everybody(tx, but)


async def end_credential(
    engine: Engine,
    person_id: UUID | None,
    credential_id: str,
    until: datetime | None = None,
    *,
    reason: Ended = Ended.REVOKED,
) -> None:
    """End a token or a device by its id, for as long as it could have been used."""
    last = until or datetime.now(UTC) + _LONGEST
    await ledger.end(engine, [credential_id], last, reason, person_id=person_id)


async def _end(
    engine: Engine, store: Store, person_id: UUID | None, session: Session, reason: Ended,
    moment: float,
) -> None:  # fmt: skip
    until = session.ends_at + _AFTER_ITS_END
    await ledger.end(
        engine, [session.id], until, reason, person_id=person_id, username=session.username
    )
    await store.run(repository.end, session.username, session.id, reason=reason, now=moment)


def _method(methods: list[str], issuer: str) -> str:
    """By what somebody signed in, for the list and the figures."""
    if issuer:
        return "institution"
    if "pwd" in methods:
        return "password"
    return "passkey" if {"hwk", "swk"} & set(methods) else "other"


def _seconds(moment: datetime | None) -> float:
    return round(moment.timestamp() if moment else time.time(), 3)
