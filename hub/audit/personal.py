"""What is personal in events, readable until the person it is about is erased.

It is written with a key of that person before the event is chained. Without the key it is noise,
and the chain is as whole as before.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.audit import repository
from hub.storage.transaction import Transaction

ALWAYS = frozenset({"address", "agent", "email", "phone", "username"})
"""Details of these names are personal in every event."""
SEALED = "sealed"
_NONCE = 12


async def subject_key(tx: Transaction, person_id: UUID) -> bytes | None:
    """The key of somebody's personal details, made at the first use; None once it is destroyed."""
    return await repository.subject_key(tx.session, person_id, os.urandom(32))


async def destroy_subject_key(tx: Transaction, person_id: UUID) -> None:
    """Make the personal details of every event about somebody unreadable, for ever."""
    await repository.destroy_subject_key(tx.session, person_id)


async def seal(tx: Transaction, person_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Personal details as they are stored; of somebody erased, nothing."""
    key = await subject_key(tx, person_id)
    if key is None:
        return {}
    nonce = os.urandom(_NONCE)
    closed = AESGCM(key).encrypt(nonce, json.dumps(values).encode(), person_id.bytes)
    return {"of": str(person_id), "values": base64.b64encode(nonce + closed).decode()}


async def opened(tx: Transaction, details: Mapping[str, Any]) -> dict[str, Any]:
    """Details with what is personal put back, or with `erased` where that cannot be done."""
    plain = {name: value for name, value in details.items() if name != SEALED}
    box = details.get(SEALED)
    if not isinstance(box, Mapping) or not box:
        return plain
    person_id = UUID(box["of"])
    key = await repository.subject_key(tx.session, person_id, None)
    if key is None:
        return {**plain, "erased": True}
    closed = base64.b64decode(box["values"])
    try:
        values = AESGCM(key).decrypt(closed[:_NONCE], closed[_NONCE:], person_id.bytes)
    except InvalidTag:
        return {**plain, "erased": True}
    return {**plain, **json.loads(values)}
