"""Personal access tokens and tokens of devices: random, long, kept as a digest.

A token names its person, so all that a person has stands together and goes together.
"""

import asyncio
import hmac
import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from hub import sessions
from hub.actor import Actor
from hub.errors import Conflict
from hub.observability import logging
from hub.permissions import Permission
from hub.storage.dynamodb import Store
from hub.storage.postgres import Engine
from hub.tokens import repository, texts
from hub.tokens.access import refuse
from hub.tokens.schemas import Kind, Stored

PREFIXES = {Kind.PERSONAL: texts.PERSONAL, Kind.DEVICE: texts.DEVICE}
MOST = 50
DEVICE_LIFE = timedelta(days=365)
_ID, _SECRET = 12, 20
_SIZE = 16 + _ID + _SECRET
_TRUSTED_SECONDS = 5.0
_LARGEST = 10_000

log = logging.get_logger(__name__)
_KNOWN: WeakKeyDictionary[Store, dict[str, tuple[float, Stored]]] = WeakKeyDictionary()
_notes: set["asyncio.Task[None]"] = set()


def new_credential_id(kind: Kind) -> str:
    return f"{kind}-{secrets.token_hex(_ID)}"


async def make(
    store: Store,
    actor: Actor,
    kind: Kind,
    *,
    name: str,
    scope: frozenset[Permission],
    life: timedelta,
    client: str = "",
    farm_id: UUID | None = None,
    address: str = "",
    now: datetime | None = None,
) -> tuple[Stored, str]:
    """A new token and its text, which is told this once."""
    now = now or datetime.now(UTC)
    await check_room(store, actor.person_id)
    credential = new_credential_id(kind)
    content = actor.person_id.bytes + bytes.fromhex(credential.partition("-")[2])
    text = texts.write(PREFIXES[kind], content + secrets.token_bytes(_SECRET))
    stored = Stored(
        id=credential,
        kind=kind,
        person_id=actor.person_id,
        name=name,
        client=client,
        scope=scope,
        level=actor.assurance.level,
        methods=actor.assurance.methods,
        created_at=now,
        expires_at=now + life,
        farm_id=farm_id,
        address=address,
        digest=texts.digest(text),
    )
    await store.run(repository.add, stored)
    return stored, text


async def check_room(store: Store, person_id: UUID) -> None:
    """Nobody overlooks more than this."""
    if len(await store.run(repository.of_person, person_id)) >= MOST:
        raise Conflict(
            "tokens.too_many",
            f"You have {MOST} tokens and devices. End those that you no longer use, and try again.",
        )


async def find(store: Store, text: str, *, now: datetime | None = None) -> Stored:
    """The living token with this text; SignInAgain when there is none."""
    moment = now or datetime.now(UTC)
    kind = next((one for one, prefix in PREFIXES.items() if text.startswith(prefix)), None)
    content = texts.read(PREFIXES[kind], text, _SIZE) if kind else None
    if kind is None or content is None:
        refuse()
    digest = texts.digest(text)
    stored = _recalled(store, digest)
    if stored is None:
        credential = f"{kind}-{content[16 : 16 + _ID].hex()}"
        stored = await store.run(repository.get, UUID(bytes=content[:16]), credential)
        if stored is None or not hmac.compare_digest(stored.digest, digest):
            refuse()
        _remember(store, digest, stored)
    if stored.expires_at <= moment:
        refuse()
    _note(store, stored, moment)
    return stored


async def end(engine: Engine, store: Store, found: Stored) -> None:
    """First where every request looks, then where it stands: a crash in between leaves it ended."""
    until = found.expires_at + timedelta(days=1)
    await sessions.end_credential(engine, found.person_id, found.id, until)
    await store.run(repository.remove, found.person_id, found.id)
    forget(store)


def forget(store: Store) -> None:
    """Trust nothing that was read before."""
    _KNOWN.pop(store, None)


def _recalled(store: Store, digest: str) -> Stored | None:
    until, stored = _KNOWN.get(store, {}).get(digest, (0.0, None))
    return stored if time.monotonic() < until else None


def _remember(store: Store, digest: str, stored: Stored) -> None:
    known = _KNOWN.setdefault(store, {})
    if len(known) >= _LARGEST:
        known.clear()
    known[digest] = (time.monotonic() + _TRUSTED_SECONDS, stored)


def _note(store: Store, stored: Stored, now: datetime) -> None:
    """Note the day of the last use; no request waits for it."""
    day = now.date().isoformat()
    if stored.last_used_on == day:
        return
    task = asyncio.create_task(_write_note(store, stored, day))
    _notes.add(task)
    task.add_done_callback(_notes.discard)


async def _write_note(store: Store, stored: Stored, day: str) -> None:
    try:
        await store.run(repository.note_use, stored, day)
    except Exception as error:  # noqa: BLE001 - the token works without the note
        log.warning("last use of a token not noted", error=type(error).__name__)
