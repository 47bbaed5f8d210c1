"""Answer a repeated request with the first answer, instead of doing the work twice.

A client that did not hear our answer sends the request again with the same key. The answer is
stored in the transaction that did the work, so either both exist or neither does.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Conflict, FieldError, Invalid
from hub.storage.models import IdempotencyKey
from hub.storage.transaction import Transaction

LONGEST_KEY = 200
KEPT = timedelta(hours=48)


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: bytes


async def recall(tx: Transaction, key: str, fingerprint: str) -> Answer | None:
    """The answer already given to this key, or None when the work is still to be done.

    A twin that is being worked on right now is waited for. `fingerprint` is a hash of the request;
    the same key with another request is refused.
    """
    check_key(key)
    await _wait_for_twin(tx.session, f"{tx.actor.person_id}:{key}")
    found = await tx.session.get(IdempotencyKey, (tx.actor.person_id, key))
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise Conflict(
            "idempotency.key_reused",
            "This Idempotency-Key was used for a different request. Use a new key for a new "
            "request, and the old key only to repeat exactly the same one.",
        )
    return Answer(found.status, found.body)


async def remember(tx: Transaction, key: str, fingerprint: str, status: int, body: bytes) -> None:
    """Store the answer with the work it belongs to, and drop the person's expired keys."""
    check_key(key)
    mine = IdempotencyKey.person_id == tx.actor.person_id
    expired = IdempotencyKey.created_at < func.now() - KEPT
    await tx.session.execute(delete(IdempotencyKey).where(mine, expired))
    tx.session.add(
        IdempotencyKey(
            person_id=tx.actor.person_id,
            key=key,
            fingerprint=fingerprint,
            status=status,
            body=body,
        )
    )
    await tx.session.flush()


def check_key(key: str) -> None:
    """Refuse a key that is empty, too long or not printable ASCII."""
    if 1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return
    message = f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters."
    remedy = "Send a random UUID."
    error = FieldError("Idempotency-Key", message, remedy)
    raise Invalid("idempotency.bad_key", f"{message} {remedy}", errors=[error])


async def _wait_for_twin(session: AsyncSession, name: str) -> None:
    """Hold a lock of this name until the transaction ends."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(name, 0))
    await session.execute(select(lock))
