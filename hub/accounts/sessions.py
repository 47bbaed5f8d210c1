"""Sign-in sessions of people: what is signed in, from where and since when.

Only the SHA-256 of a session's id is kept: whoever reads the store cannot use a session.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.storage.dynamodb import SESSIONS, Item, Store, key

DAYS_KEPT = 30
SECONDS_BETWEEN_NOTES = 300
_LONGEST_AGENT = 300


@dataclass(frozen=True)
class SignInSession:
    """One sign-in; `id` is a digest and of no use for signing in."""

    id: str
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


async def record(
    store: Store, username: str, session_id: str, *, address: str, agent: str
) -> SignInSession:
    """Note a sign-in, or that a session which is known already is used again."""
    now = int(time.time())
    item = {
        "username": key(username),
        "session": _digest(session_id),
        "address": address[:100],
        "agent": agent[:_LONGEST_AGENT],
        "created": now,
        "seen": now,
        "ttl": _expiry(now),
    }
    return _session(await store.run(_create_or_renew, item))


async def list_for(store: Store, username: str) -> list[SignInSession]:
    """The living sessions of a person, the last used first."""
    items = await store.run(Store.query, SESSIONS, key(username))
    return sorted(map(_session, items), key=lambda one: one.last_seen_at, reverse=True)


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _expiry(now: int) -> int:
    return now + DAYS_KEPT * 86_400


def _create_or_renew(store: Store, item: Item) -> Item:
    change = (
        "SET #seen = :seen, #ttl = :ttl, #address = :address, #agent = :agent, "
        "#created = if_not_exists(#created, :created)"
    )
    values = {name: item[name] for name in ("seen", "ttl", "address", "agent", "created")}
    return store.update(SESSIONS, item["username"], item["session"], change, "", **values)


def _session(item: Item) -> SignInSession:
    return SignInSession(
        id=item["session"],
        address=item["address"],
        agent=item["agent"],
        created_at=_time(item["created"]),
        last_seen_at=_time(item["seen"]),
        expires_at=_time(item["ttl"]),
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
