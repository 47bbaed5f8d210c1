"""Projects and classes, who belongs to them, and what farms share with whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Project(HasId, HasTimes, Base):
    """A research project, with which farms can share data, or a class, with which they cannot."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("kind IN ('project', 'class')", name="kind"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
    )

    kind: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime | None]


class ProjectMember(HasTimes, Base):
    """A person's place in a project or class; leads decide who else has one."""

    __tablename__ = "project_member"
    __table_args__ = (
        CheckConstraint("role IN ('lead', 'member', 'student')", name="role"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
        Index(None, "project_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), primary_key=True)
    role: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime | None]


class DataGrant(HasId, HasTimes, Base):
    """One agreement: these kinds of a farm's data for one person or project, for a purpose.

    It is the record of consent, so nothing of it changes but its end; `terms` names the words in
    which the kinds of data were explained when it was made.
    """

    __tablename__ = "data_grant"
    __table_args__ = (
        CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['pedigree', 'records', 'events', "
            "'genotypes', 'evaluations']",
            name="kinds",
        ),
        CheckConstraint("num_nonnulls(person_id, project_id) = 1", name="to_one"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
        Index(None, "farm_id"),
        Index(None, "person_id"),
        Index(None, "project_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("project.id"))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    purpose: Mapped[str]
    terms: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime]
    agreed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
