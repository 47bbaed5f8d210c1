"""The keys that sign: two are always published, the one in use and the next one.

Rotation takes the next key into use; everybody has known it for weeks by then. The one before
goes on verifying until long after its last token is dead.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from joserfc.jwk import ECKey
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.sealing import Sealer, open_sealer
from hub.tokens.models import SigningKey

ALGORITHM = "ES256"
ROTATE_AFTER = timedelta(days=90)
KEPT_AFTER = timedelta(days=1)
"""How long a key that signs no more is published; its tokens live ten minutes."""
READ_SECONDS = 60.0
"""How long a process trusts what it read; an unknown key makes it look again, but not too often."""
LOOK_SECONDS = 2.0
LOOK_EVERY = 6 * 3600.0

log = logging.getLogger(__name__)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('agrigen signing keys'))")


@dataclass(frozen=True)
class Ring:
    """The keys at one moment: those that verify, by id, and the one that signs."""

    verifying: Mapping[str, ECKey]
    signing_id: str
    sealed: str
    read_at: float

    @property
    def published(self) -> dict[str, list[dict[str, Any]]]:
        """As a JSON Web Key Set (RFC 7517); public parts only."""
        return {"keys": [dict(key.as_dict(private=False)) for key in self.verifying.values()]}


_RINGS: WeakKeyDictionary[AsyncEngine, Ring] = WeakKeyDictionary()


async def ring(engine: AsyncEngine, sealer: Sealer, *, wanted: str = "") -> Ring:
    """The keys as read a moment ago; read anew when old, or when `wanted` is not among them."""
    known = _RINGS.get(engine)
    age = time.monotonic() - known.read_at if known else 0.0
    if known and age < READ_SECONDS and (wanted in {"", *known.verifying} or age < LOOK_SECONDS):
        return known
    found = await _read(engine, sealer)
    _RINGS[engine] = found
    return found


def forget(engine: AsyncEngine) -> None:
    """Have the next use read the keys again."""
    _RINGS.pop(engine, None)


@lru_cache(maxsize=8)
def opened(sealer: Sealer, key_id: str, sealed: str) -> ECKey:
    """The private key."""
    return ECKey.import_key(sealer.open(_purpose(key_id), sealed))


async def rotate(
    engine: AsyncEngine, sealer: Sealer, *, now: datetime | None = None, lost: bool = False
) -> str:
    """Take the next key into use and make another; the id of the one that signs now.

    `lost` is for keys that others may have: all go, and every access token is dead within a minute.
    """
    now = now or datetime.now(UTC)
    async with engine.begin() as connection:
        await connection.execute(_LOCK)
        if lost:
            await connection.execute(delete(SigningKey))
        else:
            await _advance(connection, now)
        await _forget_dead(connection, now)
        await _reseal(connection, sealer)
        signing = await _complete(connection, sealer, now)
    forget(engine)
    return signing


async def rotate_if_due(
    engine: AsyncEngine, sealer: Sealer, *, now: datetime | None = None
) -> bool:
    """Rotate when the key in use is old; whether it was."""
    now = now or datetime.now(UTC)
    async with engine.begin() as connection:
        current = select(SigningKey.active_at).where(_ACTIVE)
        since = await connection.scalar(current)
    if since is None or since + ROTATE_AFTER > now:
        return False
    await rotate(engine, sealer, now=now)
    return True


_ACTIVE = SigningKey.active_at.is_not(None) & SigningKey.retired_at.is_(None)
_NEXT = SigningKey.active_at.is_(None)


async def _read(engine: AsyncEngine, sealer: Sealer) -> Ring:
    async with engine.begin() as connection:
        rows = await _rows(connection)
        if not any(row.active_at and not row.retired_at for row in rows):
            await connection.execute(_LOCK)
            await _complete(connection, sealer, datetime.now(UTC))
            rows = await _rows(connection)
    signing = next(row for row in rows if row.active_at and not row.retired_at)
    return Ring(
        verifying={row.id: ECKey.import_key(row.public) for row in rows},
        signing_id=signing.id,
        sealed=signing.sealed,
        read_at=time.monotonic(),
    )


async def _rows(connection: AsyncConnection) -> Any:
    table = SigningKey.__table__
    return (await connection.execute(select(table).order_by(table.c.made_at, table.c.id))).all()


async def _complete(connection: AsyncConnection, sealer: Sealer, now: datetime) -> str:
    """Make the keys that are missing (one in use, one next); the id of the one in use."""
    table = SigningKey.__table__
    active = await connection.scalar(select(table.c.id).where(_ACTIVE))
    if active is None:
        active = await _make(connection, sealer, now, active_at=now)
    if await connection.scalar(select(table.c.id).where(_NEXT)) is None:
        await _make(connection, sealer, now)
    return active


async def _make(
    connection: AsyncConnection, sealer: Sealer, now: datetime, active_at: datetime | None = None
) -> str:
    key_id = new_id().hex
    key = ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": ALGORITHM})
    values = {
        "id": key_id,
        "public": key.as_dict(private=False),
        "sealed": sealer.seal(_purpose(key_id), key.as_pem(private=True)),
        "made_at": now,
        "active_at": active_at,
    }
    await connection.execute(SigningKey.__table__.insert().values(**values))  # type: ignore[attr-defined]
    return key_id


async def _advance(connection: AsyncConnection, now: datetime) -> None:
    table: Any = SigningKey.__table__
    await connection.execute(table.update().where(_ACTIVE).values(retired_at=now))
    await connection.execute(table.update().where(_NEXT).values(active_at=now))


async def _forget_dead(connection: AsyncConnection, now: datetime) -> None:
    await connection.execute(delete(SigningKey).where(SigningKey.retired_at < now - KEPT_AFTER))


async def _reseal(connection: AsyncConnection, sealer: Sealer) -> None:
    """Seal with the key in use, so that older sealing keys can go."""
    table: Any = SigningKey.__table__
    for row in await _rows(connection):
        if not sealer.is_current(row.sealed):
            sealed = sealer.resealed(_purpose(row.id), row.sealed)
            await connection.execute(
                table.update().where(table.c.id == row.id).values(sealed=sealed)
            )


def _purpose(key_id: str) -> str:
    return f"signing-key:{key_id}"


async def keep(engine: AsyncEngine, settings: Settings, *, every: float = LOOK_EVERY) -> None:
    """Rotate when it is time, until cancelled; the worker's part."""
    while True:
        try:
            if await rotate_if_due(engine, open_sealer(settings)):
                log.info("signing keys were rotated")
        except Exception as error:  # the next look may succeed; the key in use goes on working
            log.warning("signing keys could not be rotated", exc_info=error)
        await asyncio.sleep(every)
