"""Queries about invitations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.sharing.invitations.models import Invitation
from hub.sharing.invitations.schemas import InvitationsQuery
from hub.storage.paging import Page, fetch_page

_SHOWN = text("SELECT * FROM app.invitation_shown(:digest)")
_USE = text("SELECT app.use_invitation(:digest, :person)")
_JOIN = text("SELECT app.join_by_invitation(:digest, :id, :username, :name, :hash)")


async def add(session: AsyncSession, invitation: Invitation) -> None:
    session.add(invitation)
    await session.flush()


async def get(session: AsyncSession, invitation_id: UUID) -> Invitation | None:
    return await session.get(Invitation, invitation_id)


async def search(session: AsyncSession, query: InvitationsQuery) -> Page[Invitation]:
    """Newest first; ids sort by time of making."""
    statement = select(Invitation)
    if query.farm_id:
        statement = statement.where(Invitation.farm_id == query.farm_id)
    if query.project_id:
        statement = statement.where(Invitation.project_id == query.project_id)
    if query.open:
        statement = statement.where(
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > func.now(),
            Invitation.used < Invitation.uses,
        )
    return await fetch_page(
        session, statement, [Invitation.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


async def revoke(session: AsyncSession, invitation: Invitation, moment: datetime) -> None:
    invitation.revoked_at = moment
    await session.flush()


async def shown(connection: AsyncConnection, digest: str) -> Row[Any] | None:
    """What an invitation says that can still be accepted."""
    return (await connection.execute(_SHOWN, {"digest": digest})).one_or_none()


async def use(session: AsyncSession, digest: str, person_id: UUID) -> bool:
    """Whether there was a use left for this person."""
    values = {"digest": digest, "person": person_id}
    return bool((await session.execute(_USE, values)).scalar_one())


async def join(session: AsyncSession, digest: str, values: dict[str, Any]) -> bool:
    """Make an account for whoever holds the invitation; false when the user name is taken."""
    return bool((await session.execute(_JOIN, {"digest": digest, **values})).scalar_one())
