"""Queries of the audit log."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.audit.models import AuditEvent
from hub.audit.schemas import AuditQuery
from hub.storage.paging import Page, fetch_page

_ADD = insert(AuditEvent.__table__)  # type: ignore[arg-type]
_FILTERS = ("person_id", "subject_id", "farm_id", "action")


async def add(session: AsyncSession, events: Sequence[dict[str, Any]]) -> None:
    """Insert without RETURNING: the writer may add to the log but not read it."""
    await session.execute(_ADD, events)


async def search(session: AsyncSession, query: AuditQuery) -> Page[AuditEvent]:
    """Newest first; ids sort by time of making."""
    wanted = {name: getattr(query, name) for name in _FILTERS}
    filters = {name: value for name, value in wanted.items() if value is not None}
    return await fetch_page(
        session,
        select(AuditEvent).filter_by(**filters),
        [AuditEvent.id],
        cursor=query.cursor,
        limit=query.limit,
        descending=True,
    )
