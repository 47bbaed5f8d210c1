"""Refresh tokens: they rotate, forgive a phone with a bad signal, and die with a thief.

A family is one sign-in of a page or a program. It keeps a counter and a key of its own (sealed);
its token is the counter under an HMAC, so nothing is stored for each token. The token of the
counter rotates the family. The one before gets the current one again, without rotating: the answer
was lost on the way, or two requests left at once. Anything older ends the family, unless it comes
within seconds of the last rotation.
"""

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub import audit
from hub.actor import Actor, Assurance, Credential
from hub.errors import Invalid, SignInAgain, Unavailable
from hub.permissions import Permission
from hub.storage.transaction import begin
from hub.tokens import access, repository, stored, texts
from hub.tokens.people import person_behind
from hub.tokens.schemas import Kind, Pair, Stored
from hub.tokens.stores import Stores

IDLE = timedelta(days=30)
LIFE = timedelta(days=90)
REUSE_SECONDS = 10.0
_ID, _COUNTER, _MAC = 12, 4, 20
_SIZE = 16 + _ID + _COUNTER + _MAC
_ATTEMPTS = 50


async def start(
    stores: Stores,
    actor: Actor,
    *,
    client: str,
    name: str,
    scope: frozenset[Permission],
    address: str = "",
    now: datetime | None = None,
) -> tuple[Stored, Pair]:
    """A new family and its first tokens."""
    now = now or datetime.now(UTC)
    await stored.check_room(stores.store, actor.person_id)
    credential, key = stored.new_credential_id(Kind.FAMILY), secrets.token_bytes(32)
    family = Stored(
        id=credential,
        kind=Kind.FAMILY,
        person_id=actor.person_id,
        name=name,
        client=client,
        scope=scope,
        level=actor.assurance.level,
        methods=actor.assurance.methods,
        created_at=now,
        expires_at=now + LIFE,
        proved_at=actor.assurance.at,
        address=address,
        sealed=stores.sealer.seal(_purpose(credential), key),
        used=now.timestamp(),
    )
    await stores.store.run(repository.add, family)
    return family, await _pair(stores, family, key, scope & actor.permissions, now)


async def refresh(
    stores: Stores,
    text: str,
    *,
    scope: frozenset[Permission] | None = None,
    now: datetime | None = None,
) -> Pair:
    """The next tokens, or the current ones again; Invalid when the family is over."""
    now = now or datetime.now(UTC)
    for _ in range(_ATTEMPTS):
        family, counter, key = await _read(stores, text, now)
        actor = await _entered(stores, family)
        carried = actor.permissions if scope is None else actor.permissions & scope
        if not carried:
            raise refused("invalid_scope", "Nothing is left of what these tokens may do.")
        turned = await _turn(stores, family, counter, key, now)
        if turned is not None:
            return await _pair(stores, turned, key, carried, now)
        if _is_forgiven(family, counter, now):
            return await _pair(stores, family, key, carried, now)
        if counter > family.counter:  # the store was put back to an older state
            raise _no_token()
        if counter < family.counter:
            await _kill(stores, actor, family)
            raise refused("invalid_grant", "This refresh token was used before. Sign in again.")
    raise Unavailable(
        "tokens.busy", "These tokens are asked for all the time. Try again.", retry_after=1
    )


async def family_of(stores: Stores, text: str, *, now: datetime | None = None) -> Stored | None:
    """The living family that a refresh token belongs to, whichever of its tokens it is."""
    try:
        family, _, _ = await _read(stores, text, now or datetime.now(UTC))
    except Invalid:
        return None
    return family


def refused(error: str, message: str) -> Invalid:
    """A refusal in the words of OAuth (RFC 6749, 5.2)."""
    return Invalid(f"oauth.{error}", message, error=error)


async def _read(stores: Stores, text: str, now: datetime) -> tuple[Stored, int, bytes]:
    """The family, the counter that the token says, and the family's key; Invalid if it is none."""
    content = texts.read(texts.REFRESH, text, _SIZE)
    if content is None:
        raise _no_token()
    body, mac = content[:-_MAC], content[-_MAC:]
    person_id, credential = UUID(bytes=body[:16]), f"{Kind.FAMILY}-{body[16 : 16 + _ID].hex()}"
    family = await stores.store.run(repository.get, person_id, credential)
    if family is None or not family.sealed:
        raise _no_token()
    key = stores.sealer.open(_purpose(family.id), family.sealed)
    if not hmac.compare_digest(mac, _mac(key, body)) or _is_over(family, now):
        raise _no_token()
    return family, int.from_bytes(body[16 + _ID :], "big"), key


def _is_over(family: Stored, now: datetime) -> bool:
    idle = now.timestamp() - family.used > IDLE.total_seconds()
    return idle or family.expires_at <= now


async def _entered(stores: Stores, family: Stored) -> Actor:
    """The person as they are now, let in under this family's id; refused when either is over."""
    try:
        actor = await person_behind(
            stores.engine, stores.settings, family.person_id, family.scope, Credential.ACCESS,
            family.id, _assurance(family),
        )  # fmt: skip
        async with begin(stores.engine, actor):
            return actor
    except SignInAgain as error:
        raise refused("invalid_grant", error.message) from error


async def _turn(
    stores: Stores, family: Stored, counter: int, key: bytes, now: datetime
) -> Stored | None:
    """The family one further, if this is its current token and nobody was faster."""
    if counter != family.counter:
        return None
    sealed, purpose = family.sealed, _purpose(family.id)
    if not stores.sealer.is_current(sealed):
        sealed = stores.sealer.seal(purpose, key)
    done = await stores.store.run(repository.rotate, family, now.timestamp(), sealed)
    return replace(family, counter=counter + 1) if done else None


def _is_forgiven(family: Stored, counter: int, now: datetime) -> bool:
    """Whether an older token gets the current one: the one before, or one that was on its way."""
    behind = family.counter - counter
    return behind == 1 or (behind > 1 and now.timestamp() - family.rotated <= REUSE_SECONDS)


async def _kill(stores: Stores, actor: Actor, family: Stored) -> None:
    """Committed before the caller is told: an error must not bring the family back."""
    await stored.end(stores.engine, stores.store, family)
    unbound = replace(actor, session_id="")  # the family's own transaction is refused by now
    async with begin(stores.engine, unbound) as tx:
        await audit.write(tx, "tokens:reused", credential=family.id, client=family.client)


async def _pair(
    stores: Stores, family: Stored, key: bytes, scope: frozenset[Permission], now: datetime
) -> Pair:
    said = access.Access(family.person_id, family.client, scope, family.id, _assurance(family))
    until = family.expires_at.timestamp()
    token = await access.issue(
        stores.engine, stores.sealer, stores.settings, said, now=now, until=until
    )
    return Pair(
        access_token=token,
        expires_in=int(min(access.LIFE.total_seconds(), until - now.timestamp())),
        refresh_token=_text(family, key),
        scope=" ".join(sorted(scope)),
    )


def _text(family: Stored, key: bytes) -> str:
    number = bytes.fromhex(family.id.partition("-")[2])
    body = family.person_id.bytes + number + family.counter.to_bytes(_COUNTER, "big")
    return texts.write(texts.REFRESH, body + _mac(key, body))


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"refresh" + body, hashlib.sha256).digest()[:_MAC]


def _assurance(family: Stored) -> Assurance:
    return Assurance(family.level, family.proved_at, family.methods)


def _purpose(credential: str) -> str:
    return f"refresh:{credential}"


def _no_token() -> Invalid:
    return refused("invalid_grant", "This refresh token is not valid, or no longer. Sign in again.")
