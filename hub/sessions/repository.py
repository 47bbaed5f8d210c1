"""Session items in DynamoDB: one item a session, under its person, changed by conditional writes.

`ttl` is when the session ends if nothing more comes; reads leave out what has passed it. An ended
session stays for some days without being alive, so that the list can say what became of it.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hub.sessions.devices import shortened
from hub.sessions.schemas import Ended, Session
from hub.storage.dynamodb import SESSIONS, ConditionFailedError, Item, Store, key

DAYS_ENDED_IS_TOLD = 7
DAYS_OF_A_FULL_ADDRESS = 30
_ALIVE = "attribute_exists(#username) AND attribute_not_exists(#ended) AND #ttl > :now"
_DAY = 86_400


def create(store: Store, item: Item) -> None:
    store.create(SESSIONS, item)


def get(store: Store, username: str, digest: str, now: float) -> Session | None:
    """A session that is alive."""
    item = store.get(SESSIONS, key(username), digest)
    return _session(item, username, now) if item and _is_alive(item, now) else None


def living(store: Store, username: str, now: float) -> list[Session]:
    """Sessions that are alive, the oldest first, the same order for everybody who asks."""
    found = [one for one in of_person(store, username, now) if not one.is_over]
    return sorted(found, key=lambda one: (one.created_at, one.id))


def of_person(store: Store, username: str, now: float) -> list[Session]:
    """Sessions that are alive, and those that were ended a short while ago."""
    items = store.query(SESSIONS, key(username))
    return [_session(one, username, now) for one in items if one["ttl"] > now and "ends" in one]


def touch(
    store: Store, username: str, digest: str, *, address: str, place: str, now: float
) -> Session | None:
    """Note that a session is in use; None when it is over."""
    item = store.get(SESSIONS, key(username), digest)
    if item is None or not _is_alive(item, now):
        return None
    change = "SET #seen = :seen, #ttl = :ttl, #address = :address, #place = :place"
    values = {
        "seen": now,
        "ttl": _expiry(now, item["idle"], item["ends"]),
        "address": address,
        "place": place,
    }
    return _changed(store, username, digest, change, now, values)


def prove(
    store: Store,
    username: str,
    digest: str,
    *,
    level: int,
    methods: list[str],
    at: float,
    now: float,
) -> Session | None:
    """Note that the person proved who they are, once more or with more; None when it is over."""
    change = "SET #level = :level, #methods = :methods, #proved = :proved"
    values = {"level": level, "methods": methods, "proved": at}
    return _changed(store, username, digest, change, now, values)


def end(store: Store, username: str, digest: str, *, reason: Ended, now: float) -> bool:
    """Mark a session as over; whether it was alive until now."""
    change = "SET #ended = :ended, #reason = :reason, #ttl = :ttl"
    ttl = int(now) + DAYS_ENDED_IS_TOLD * _DAY
    values = {"ended": now, "reason": reason.value, "ttl": ttl}
    return _changed(store, username, digest, change, now, values) is not None


def item_of(
    username: str, digest: str, *, now: float, idle: float, absolute: float, **values: Any
) -> Item:
    """A new session as it is stored."""
    ends = now + absolute
    return {
        "username": key(username),
        "session": digest,
        "created": now,
        "seen": now,
        "idle": idle,
        "ends": ends,
        "ttl": _expiry(now, idle, ends),
        **values,
    }


def _expiry(now: float, idle: float, ends: float) -> int:
    return int(min(now + idle, ends))


def _is_alive(item: Item, now: float) -> bool:
    return "ended" not in item and "ends" in item and bool(item["ttl"] > now)


def _changed(
    store: Store, username: str, digest: str, change: str, now: float, values: dict[str, Any]
) -> Session | None:
    with suppress(ConditionFailedError):
        item = store.update(SESSIONS, key(username), digest, change, _ALIVE, now=now, **values)
        return _session(item, username, now)
    return None


def _session(item: Item, username: str, now: float) -> Session:
    old = now - item["seen"] > DAYS_OF_A_FULL_ADDRESS * _DAY
    return Session(
        id=item["session"],
        username=username,
        method=item["method"],
        issuer=item["issuer"],
        level=item["level"],
        methods=frozenset(item["methods"]),
        proved_at=_time(item["proved"]),
        created_at=_time(item["created"]),
        last_seen_at=_time(item["seen"]),
        expires_at=_time(item["ttl"]),
        ends_at=_time(item["ends"]),
        address=shortened(item["address"]) if old else item["address"],
        agent=item["agent"],
        device=item["device"],
        place=item["place"],
        idle=item["idle"],
        ended_at=_time(item["ended"]) if "ended" in item else None,
        ended_because=Ended(item["reason"]) if "reason" in item else None,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
