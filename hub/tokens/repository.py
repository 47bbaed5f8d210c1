"""Credentials in DynamoDB: a person's stand in their partition, waiting devices in their own.

Every change is one conditional write of one item, so it is there or not, whoever dies in between.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub.storage.dynamodb import CREDENTIALS, ConditionFailedError, Item, Store, key
from hub.tokens.access import permissions_named
from hub.tokens.schemas import Kind, Stored

_CODE = "CODE"
_MISSES = "MISSES"
_CREDENTIAL = "CREDENTIAL"


def add(store: Store, stored: Stored) -> None:
    store.create(CREDENTIALS, _item(stored))


def get(store: Store, person_id: UUID, credential: str) -> Stored | None:
    item = store.get(CREDENTIALS, str(person_id), key(_CREDENTIAL, credential))
    return _stored(item) if item else None


def of_person(store: Store, person_id: UUID) -> list[Stored]:
    """All living ones, the oldest first."""
    items = store.query(CREDENTIALS, str(person_id))
    found = [_stored(one) for one in items if one["credential"].startswith(_CREDENTIAL)]
    return sorted(found, key=lambda one: (one.created_at, one.id))


def remove(store: Store, person_id: UUID, credential: str) -> None:
    store.delete(CREDENTIALS, str(person_id), key(_CREDENTIAL, credential))


def note_use(store: Store, stored: Stored, day: str) -> None:
    """The day of the last use; a token that was ended meanwhile stays ended."""
    place = (str(stored.person_id), key(_CREDENTIAL, stored.id))
    try:
        store.update(CREDENTIALS, *place, "SET #day = :day", "attribute_exists(#owner)", day=day)
    except ConditionFailedError:
        return


def rotate(store: Store, stored: Stored, now: float, sealed: str) -> bool:
    """Count a family on; False when somebody else did, or ended it."""
    change = "SET #counter = :next, #rotated = :now, #used = :now, #day = :day, #sealed = :sealed"
    try:
        store.update(
            CREDENTIALS, str(stored.person_id), key(_CREDENTIAL, stored.id), change,
            "#counter = :counter", counter=stored.counter, next=stored.counter + 1, now=now,
            day=_day(now), sealed=sealed,
        )  # fmt: skip
    except ConditionFailedError:
        return False
    return True


# --- devices that wait


def add_code(store: Store, code: str, values: Item) -> bool:
    """False when another device waits with this very code."""
    try:
        store.create(CREDENTIALS, {**values, "owner": key(_CODE, code), "credential": _CODE})
    except ConditionFailedError:
        return False
    return True


def get_code(store: Store, code: str) -> Item | None:
    return store.get(CREDENTIALS, key(_CODE, code), _CODE)


def change_code(store: Store, code: str, expected: str, **values: Any) -> Item | None:
    """Change one that is in this state still; None when it is not."""
    change = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    place = (CREDENTIALS, key(_CODE, code), _CODE)
    try:
        return store.update(*place, change, "#state = :expected", expected=expected, **values)
    except ConditionFailedError:
        return None


def try_code(store: Store, code: str) -> Item | None:
    """Count that somebody looked at a waiting device."""
    try:
        return store.update(
            CREDENTIALS, key(_CODE, code), _CODE,
            "SET #tries = if_not_exists(#tries, :zero) + :one", "attribute_exists(#owner)",
            zero=0, one=1,
        )  # fmt: skip
    except ConditionFailedError:
        return None


def misses(store: Store, person_id: UUID) -> int:
    """How many codes that nobody waits with this person typed a short while ago."""
    item = store.get(CREDENTIALS, str(person_id), _MISSES)
    return int(item["count"]) if item else 0


def miss(store: Store, person_id: UUID, now: float, window: float) -> None:
    """Count one more; after the window it starts from nothing."""
    place = (CREDENTIALS, str(person_id), _MISSES)
    count = "SET #count = #count + :one"
    try:
        store.update(*place, count, "#ttl > :now", one=1, now=int(now))
    except ConditionFailedError:
        begin = "SET #count = :one, #ttl = :ttl"
        store.update(*place, begin, "", one=1, ttl=int(now + window))


# --- between items and what the services use


def _item(stored: Stored) -> Item:
    expires = int(stored.expires_at.timestamp())
    optional = {
        "farm": str(stored.farm_id) if stored.farm_id else None,
        "proved": stored.proved_at.timestamp() if stored.proved_at else None,
        "day": stored.last_used_on,
        "digest": stored.digest or None,
        "sealed": stored.sealed or None,
    }
    return {
        "owner": str(stored.person_id),
        "credential": key(_CREDENTIAL, stored.id),
        "id": stored.id,
        "kind": str(stored.kind),
        "name": stored.name,
        "client": stored.client,
        "scope": sorted(stored.scope),
        "level": stored.level,
        "methods": sorted(stored.methods),
        "address": stored.address,
        "created": stored.created_at.timestamp(),
        "ttl": expires,
        "counter": stored.counter,
        "rotated": stored.rotated,
        "used": stored.used,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _stored(item: Item) -> Stored:
    return Stored(
        id=item["id"],
        kind=Kind(item["kind"]),
        person_id=UUID(item["owner"]),
        name=item["name"],
        client=item["client"],
        scope=permissions_named(item["scope"]),
        level=item["level"],
        methods=frozenset(item["methods"]),
        created_at=_moment(item["created"]),
        expires_at=_moment(item["ttl"]),
        proved_at=_moment(item["proved"]) if "proved" in item else None,
        last_used_on=item.get("day"),
        farm_id=UUID(item["farm"]) if "farm" in item else None,
        address=item["address"],
        digest=item.get("digest", ""),
        sealed=item.get("sealed", ""),
        counter=item["counter"],
        rotated=float(item["rotated"]),
        used=float(item["used"]),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _day(seconds: float) -> str:
    return _moment(seconds).date().isoformat()
