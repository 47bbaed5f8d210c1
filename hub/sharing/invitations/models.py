"""Invitations to a farm, a project or the hub, and who used them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Invitation(HasId, HasTimes, Base):
    """May be used `uses` times until `expires_at`, by whoever holds the token of this digest.

    `place` is the place on the farm or in the project; `roles` are those of a new account, and of
    an invitation to the hub also those that somebody who is known gets on top.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("kind IN ('farm', 'project', 'hub')", name="kind"),
        CheckConstraint("used BETWEEN 0 AND uses", name="used"),
        Index(None, "made_by"),
        Index(None, "farm_id"),
    )

    kind: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    place: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    farm_id: Mapped[UUID | None] = mapped_column(ForeignKey("farm.id"))
    project_id: Mapped[UUID | None]
    uses: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class InvitationUse(HasTimes, Base):
    """That a person used an invitation; nobody uses one twice."""

    __tablename__ = "invitation_use"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
