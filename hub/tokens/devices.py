"""Letting in what has no keyboard (RFC 8628): it shows a code, a signed-in person types it.

The code is short because people type it, so it lives ten minutes, dies after five looks, and
somebody who types five codes that nobody waits with has to pause. What the device itself sends is
long and random.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub import audit
from hub.actor import Actor, Assurance, Credential
from hub.errors import Invalid, Limited, Missing, SignInAgain
from hub.permissions import Permission
from hub.storage.dynamodb import Item
from hub.storage.transaction import Transaction, begin
from hub.tokens import families, repository, stored, texts
from hub.tokens.access import permissions_named
from hub.tokens.families import refused
from hub.tokens.people import person_behind
from hub.tokens.schemas import DeviceAnswer, DeviceAsks, Kind, Pair
from hub.tokens.stores import Stores

DEVICE, PROGRAM = "agrigen-device", "agrigen-cli"
CLIENTS = frozenset({DEVICE, PROGRAM})
DEVICE_SCOPES = frozenset({Permission.EVENTS_WRITE, Permission.RECORDS_WRITE})
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so no words; no digits, so no 0 and O
LIFE = timedelta(minutes=10)
INTERVAL = 5
MOST_LOOKS = 5
MOST_MISSES = 5
_WINDOW = 600.0
_LONGEST_NAME = 80


async def ask(
    stores: Stores,
    *,
    client: str,
    name: str,
    scope: frozenset[Permission],
    address: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """What a device shows and sends while it waits (RFC 8628, 3.2)."""
    if client not in CLIENTS:
        raise refused("invalid_client", f"client_id must be one of {', '.join(sorted(CLIENTS))}.")
    wanted = scope & DEVICE_SCOPES if client == DEVICE else scope
    if not wanted:
        raise refused("invalid_scope", _no_scope(client))
    now = now or datetime.now(UTC)
    secret = secrets.token_urlsafe(32)
    values = {
        "digest": texts.digest(secret), "client": client, "name": _printable(name) or "Device",
        "scope": sorted(wanted), "address": address, "state": "pending", "interval": INTERVAL,
        "polled": 0.0, "created": now.timestamp(), "ttl": int((now + LIFE).timestamp()),
    }  # fmt: skip
    code = await _place(stores, values)
    page = f"{stores.settings.base_url}/services/api/account/security"
    return {
        "device_code": f"{code}.{secret}",
        "user_code": shown(code),
        "verification_uri": f"{page}#devices",
        "verification_uri_complete": f"{page}?user_code={shown(code)}#devices",
        "expires_in": int(LIFE.total_seconds()),
        "interval": INTERVAL,
    }


async def poll(
    stores: Stores, client: str, device_code: str, *, now: datetime | None = None
) -> Pair:
    """Tokens for a device that somebody let in; until then, refusals that say how it stands."""
    now = now or datetime.now(UTC)
    code, _, secret = device_code.partition(".")
    waiting = await stores.store.run(repository.get_code, code[:20])
    if waiting is None or waiting["ttl"] <= now.timestamp():
        raise refused("expired_token", "The code was too old. Ask for a new one.")
    right = hmac.compare_digest(waiting["digest"], texts.digest(secret))
    if not right or waiting["client"] != client:
        raise refused("invalid_grant", "This device code is not valid.")
    if waiting["state"] == "pending":
        await _keep_waiting(stores, code, waiting, now)
    if waiting["state"] == "denied":
        raise refused("access_denied", "The person said no, or the code was tried too often.")
    return await _let_in(stores, code, waiting, now)


async def look(
    stores: Stores, actor: Actor, user_code: str, *, now: datetime | None = None
) -> DeviceAsks:
    """What waits with this code."""
    _, waiting = await _waiting(stores, actor, user_code, now or datetime.now(UTC))
    possible = permissions_named(waiting["scope"]) & actor.permissions
    return DeviceAsks(
        user_code=shown(_letters(user_code)),
        client=waiting["client"],
        name=waiting["name"],
        address=waiting["address"],
        scopes=sorted(possible),
        asked_at=_moment(waiting["created"]),
        expires_at=_moment(waiting["ttl"]),
    )


async def answer(
    stores: Stores, tx: Transaction, said: DeviceAnswer, *, now: datetime | None = None
) -> None:
    """Let a waiting device in, in one's own name and with no more than one's own rights, or not."""
    actor = tx.actor
    code, waiting = await _waiting(stores, actor, said.user_code, now or datetime.now(UTC))
    if not said.approve:
        await stores.store.run(repository.change_code, code, "pending", state="denied")
        await audit.write(tx, "devices:refuse", name=waiting["name"], address=waiting["address"])
        return
    scope = permissions_named(waiting["scope"]) & (said.scopes or frozenset(Permission))
    carried = scope & actor.permissions
    if not carried:
        raise Invalid("devices.no_scope", "You may do none of what this device asks for.")
    _check_farm(said, waiting)
    name = said.name or waiting["name"]
    granted = {
        "state": "approved", "person": str(actor.person_id), "scope": sorted(carried),
        "name": name, "level": actor.assurance.level, "methods": sorted(actor.assurance.methods),
        "proved": actor.assurance.at.timestamp() if actor.assurance.at else 0.0,
        "farm": str(said.farm_id or ""),
    }  # fmt: skip
    if await stores.store.run(repository.change_code, code, "pending", **granted) is None:
        raise _nobody_waits()
    await audit.write(
        tx, "devices:approve", farm_id=said.farm_id, name=name, client=waiting["client"],
        address=waiting["address"], scopes=sorted(carried),
    )  # fmt: skip


def shown(code: str) -> str:
    """As people read it: WDJB-MJHT."""
    return f"{code[:4]}-{code[4:]}"


async def _place(stores: Stores, values: Item) -> str:
    for _ in range(5):
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        if await stores.store.run(repository.add_code, code, values):
            return code
    raise Limited("devices.busy", "Too many devices wait. Try again in a minute.", retry_after=60)


async def _keep_waiting(stores: Stores, code: str, waiting: Item, now: datetime) -> None:
    """Say that nobody decided yet; who asks too often has to wait five seconds longer each time."""
    fast = now.timestamp() - waiting["polled"] < waiting["interval"]
    interval = waiting["interval"] + (INTERVAL if fast else 0)
    note = {"polled": now.timestamp(), "interval": interval}
    await stores.store.run(repository.change_code, code, "pending", **note)
    if fast:
        raise refused("slow_down", f"Ask every {interval} seconds.")
    raise refused("authorization_pending", "Nobody decided yet.")


async def _let_in(stores: Stores, code: str, waiting: Item, now: datetime) -> Pair:
    """The tokens, once: whoever comes second with the same code gets none."""
    actor = await _approver(stores, waiting)
    if await stores.store.run(repository.change_code, code, "approved", state="used") is None:
        raise refused("invalid_grant", "This device code was used.")
    scope = permissions_named(waiting["scope"])
    name, address = waiting["name"], waiting["address"]
    if waiting["client"] == PROGRAM:
        made, pair = await families.start(
            stores, actor, client=PROGRAM, name=name, scope=scope, address=address, now=now
        )
    else:
        made, text = await stored.make(
            stores.store, actor, Kind.DEVICE, name=name, scope=scope, life=stored.DEVICE_LIFE,
            client=DEVICE, farm_id=_farm(waiting), address=address, now=now,
        )  # fmt: skip
        life = int(stored.DEVICE_LIFE.total_seconds())
        pair = Pair(access_token=text, expires_in=life, scope=" ".join(sorted(scope)))
    async with begin(stores.engine, actor) as tx:
        await audit.write(tx, "devices:connect", credential=made.id, name=name, address=address)
    return pair


async def _approver(stores: Stores, waiting: Item) -> Actor:
    """Who let it in, as they are now."""
    if waiting["state"] != "approved":
        raise refused("invalid_grant", "This device code was used.")
    at = _moment(waiting["proved"]) if waiting["proved"] else None
    assurance = Assurance(waiting["level"], at, frozenset(waiting["methods"]))
    try:
        return await person_behind(
            stores.engine, stores.settings, UUID(waiting["person"]),
            permissions_named(waiting["scope"]), Credential.DEVICE, "", assurance,
        )  # fmt: skip
    except SignInAgain as error:
        raise refused("access_denied", error.message) from error


async def _waiting(stores: Stores, actor: Actor, user_code: str, now: datetime) -> tuple[str, Item]:
    """The device that waits with this code; counts looks and misses."""
    actor.require(Permission.ACCOUNT_WRITE)
    code = _letters(user_code)
    if await stores.store.run(repository.misses, actor.person_id) >= MOST_MISSES:
        raise Limited(
            "devices.too_many_tries",
            "You typed several codes with which no device waits. Pause for ten minutes.",
            retry_after=int(_WINDOW),
        )
    found = await stores.store.run(repository.try_code, code) if code else None
    if found is None or found["state"] != "pending" or found["ttl"] <= now.timestamp():
        await stores.store.run(repository.miss, actor.person_id, now.timestamp(), _WINDOW)
        raise _nobody_waits()
    if found["tries"] > MOST_LOOKS:
        await stores.store.run(repository.change_code, code, "pending", state="denied")
        raise _nobody_waits()
    return code, found


def _check_farm(said: DeviceAnswer, waiting: Item) -> None:
    """Only tokens of devices can be bound to a farm."""
    if said.farm_id and waiting["client"] != DEVICE:
        raise Invalid("devices.no_farm", "Only devices can be let in for one farm. Leave it out.")


def _farm(waiting: Item) -> UUID | None:
    return UUID(waiting["farm"]) if waiting["farm"] else None


def _letters(user_code: str) -> str:
    """The code however it was typed; empty when it cannot be one."""
    letters = "".join(one for one in user_code.upper() if one.isalnum())
    return letters if len(letters) == 8 and set(letters) <= set(LETTERS) else ""


def _printable(name: str) -> str:
    """A name is shown to the person who decides: no line breaks, nothing invisible."""
    return "".join(one for one in name if one.isprintable()).strip()[:_LONGEST_NAME]


def _no_scope(client: str) -> str:
    known = ", ".join(sorted(DEVICE_SCOPES if client == DEVICE else Permission))
    return f"Give scope, separated by spaces, of: {known}."


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _nobody_waits() -> Missing:
    return Missing(
        "devices.no_such_code",
        "No device waits with this code. Codes live ten minutes; have the device show a new one.",
    )
