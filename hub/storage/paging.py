"""Cursor pages: the only way to return many rows."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from hub.errors import FieldError, Invalid

MAX_LIMIT = 1000


T = TypeVar("T")
Key = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows in order, and the cursor that continues after the last one (None at the end)."""

    items: Sequence[T]
    next_cursor: str | None = None


def encode_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor for the sort key of the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode()


def decode_cursor(cursor: str, size: int) -> list[Any]:
    """The sort key in a cursor; refuses anything this hub did not hand out."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != size:
        raise bad_cursor()
    return values


def first_row(cursor: str | None) -> int:
    """Of what never moves, such as stored tables; its cursor is how many rows were shown."""
    if not cursor:
        return 0
    found = decode_cursor(cursor, 1)[0]
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise bad_cursor()
    return found


def bad_cursor() -> Invalid:
    """What is said to a cursor that was made up."""
    message = "The cursor is not one that this hub handed out."
    remedy = "Leave it out to start from the first page."
    return Invalid("paging.bad_cursor", message, errors=[FieldError("cursor", message, remedy)])


def _typed(values: Sequence[Any], keys: Sequence[Key]) -> list[BindParameter[Any]]:
    """Cursor values as the columns' types: JSON has no dates and no UUIDs."""
    pairs = zip(values, keys, strict=True)
    try:
        return [_bound(value, key) for value, key in pairs]
    except (TypeError, ValueError):
        raise bad_cursor() from None


def _bound(value: Any, column: Key) -> BindParameter[Any]:
    return literal(_parse(value, column.type.python_type), column.type)


def _parse(value: Any, kind: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(value)
    if issubclass(kind, date):  # datetime is one, too
        return kind.fromisoformat(str(value))
    if kind is str and (not isinstance(value, str) or "\x00" in value):
        raise TypeError(value)
    return kind(value)


def after(
    keys: Sequence[Key], cursor: str | None, *, descending: bool = False
) -> Sequence[ColumnElement[bool]]:
    """The condition for what follows the cursor; none without one."""
    if not cursor:
        return ()
    key, last = tuple_(*keys), tuple_(*_typed(decode_cursor(cursor, len(keys)), keys))
    return [key < last if descending else key > last]


async def fetch_page(
    session: AsyncSession,
    statement: Select[Any],
    keys: Sequence[Key],
    *,
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> Page[Any]:
    """Run a one-entity statement ordered by `keys`, which together must be unique and not null.

    Continues after the cursor by comparing the whole key, so rows added meanwhile neither repeat
    nor hide others.
    """
    statement = statement.where(*after(keys, cursor, descending=descending))
    order = [k.desc() for k in keys] if descending else list(keys)
    statement = statement.order_by(*order).limit(limit + 1).add_columns(*keys)
    rows = (await session.execute(statement)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    width = len(keys)
    following = encode_cursor(rows[-1][-width:]) if more and rows else None
    return Page([row[0] for row in rows], following)
