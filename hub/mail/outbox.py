"""Write letters; they exist if and only if the transaction that causes them commits."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json, to_jsonable_python
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.mail.letters import KINDS
from hub.mail.models import Letter
from hub.storage.base import new_id
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction

Reader = UUID | str  # a person, at the address they proved; or an address
_ADD = insert(Letter.__table__)  # type: ignore[arg-type]
_KNOWN_LATER = {"hub", "name", "username"}


async def notify(tx: Transaction, person_id: UUID, kind: str, **values: Any) -> None:
    """Tell a person what happened to their account; people without an address read it here.

    `values` are stored as they are and can be read by that person: no secrets.
    """
    values.setdefault("at", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    _check(kind, values)
    row = {"id": new_id(), "person_id": person_id, "kind": kind}
    await tx.session.execute(_ADD, {**row, "details": to_jsonable_python(values)})


async def post(
    connection: AsyncConnection | AsyncSession,
    sealer: Sealer,
    reader: Reader,
    kind: str,
    *,
    secrets: Mapping[str, str],
    **values: Any,
) -> None:
    """Write a letter with a secret in it, which is sealed until the letter is sent."""
    _check(kind, {**values, **secrets})
    letter_id = new_id()
    row: dict[str, Any] = {"id": letter_id, "kind": kind, "details": to_jsonable_python(values)}
    row["sealed"] = sealer.seal(f"letter:{letter_id}", to_json(dict(secrets)))
    if isinstance(reader, UUID):
        row["person_id"] = reader
    else:
        row["address"] = sealer.seal(f"letter:{letter_id}", reader.encode())
    await connection.execute(_ADD, row)


def _check(kind: str, values: Mapping[str, Any]) -> None:
    """A letter that cannot be written is noticed by who causes it, not by the worker."""
    missing = KINDS[kind].names - _KNOWN_LATER - set(values)
    if missing:
        raise TypeError(f"A letter {kind!r} needs {', '.join(sorted(missing))}.")
